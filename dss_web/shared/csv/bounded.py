"""A file whose bytes are bounded: a small one may unpack to a disk full, and a line is held in memory as a whole."""

import io
from typing import BinaryIO, Final

from dss_web.shared.csv.findings import Finding, FindingKind, InvalidCsv
from dss_web.shared.raw_file import RawFile

# Forty times as much as the largest upload has by default; CSV is packed to a tenth, and at best to a fiftieth.
MOST_BYTES: Final = 20 * 1024**3
# A table of 1,598 columns has 40 KB for each. A longer line has lost its ends, or is no text.
MOST_LINE_BYTES: Final = 64 * 1024**2
_READ_BYTES: Final = 1024 * 1024


def bounded(file: BinaryIO, most_bytes: int = MOST_BYTES) -> BinaryIO:
    """The same bytes from its beginning. Reading raises InvalidCsv where they, or those of a line, are too many."""
    return io.BufferedReader(_Bounded(file, most_bytes), _READ_BYTES)


class _Bounded(RawFile):
    """Counts what goes by. It does not close its file, which is another's."""

    def __init__(self, file: BinaryIO, most_bytes: int) -> None:
        self._file, self._most_bytes = file, most_bytes
        self._in_line = 0

    def take(self, size: int) -> bytes:
        data = self._file.read(size)
        # Line ends are these bytes in every encoding, in UTF-16 and UTF-32 beside others.
        end = max(data.rfind(b"\n"), data.rfind(b"\r")) if data else -1
        self._in_line = self._in_line + len(data) if end < 0 else len(data) - end - 1
        if self._in_line > MOST_LINE_BYTES:
            found = f"more than {MOST_LINE_BYTES // 1024**2} MB without the end of a line"
            raise InvalidCsv(Finding(FindingKind.LONG_LINE, found=found, expected="lines of text"))
        if self._file.tell() > self._most_bytes:
            most = f"{self._most_bytes / 1024**3:g} GB"
            raise InvalidCsv(Finding(FindingKind.UNPACKS_TO_TOO_MUCH, found=f"more than {most}", expected=most))
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._in_line = 0
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

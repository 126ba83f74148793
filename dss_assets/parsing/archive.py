"""Members of zip files, streamed."""

import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any, BinaryIO, cast

from isal import igzip_lib, isal_zlib

from dss_assets.errors import DamagedFile, InvalidFile
from dss_assets.parsing import deflate64

# What macOS, Windows, git and Office leave in archives.
IGNORED_MEMBERS = re.compile(
    r"(.*/)?(\.DS_Store|Thumbs\.db|desktop\.ini|\.gitignore|\[Content_Types\]\.xml)|__MACOSX.*", re.DOTALL
)
# Few enough calls for each mebibyte, and little memory while a few chunks wait for Postgres.
CHUNK_BYTES = 1024 * 1024
# A nested zip is held in memory up to this size, and in a temporary file beyond it.
SPOOLED_BYTES = 16 * 1024 * 1024

# Kinds of compression that 7-Zip and its like offer (4.4.5 of PKWARE's APPNOTE.TXT).
_KNOWN = {zipfile.ZIP_BZIP2: "bzip2", zipfile.ZIP_LZMA: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd"}

# The types of isal call its error an instance.
_NOT_WHOLE = (zipfile.BadZipFile, zlib.error, cast(type[Exception], igzip_lib.IsalError), EOFError)


def is_zip(file: BinaryIO) -> bool:
    """Whether the file begins as a zip does. The position stays at the start."""
    start = file.read(4)
    file.seek(0)
    return is_zip_start(start)


def is_zip_start(start: bytes) -> bool:
    """Whether a file that begins with these four bytes is a zip."""
    return start in {b"PK\x03\x04", b"PK\x05\x06"}


def member_name(stored: str) -> str:
    """A member's name with slashes between its folders, as it has to be (4.4.17 of PKWARE's APPNOTE.TXT).

    Some programs of Windows write backslashes.
    """
    return stored.replace("\\", "/")


class Archive:
    """A zip. Each call raises InvalidFile where the zip is damaged, says why, and what can be done."""

    def __init__(self, file: BinaryIO, place: str, max_bytes: int) -> None:
        """`place` is what messages call the zip; a member that would unpack to more than `max_bytes` is refused."""
        self._place, self._max_bytes = place, max_bytes
        with self._errors():
            self._zip = zipfile.ZipFile(file)
            # zipfile takes whatever archive ends last in a file: in a zip of zips that was cut off, the last inner one.
            if min((member.header_offset for member in self._zip.infolist()), default=0) > 0:
                raise zipfile.BadZipFile("its directory is missing, and what was found belongs to a zip within it")
        self._members = {member_name(member.filename): member for member in self._zip.infolist()}

    @property
    def members(self) -> list[str]:
        """The names of its files in their stored order, without folders and IGNORED_MEMBERS."""
        names = [member_name(member.filename) for member in self._zip.infolist()]
        return [name for name in names if not name.endswith("/") and not IGNORED_MEMBERS.fullmatch(name)]

    def size(self, member: str) -> int:
        """The bytes to which a member unpacks. No more of it can be read: its directory says so."""
        return self._members[member].file_size

    @contextmanager
    def open(self, member: str) -> Iterator[BinaryIO]:
        """A member for reading. What reads it must do so inside the block, for the sake of the errors.

        It is read forwards; only its first bytes, before any more are read, can be read again.
        """
        info = self._members[member]
        if info.file_size > self._max_bytes:
            raise InvalidFile(
                f"{self._place}: member {member} would unpack to {info.file_size:,} bytes, over the "
                f"{self._max_bytes:,} that its declaration allows; nothing was loaded. If the publisher's files "
                "have grown so much, raise max_unpacked_bytes in the declaration."
            )
        with self._errors(member):
            decompressor = _decompressor(info.compress_type)
            if info.compress_type == deflate64.DEFLATE64:
                # It is fed as Deflate is.
                info = copy(info)
                info.compress_type = zipfile.ZIP_DEFLATED
            with self._zip.open(info) as file:
                if decompressor:
                    # zipfile has no other place for it. It checks the sum itself.
                    file._decompressor = decompressor  # type: ignore[attr-defined]
                yield cast(BinaryIO, file)

    @contextmanager
    def open_nested(self, member: str) -> Iterator[BinaryIO]:
        """A member that is itself a zip, unpacked to where any position can be read."""
        with tempfile.SpooledTemporaryFile(SPOOLED_BYTES) as spooled:
            with self.open(member) as file:
                shutil.copyfileobj(file, spooled, CHUNK_BYTES)
            spooled.seek(0)
            yield cast(BinaryIO, spooled)

    @contextmanager
    def _errors(self, member: str = "") -> Iterator[None]:
        try:
            yield
        except _NOT_WHOLE as error:
            where = f"{self._place}, member {member}," if member else self._place
            raise DamagedFile(
                f"{where} is not a whole zip: {error}. Nothing was loaded. The bytes are kept as they came; "
                "it is fetched again when the publisher offers another version, or when the partition is "
                "materialised again."
            ) from error
        except (
            NotImplementedError,
            RuntimeError,
        ) as error:  # another compression; an encrypted member
            raise InvalidFile(
                f"{self._place}, member {member}, cannot be unpacked: {error}. Nothing was loaded. Expected a zip "
                "without a password, compressed by Deflate: pack the file again, or ask the publisher to."
            ) from error


def _decompressor(compress_type: int) -> Any:
    """What unpacks a member, None where it is stored as it is.

    Raises NotImplementedError for what would unpack to memory: by bzip2, 830 bytes can be a gigabyte, of which zipfile
    asks for all at once.
    """
    match compress_type:
        case zipfile.ZIP_STORED:
            return None
        case zipfile.ZIP_DEFLATED:
            return isal_zlib.decompressobj(-zlib.MAX_WBITS)  # 2.4 times as fast as zlib
        case deflate64.DEFLATE64:
            return deflate64.Decompressor()
        case _:
            raise NotImplementedError(f"its compression is {_KNOWN.get(compress_type, compress_type)}")


def chunks_of(file: BinaryIO) -> Iterator[bytes]:
    """The bytes from the current position to the end, at most CHUNK_BYTES at a time."""
    while chunk := file.read(CHUNK_BYTES):
        yield chunk

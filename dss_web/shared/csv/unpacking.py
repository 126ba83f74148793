"""A compressed file -> the one file in it."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, BinaryIO, Final, cast

from dss_web.shared.csv.bounded import bounded
from dss_web.shared.csv.findings import Finding, FindingKind, InvalidCsv

# The name of what a gzip file holds, which need not have one.
GZIP_MEMBER: Final = "gzip"
# What is noticed while the bytes are read.
_DAMAGES: Final = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError)
# What archives hold beside their files: folders, and what macOS and Windows add.
_NOT_FILES: Final = ("__MACOSX/", "Thumbs.db", "desktop.ini")


def members_of(file: BinaryIO) -> list[str]:
    """The names of the files in a zip archive. Raises InvalidCsv where it is damaged, encrypted or packed otherwise."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            files = [
                one
                for one in archive.infolist()
                if not one.is_dir()
                and not one.filename.startswith(_NOT_FILES)
                and not one.filename.rpartition("/")[2].startswith((".", *_NOT_FILES))
            ]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise _damaged() from error
    if any(one.flag_bits & 1 for one in files):
        raise _damaged("a password")
    # zipfile unpacks others to memory: by bzip2, 830 bytes can be a gigabyte, of which it asks for all at once.
    if any(one.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for one in files):
        raise InvalidCsv(Finding(FindingKind.OTHER_KIND, found="archive"))
    return [one.filename for one in files]


@contextmanager
def unpacked(file: BinaryIO, member: str) -> Iterator[BinaryIO]:
    """The file that `member` names in `file`, which is itself where `member` is ''. Raises InvalidCsv."""
    file.seek(0)
    if not member:
        yield bounded(file)
        return
    with ExitStack() as stack:
        try:
            if member == GZIP_MEMBER:
                inner = stack.enter_context(cast(IO[bytes], gzip.GzipFile(fileobj=file)))
            else:
                archive = stack.enter_context(zipfile.ZipFile(file))
                inner = stack.enter_context(archive.open(member))
        except (*_DAMAGES, NotImplementedError, RuntimeError, KeyError, ValueError, OSError) as error:
            raise _damaged() from error
        try:
            yield bounded(cast(BinaryIO, inner))
        except _DAMAGES as error:
            raise _damaged() from error


def _damaged(found: str = "") -> InvalidCsv:
    return InvalidCsv(Finding(FindingKind.OTHER_KIND, found="damaged_zip", expected=found))

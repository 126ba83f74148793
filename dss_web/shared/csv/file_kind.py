"""The first bytes of a file -> what it is, where that is not CSV."""

import zipfile
from enum import StrEnum, auto
from typing import BinaryIO, Final


class FileKind(StrEnum):
    """What people upload in place of CSV."""

    OFFICE_97 = auto()
    PDF = auto()
    PARQUET = auto()
    GZIP = auto()
    MARKUP = auto()
    JSON = auto()
    EXCEL = auto()
    OPEN_DOCUMENT = auto()
    WORD = auto()
    ZIP = auto()
    DAMAGED_ZIP = auto()


# The signatures are those of https://en.wikipedia.org/wiki/List_of_file_signatures; no table begins with the last two.
_SIGNATURES: Final = (
    (b"\xd0\xcf\x11\xe0", FileKind.OFFICE_97),
    (b"%PDF", FileKind.PDF),
    (b"PAR1", FileKind.PARQUET),
    (b"\x1f\x8b", FileKind.GZIP),
    (b"<", FileKind.MARKUP),
    (b"{", FileKind.JSON),
)
_ZIP: Final = b"PK\x03\x04"


def other_kind(file: BinaryIO, beginning: bytes) -> FileKind | None:
    """What a file is that begins like this, or None where it may be CSV. The position of `file` may move."""
    if beginning.startswith(_ZIP):
        return _kind_of_zip(file)
    return next((kind for start, kind in _SIGNATURES if beginning.lstrip().startswith(start)), None)


def _kind_of_zip(file: BinaryIO) -> FileKind:
    """Workbooks and documents are ZIP files too."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return FileKind.DAMAGED_ZIP
    if any(name.startswith("xl/") for name in names):
        return FileKind.EXCEL
    if "content.xml" in names:
        return FileKind.OPEN_DOCUMENT
    if any(name.startswith("word/") for name in names):
        return FileKind.WORD
    return FileKind.ZIP

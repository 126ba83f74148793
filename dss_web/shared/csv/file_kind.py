"""The first bytes of a file -> what it is, where that is not CSV."""

import codecs
import json
import re
import zipfile
from enum import StrEnum, auto
from typing import BinaryIO, Final


class FileKind(StrEnum):
    """What people upload in place of CSV. `unpacking` opens some of them."""

    OFFICE_97 = auto()
    PDF = auto()
    PARQUET = auto()
    GZIP = auto()
    ARCHIVE = auto()  # compressed in a way that is not read
    MARKUP = auto()
    JSON = auto()
    RTF = auto()
    IMAGE = auto()
    DATABASE = auto()
    STATISTICS = auto()  # SAS, SPSS, Stata, R
    EMAIL = auto()
    SQL = auto()  # a dump, or statements
    ENCRYPTED = auto()
    CARD = auto()  # of a calendar or an address book
    LINK = auto()  # to the file: a shortcut, or what Git keeps in place of a large file
    EXCEL = auto()
    OPEN_DOCUMENT = auto()
    WORD = auto()
    ZIP = auto()
    DAMAGED_ZIP = auto()


# The signatures are those of https://en.wikipedia.org/wiki/List_of_file_signatures.
_SIGNATURES: Final = (
    (b"\xd0\xcf\x11\xe0", FileKind.OFFICE_97),
    (b"\x09\x08\x10\x00", FileKind.OFFICE_97),
    (b"ID;PWXL", FileKind.OFFICE_97),  # SYLK, Excel's first exchange format
    (b"%PDF", FileKind.PDF),
    (b"PAR1", FileKind.PARQUET),
    (b"ARROW1", FileKind.PARQUET),
    (b"Obj\x01", FileKind.PARQUET),
    (b"\x1f\x8b", FileKind.GZIP),
    (b"BZh", FileKind.ARCHIVE),
    (b"\xfd7zXZ", FileKind.ARCHIVE),
    (b"7z\xbc\xaf", FileKind.ARCHIVE),
    (b"Rar!", FileKind.ARCHIVE),
    (b"\x28\xb5\x2f\xfd", FileKind.ARCHIVE),
    (b"\x1f\x9d", FileKind.ARCHIVE),
    (b"{\\rtf", FileKind.RTF),
    (b"\x89PNG", FileKind.IMAGE),
    (b"\xff\xd8\xff", FileKind.IMAGE),
    (b"GIF8", FileKind.IMAGE),
    (b"SQLite format 3", FileKind.DATABASE),
    (b"\x00\x01\x00\x00Standard", FileKind.DATABASE),
    (b"$FL2", FileKind.STATISTICS),
    (b"<stata_dta>", FileKind.STATISTICS),
    (b"HEADER RECORD*******LIB", FileKind.STATISTICS),
    (bytes(12) + b"\xc2\xea\x81\x60", FileKind.STATISTICS),
    (b"\x89HDF", FileKind.STATISTICS),
    (b"MIME-Version:", FileKind.MARKUP),
    (b"-----BEGIN PGP MESSAGE", FileKind.ENCRYPTED),
    (b"BEGIN:VCARD", FileKind.CARD),
    (b"BEGIN:VCALENDAR", FileKind.CARD),
    (b"version https://git-lfs", FileKind.LINK),
    (b"[InternetShortcut]", FileKind.LINK),
)
# A header may begin with ORCID; the columns of an ORC file follow its three letters in bytes that are no text.
_ORC: Final = re.compile(rb"ORC[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\xff]")
# Two fields of a message's header: https://www.rfc-editor.org/rfc/rfc5322 (seen 2026-11).
_EMAIL: Final = re.compile(
    rb"(?:(?:from|to|cc|subject|date|received|return-path|delivered-to|message-id|x-[\w-]+): [^\r\n]*\r?\n){2}",
    re.IGNORECASE,
)
# After comments and settings, the statements with which dumps of databases begin.
_SQL: Final = re.compile(
    rb"(?:\s++|--[^\n]*+\n|/\*[^*]{0,500}\*/;?|(?:set|use|begin|start)\b[^;,\n]*+;)*+"
    rb"(?:insert\s+into\s+\S+\s*(?:values|select|\()|create\s+(?:table|database|schema)\s+[^\s,;|]+\s*[(;\n]|"
    rb"create\s+table\s+if\s|drop\s+(?:table|schema|database)\s+[^\s,|]+)",
    re.IGNORECASE,
)
_TAR: Final = slice(257, 262)
_ZIP: Final = b"PK\x03\x04"
# A header may begin with <, as `<5 days` does: markup has a name there that it is known by, or a tag after the first.
_MARKUP: Final = re.compile(
    rb"<(?:\?xml|!doctype|!--|html|head|meta|table|body|div|svg|rss|feed)\b|<[a-z][\w:-]*(?:\s[^<>\n]*)?/?>\s*<",
    re.IGNORECASE,
)
# An object, or a list of objects, of lists or of what can only be written in JSON.
_JSON: Final = re.compile(rb"\{\s*(?:\}|\"(?:[^\"\\]|\\.)*\"\s*:)|\[\s*(?:\{\s*[\"}]|\[\s*[\"\[0-9])")


def other_kind(file: BinaryIO, beginning: bytes) -> FileKind | None:
    """What a file is that begins like this, or None where it may be CSV. The position of `file` may move."""
    if beginning.startswith((_ZIP, b"PK\x05\x06")):
        return _kind_of_zip(file)
    text = _as_bytes(beginning).lstrip()
    for start, kind in _SIGNATURES:
        if text.startswith(start):
            return kind
    patterns = (
        (_ORC, FileKind.PARQUET),
        (_EMAIL, FileKind.EMAIL),
        (_MARKUP, FileKind.MARKUP),
        (_JSON, FileKind.JSON),
        (_SQL, FileKind.SQL),
    )
    if beginning[_TAR] == b"ustar":
        return FileKind.ARCHIVE
    found = next((kind for pattern, kind in patterns if pattern.match(text)), None)
    return found or (FileKind.JSON if _is_json(text) else None)


def _as_bytes(beginning: bytes) -> bytes:
    """The text without its byte order mark, in UTF-8: what is no table may be in UTF-16 as well."""
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return beginning.decode("utf-16", "ignore").encode()
    return beginning.removeprefix(codecs.BOM_UTF8)


def _is_json(text: bytes) -> bool:
    """Whether a short text is a list in JSON, as `["a", "b"]` is."""
    if not text.startswith(b"[") or len(text) > 65536:
        return False
    try:
        return isinstance(json.loads(text), list)
    except ValueError:
        return False


def _kind_of_zip(file: BinaryIO) -> FileKind:
    """Workbooks and documents are ZIP files too."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return FileKind.DAMAGED_ZIP
    if any(name.startswith("xl/") for name in names):
        return FileKind.EXCEL
    if "content.xml" in names:
        return FileKind.OPEN_DOCUMENT
    if any(name.startswith("word/") for name in names):
        return FileKind.WORD
    return FileKind.ZIP

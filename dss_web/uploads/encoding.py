"""Bytes -> in which encoding they are text, or what they are instead."""

import codecs
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from dss_web.uploads.errors import FileRefused

CHUNK_BYTES = 1024 * 1024
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# How files begin that people take for CSV: what it is, and what to do.
_OTHER_KINDS: Final = (
    (b"\xd0\xcf\x11\xe0", "This is an Excel workbook or another Office document.", "In Excel, open"),
    (b"%PDF", "This is a PDF.", "Ask for the data as a spreadsheet, open"),
    (b"PAR1", "This is a Parquet file.", "With the tool that made it, open"),
    (b"\x1f\x8b", "This is a compressed file (gzip).", "Unpack it and open"),
    (b"<", "This is a web page or an XML file.", "Get the data as a spreadsheet, open"),
    (b"{", "This is a JSON file.", "Open it in a spreadsheet program, look at"),
)
_SAVE_AS_CSV = "the sheet you need, choose “Save as” and “CSV UTF-8”, then upload that file."
ENCODING_TITLES: Final = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252 (Western European)",
}


def detect_encoding(path: Path) -> str:
    """Python's name of the encoding of a whole file, of which every byte has been looked at.

    Without a byte order mark, UTF-8 is what decodes as UTF-8: other text hardly ever does by chance. The rest is
    taken for Windows-1252, which is what Excel on Windows writes as “CSV”. Raises FileRefused for what is no text.
    """
    with path.open("rb") as file:
        beginning = file.read(4096)
    if not beginning.strip():
        raise FileRefused("The file is empty. Check that you chose the right file, and that it was saved.")
    for mark, encoding in _BYTE_ORDER_MARKS:
        if beginning.startswith(mark):
            if not _decodes(path, encoding):
                raise FileRefused(
                    f"The file says that it is {ENCODING_TITLES[encoding]} text but it holds other bytes, so it may "
                    f"be damaged. Open it in a spreadsheet program, look at {_SAVE_AS_CSV}"
                )
            return encoding
    _refuse_other_kinds(path, beginning)
    if b"\0" in beginning:
        # Text without a mark in which every second byte is zero: UTF-16 as some databases export it.
        for encoding, zeros in (("utf-16-le", beginning[1::2]), ("utf-16-be", beginning[0::2])):
            if zeros.count(0) > 0.8 * len(zeros) and _decodes(path, encoding):
                return encoding
        raise _not_text()
    if _holds_zero_bytes(path):
        raise _not_text()
    for encoding in ("utf-8", "cp1252"):
        if _decodes(path, encoding):
            return encoding
    raise _not_text()


def _not_text() -> FileRefused:
    return FileRefused(
        "This is not a CSV file: it holds bytes that are not text. "
        f"Open it in the program that made it, look at {_SAVE_AS_CSV}"
    )


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _holds_zero_bytes(path: Path) -> bool:
    with path.open("rb") as file:
        return any(b"\0" in chunk for chunk in _chunks(file))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            for chunk in _chunks(file):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _refuse_other_kinds(path: Path, beginning: bytes) -> None:
    if beginning.startswith(b"PK\x03\x04"):
        raise FileRefused(f"{_kind_of_archive(path)} {_SAVE_AS_CSV}")
    for start, kind, advice in _OTHER_KINDS:
        if beginning.lstrip().startswith(start):
            raise FileRefused(f"{kind} {advice} {_SAVE_AS_CSV}")


def _kind_of_archive(path: Path) -> str:
    """What a ZIP file is, since workbooks and documents are ZIP files too, and how to begin."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return "This is a damaged ZIP file or workbook. Get it once more and open"
    if any(name.startswith("xl/") for name in names):
        return "This is an Excel workbook, not a CSV file. In Excel, open"
    if "content.xml" in names:
        return "This is an OpenDocument file, not a CSV file. In LibreOffice, open"
    if any(name.startswith("word/") for name in names):
        return "This is a Word document, not a CSV file. Copy its table into a spreadsheet, open"
    return "This is a ZIP file, not a CSV file. Unpack it and open"

"""Bytes -> in which encoding they are text."""

import codecs
import io
import itertools
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from dss_web.shared.csv.errors import InvalidCsv, Problem, ProblemKind
from dss_web.shared.csv.file_kind import other_kind

# A file is decoded in pieces, so that its size does not matter for memory; smaller ones take longer.
CHUNK_BYTES = 1024 * 1024
# Enough to see which bytes of UTF-16 are zero, and one read of a disk.
BEGINNING_BYTES = 4096
# UTF-32 before UTF-16, whose mark is the beginning of the other's.
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# In text of mostly Latin letters nearly every second byte of UTF-16 is zero; names in other scripts are the rest.
_ZEROS_IN_UTF16 = 0.8
# The only bytes to which Windows-1252 gives no character.
_UNDEFINED_IN_CP1252: Final = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")


class Undecodable(NamedTuple):
    """A byte that an encoding does not have where it stands, and its line, counted from 1."""

    line: int
    byte: int


def detect_encoding(file: BinaryIO) -> str:
    """Python's name of the encoding of a whole file. Every byte is looked at, and in most files once.

    Without a byte order mark, UTF-8 is what decodes as UTF-8: other text hardly ever does by chance. The rest is
    taken for Windows-1252, which is what Excel on Windows writes as "CSV". Raises InvalidCsv for what is no text.
    """
    file.seek(0)
    beginning = file.read(BEGINNING_BYTES)
    if not beginning.strip():
        raise InvalidCsv(Problem(ProblemKind.EMPTY))
    for mark, encoding in _BYTE_ORDER_MARKS:
        if beginning.startswith(mark):
            if find_undecodable(file, encoding):
                raise InvalidCsv(Problem(ProblemKind.WRONG_MARK, expected=encoding))
            return encoding
    if kind := other_kind(file, beginning):
        raise InvalidCsv(Problem(ProblemKind.OTHER_KIND, found=kind))
    if b"\0" not in beginning:
        return _detect_without_zeros(file)
    # UTF-16 without a mark, as some databases export it.
    for encoding, zeros in (("utf-16-le", beginning[1::2]), ("utf-16-be", beginning[0::2])):
        if zeros.count(0) > _ZEROS_IN_UTF16 * len(zeros) and not find_undecodable(file, encoding):
            return encoding
    raise InvalidCsv(Problem(ProblemKind.NOT_TEXT))


def _detect_without_zeros(file: BinaryIO) -> str:
    """UTF-8, else Windows-1252, in one pass. A byte of zero is in the text of neither."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = is_cp1252 = True
    for chunk in _chunks(file):
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
        is_cp1252 = is_cp1252 and not any(byte in chunk for byte in _UNDEFINED_IN_CP1252)
        if b"\0" in chunk or not (is_utf8 or is_cp1252):
            raise InvalidCsv(Problem(ProblemKind.NOT_TEXT))
    if is_utf8 and not decoder.getstate()[0]:
        return "utf-8"
    if is_cp1252:
        return "cp1252"
    raise InvalidCsv(Problem(ProblemKind.NOT_TEXT))


def find_undecodable(file: BinaryIO, encoding: str) -> Undecodable | None:
    """The first byte of a file that is not of `encoding`. A character that the end of the file cuts off counts."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    lines = 1
    for chunk in itertools.chain(_chunks(file), [b""]):
        state = decoder.getstate()
        try:
            lines += decoder.decode(chunk, final=not chunk).count("\n")
        except UnicodeDecodeError as error:
            # Once more, byte by byte, for the line ends before it.
            decoder.setstate(state)
            for position in range(len(chunk)):
                try:
                    lines += decoder.decode(chunk[position : position + 1]).count("\n")
                except UnicodeDecodeError as error_here:
                    return Undecodable(lines, error_here.object[error_here.start])
            return Undecodable(lines, error.object[error.start])
    return None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """All bytes, from the beginning."""
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        yield chunk

"""A file and how to read it -> its lines, and the fields of its rows.

Python's csv module splits, because it is in C. What it does not know is put into its terms line by line before, and
only where a file needs it.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO, Final, Protocol

from dss_web.shared.csv.reading import Reading

# A value longer than this is a quotation mark that was never closed: the longest cell of Excel has 32,767 characters.
FIELD_CHARACTERS = 10 * 1024 * 1024
# The byte order mark within a text, which shows nothing.
MARK: Final = "\ufeff"
# What a program writes for a character that it cannot read.
LOST: Final = "\ufffd"
# What shows nothing and comes along when text is copied from a web page or a chat: the blank and the hyphen of no
# width, the joiner of words, and the marks of the direction. Joiners of letters are part of how languages are spelt.
INVISIBLE: Final = "\u200b\u00ad\u2060\u200e\u200f"
# A separator that no file has, for those of one column.
_NONE: Final = "\x1f"
_CURLY: Final = str.maketrans({"“": '"', "”": '"', "„": '"'})
_STRANGE: Final = re.compile(r"[\x80-\uffff]+")
_C1: Final = re.compile(r"[\x80-\x9f]")
# Windows-1252 with the five bytes that it does not define, as browsers and databases read it, and Latin-1.
_SLOPPY: Final = {bytes([byte]).decode("cp1252", "replace"): byte for byte in range(128, 256)}
_SLOPPY.update({chr(byte): byte for byte in range(0x80, 0xA0)})
# Words that were damaged more often are not seen.
_MOST_DECODED = 3


def without_marks(line: str) -> str:
    """The line without byte order marks, wherever they stand."""
    return line.replace(MARK, "")


def decoded_once(line: str) -> str:
    """What a line was before its UTF-8 was read as Windows-1252."""
    return _STRANGE.sub(_undo, line)


def _undo(match: re.Match[str]) -> str:
    text = match[0]
    for _ in range(_MOST_DECODED):
        try:
            text = bytes(_SLOPPY[character] for character in text).decode("utf-8")
        except (KeyError, UnicodeDecodeError):
            break
    return text


def without_controls(line: str) -> str:
    """C1 controls are Windows-1252 that was read as Latin-1."""
    return _C1.sub(lambda match: match[0].encode("latin-1").decode("cp1252", "ignore") or match[0], line)


def without_nothing(line: str) -> str:
    """DOS ended a file with a character of its own."""
    return line.replace("\x1a", "")


def within(quote: str) -> str:
    """The pattern of what stands between two quotation marks, with those within it doubled.

    Like all patterns here for whole values it is possessive: one that can give back what it has taken needs memory for
    each character of a value, and for some values a time without an end.
    """
    mark = re.escape(quote)
    return rf"[^{mark}]*+(?:{mark}{mark}[^{mark}]*+)*+"


_WRAPPED: Final = re.compile('"(' + within('"') + r')"([\r\n]*)')


def unwrapped(line: str) -> str:
    """A line without the marks around the whole of it, where those inside it are doubled."""
    match = _WRAPPED.fullmatch(line)
    return match[1].replace('""', '"') + match[2] if match else line


REPAIRS: Final[dict[str, Callable[[str], str]]] = {
    "marks": without_marks,
    "decoded-twice": decoded_once,
    "controls": without_controls,
    "dos-end": without_nothing,
    "wrapped": unwrapped,
}


class LineCounter(Iterator[list[str]], Protocol):
    """What `csv.reader` returns: lists of fields, and how many lines they took so far."""

    @property
    def line_num(self) -> int:
        """The number of lines read."""
        ...


def parse(lines: Iterable[str], reading: Reading) -> LineCounter:
    """The fields of each row. The lines must keep their ends as they are. Raises csv.Error while they are read."""
    csv.field_size_limit(FIELD_CHARACTERS)
    delimiter = reading.delimiter or _NONE
    for change in _changes(reading, delimiter):
        lines = map(change, lines)
    if not reading.quote:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, quotechar=None)
    quote = '"' if reading.quote == "“" else reading.quote
    if reading.skip_initial_space:
        lines = map(_closer(quote, delimiter), lines)
    return csv.reader(
        lines, delimiter=delimiter, quotechar=quote, strict=True, skipinitialspace=reading.skip_initial_space
    )


def _changes(reading: Reading, delimiter: str) -> Iterator[Callable[[str], str]]:
    yield from (REPAIRS[name] for name in reading.repairs)
    if reading.quote == "“":
        yield lambda line: line.replace('"', '""').translate(_CURLY)
    elif reading.quote and reading.escape == "\\":
        escaped = re.compile(rf"\\([{reading.quote}\\])")
        doubled = {reading.quote: reading.quote * 2, "\\": "\\"}
        yield lambda line: escaped.sub(lambda match: doubled[match[1]], line) if "\\" in line else line
    elif reading.quote and not reading.escape:
        yield _doubler(reading.quote, delimiter)


def _right(quote: str, delimiter: str, blanks: str) -> re.Pattern[str]:
    """A line that is written as it should be: values are enclosed, with doubled marks within, or begin with none."""
    mark, split = re.escape(quote), re.escape(delimiter)
    value = rf"{blanks}(?:{mark}{within(quote)}{mark}|(?!{mark})[^\r\n{split}]*+)"
    return re.compile(rf"{value}(?:{split}{value})*+[\r\n]*")


def _closer(quote: str, delimiter: str) -> Callable[[str], str]:
    """Takes off the blanks between a mark and the separator after it, on lines that cannot be read with them."""
    right = _right(quote, delimiter, " *+")
    blanks = re.compile(rf"(?<={re.escape(quote)}) +(?=$|[\r\n]|{re.escape(delimiter)})")
    return lambda line: line if f"{quote} " not in line or right.fullmatch(line) else blanks.sub("", line)


def _doubler(quote: str, delimiter: str) -> Callable[[str], str]:
    """Doubles the marks within a value that is enclosed on its line, where they stand as they are."""
    mark, end = re.escape(quote), rf"(?=$|[\r\n]|{re.escape(delimiter)})"
    split = re.escape(delimiter)
    # A mark after a separator opens a value: whether it stands within another is not to be guessed.
    inner = rf"[^{mark}]*+(?:(?<!{split}){mark}(?!$|[\r\n]|{split})[^{mark}]*+)*+"
    enclosed = re.compile(rf"(?:^|(?<={split})){mark}({inner}){mark}{end}")
    # A line that is written as it should be is left: its doubled marks are one.
    right = _right(quote, delimiter, "")

    def double(line: str) -> str:
        if right.fullmatch(line):
            return line
        return enclosed.sub(lambda match: quote + double_within(match[1]) + quote, line)

    def double_within(inside: str) -> str:
        # With both kinds in one value nobody knows which is which, and the parser refuses it.
        return inside if quote * 2 in inside else inside.replace(quote, quote * 2)

    return double


def is_unclosed(error: csv.Error) -> bool:
    """Whether the text ended within quotation marks; `csv` tells its errors apart by their words only."""
    return "unexpected end" in str(error) or "field larger" in str(error)


def is_too_long(error: csv.Error) -> bool:
    """Whether a value is longer than any is allowed to be: it may also be a mark that is never closed."""
    return "field larger" in str(error)


@contextmanager
def open_text(file: BinaryIO, codec: str) -> Iterator[io.TextIOWrapper]:
    """The text of a file from its beginning, with line ends as they are. The file stays open afterwards."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=codec, newline="")
    try:
        yield text
    finally:
        text.detach()  # or it would close the file, which is not ours


def skip_lines(text: Iterator[str], count: int) -> None:
    """Pass over so many lines."""
    next(islice(text, count, count), None)


def lines_of(fields: list[str]) -> int:
    """How many lines a row takes. Line ends are kept as they are, and only quotation marks can hold one."""
    broken = [value for value in fields if "\n" in value or "\r" in value]
    return 1 + sum(value.count("\n") + value.count("\r") - value.count("\r\n") for value in broken)

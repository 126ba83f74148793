"""How to read a file, and how that is detected.

A dialect is tried with the very parser that loads the file later, Python's `csv` in strict mode: a sniffer of another
make may agree with itself and not with the load.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

# Those that programs write; the first of equals is taken.
DELIMITERS: Final = (",", ";", "\t", "|")
# Thousands of lines of most files; all delimiters are tried on them in 0.02 s.
SAMPLE_CHARACTERS = 256 * 1024
# A value longer than this is a quotation mark that was never closed: the longest cell of Excel has 32,767 characters.
FIELD_CHARACTERS = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Dialect:
    """How to read an uploaded file. The check finds it out, the upload's row keeps it, and the load reads by it.

    `encoding` is Python's name; `delimiter` and `quote` are one character each. The header is the first line from
    `header_line` on, counted from 1, that is not empty; lines before `header_line` are not read. Only text and numbers,
    so that `dataclasses.asdict` is its JSON. The terms are close to those of
    https://www.w3.org/TR/tabular-metadata/#dialect-descriptions.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header_line: int = 1

    @property
    def codec(self) -> str:
        """The codec with which the file is read, so that a byte order mark is no part of the first name."""
        name = codecs.lookup(self.encoding).name
        return "utf-8-sig" if name == "utf-8" else name


class LineCounter(Iterator[list[str]], Protocol):
    """What `csv.reader` returns: lists of fields, and how many lines they took so far."""

    @property
    def line_num(self) -> int:
        """The number of lines read."""
        ...


def parse(lines: Iterable[str], dialect: Dialect) -> LineCounter:
    """The fields of each row. The lines must keep their ends as they are. Raises csv.Error while they are read."""
    csv.field_size_limit(FIELD_CHARACTERS)
    return csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)


def is_unclosed(error: csv.Error) -> bool:
    """Whether the text ended within quotation marks; `csv` tells its errors apart by their words only."""
    return "unexpected end" in str(error) or "field larger" in str(error)


def detect_dialect(file: BinaryIO, encoding: str) -> Dialect:
    """The delimiter that splits the first line, and then the most lines into as many values as the first has."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=Dialect(encoding).codec, newline="")
    try:
        sample = text.read(SAMPLE_CHARACTERS)
        is_whole = not text.read(1)
    finally:
        text.detach()  # or it would close the file
    scores = {
        dialect: _score(sample, dialect, is_whole=is_whole)
        for quote in _quotes(sample)
        for dialect in (Dialect(encoding, delimiter, quote) for delimiter in DELIMITERS)
    }
    # max() keeps the first of equals: a comma before others, a double quotation mark before a single one.
    return max(scores, key=lambda dialect: scores[dialect])


def _quotes(sample: str) -> Iterable[str]:
    """Single quotation marks are considered where they enclose a value and double ones never begin one."""
    begins_double, begins_single = (re.search(rf"(?:^|[,;\t|]){quote}", sample, re.MULTILINE) for quote in "\"'")
    ends_single = re.search(r"'(?:$|[\r,;\t|])", sample, re.MULTILINE)
    return "\"'" if begins_single and ends_single and not begins_double else '"'


def _score(sample: str, dialect: Dialect, *, is_whole: bool) -> tuple[bool, float, int]:
    """Whether the first line is split, the share of lines that have as many values as it, and how many those are."""
    widths = Counter[int]()
    first = 0
    last = 0  # counted once the next line shows that it was whole
    try:
        for fields in parse(io.StringIO(sample, newline=""), dialect):
            if last:
                widths[last] += 1
            last = len(fields)
            first = first or last
    except csv.Error as error:
        # The end of a sample may stand within quotation marks; anywhere else it tells against this dialect.
        if is_whole or not is_unclosed(error):
            widths[0] += 1
    else:
        if is_whole and last:
            widths[last] += 1
    lines = sum(widths.values())
    if first < 2 or not lines:
        return (False, 0.0, 0)
    return (True, widths[first] / lines, first)

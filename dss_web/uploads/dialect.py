"""Text -> by which character its values are separated, and which may enclose them.

Tried with the very parser that loads the file later, Python's `csv` in strict mode: a sniffer of another make may
agree with itself and not with the load.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SEPARATORS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
SAMPLE_CHARACTERS = 256 * 1024
# A value longer than this is a quotation mark that was never closed. The loader has the same limit.
FIELD_CHARACTERS = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Dialect:
    """One character each, as the upload's row and Python's `csv` take them."""

    delimiter: str
    quote: str


def text_encoding(encoding: str) -> str:
    """The codec with which a file is read, so that a byte order mark is no part of the first name."""
    return "utf-8-sig" if encoding == "utf-8" else encoding


def detect_dialect(path: Path, encoding: str) -> Dialect:
    """The separator that splits the first line, and then the most lines into as many values as the first has."""
    with path.open(encoding=text_encoding(encoding), newline="") as file:
        sample = file.read(SAMPLE_CHARACTERS)
        is_whole = not file.read(1)
    tried = {
        Dialect(delimiter, quote): _score(sample, is_whole, delimiter, quote)
        for quote in _quotes(sample)
        for delimiter in SEPARATORS
    }
    # max() keeps the first of equals: a comma before others, a double quotation mark before a single one.
    return max(tried, key=lambda dialect: tried[dialect])


def _quotes(sample: str) -> Iterable[str]:
    """Single quotation marks are considered where they enclose a value and double ones never begin one."""
    begins_double, begins_single = (re.search(rf"(?:^|[,;\t|]){quote}", sample, re.MULTILINE) for quote in "\"'")
    ends_single = re.search(r"'(?:$|[\r,;\t|])", sample, re.MULTILINE)
    return "\"'" if begins_single and ends_single and not begins_double else '"'


def _score(sample: str, is_whole: bool, delimiter: str, quote: str) -> tuple[bool, float, int]:
    csv.field_size_limit(FIELD_CHARACTERS)
    widths = Counter[int]()
    first = 0
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, quotechar=quote, strict=True)
    held = 0
    try:
        for fields in reader:
            if held:
                widths[held] += 1
            held = len(fields)
            first = first or held
    except csv.Error:
        # The end of the sample may stand within quotation marks; elsewhere it tells against this dialect.
        if is_whole:
            widths[0] += 1
    else:
        if is_whole and held:
            widths[held] += 1
    lines = sum(widths.values())
    if first < 2 or not lines:
        return (False, 0.0, 0)
    return (True, widths[first] / lines, first)

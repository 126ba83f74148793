"""A sample of the text -> in which ways its rows may be written, the likeliest first.

Each way is tried with the very parser that loads the file later: a sniffer of another make may agree with itself and
not with the load. The measure is that of https://doi.org/10.1007/s10618-019-00646-y (van den Burg and others, 2019):
how evenly a separator splits the lines, times how many of the values look like something.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from dss_web.shared.csv.cells import Kind, look_at
from dss_web.shared.csv.reading import Reading
from dss_web.shared.csv.text import is_unclosed, parse, within

# Those that programs write, the commonest of equals first, and how far each is believed: a blank or a colon stands in
# prose and in times.
_BELIEF: Final = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 1.0, "\x01": 1.0, "^": 0.7, "~": 0.7, ":": 0.55, " ": 0.5}
DELIMITERS: Final = tuple(_BELIEF)
# Enough rows to see a pattern; the values of so many are looked at.
_LOOKED_AT = 60
_LOOKED_AT_VALUES = 2000
# Two ways whose scores are nearer than this are a question.
_CLEAR = 0.9
# A mark that another separator opens.
_OPENED: Final = re.compile(r'"(?<=[^",;\t|][,;\t|]")[^",;\t|]')
_STARTS_QUOTED: Final = re.compile(r'"[^"\r\n]*"(?: "[^"\r\n]*")*[\r\n]')
_PACKED: Final = re.compile(r"[\t|]|;(?! )|,(?! |$)(?![0-9]+$)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to read the sample: `score` from 0 to 1, `width` the number of values in most rows, `error` if it fails."""

    reading: Reading
    score: float
    width: int
    share: float
    error: bool


def separator_line(sample: str) -> str:
    """The separator that Excel's first line `sep=;` names, else ''."""
    match = re.match(r'\ufeff?"?sep=([^\r\n])"?[^\S\r\n]*(?:\r\n|\r|\n)', sample, re.IGNORECASE)
    return match[1] if match else ""


def detect_dialects(sample: str, base: Reading, *, is_whole: bool) -> list[Candidate]:
    """All ways to read a sample that begins where the rows do, best first; at least one.

    `base` has the encoding and what the person chose; what it has other than the default is kept.
    """
    fixed = separator_line(sample)
    # One column, which no separator splits, is always possible.
    delimiters = [fixed] if fixed else [*(one for one in DELIMITERS if one in sample), ""]
    candidates: list[Candidate] = []
    for delimiter in delimiters:
        whole = False
        for reading in _ways(sample, replace(base, delimiter=delimiter)):
            # Marks are read in another way only where they cannot be read as they should be written.
            if whole and reading.quote == '"' and reading.escape != '"':
                continue
            candidates.append(candidate := _score(sample, reading, is_whole=is_whole))
            whole = whole or (reading.quote == '"' and not candidate.error)
    return sorted(candidates, key=lambda one: -one.score)


def rival(candidates: list[Candidate]) -> Candidate | None:
    """The way with another separator that is nearly as good as the best, if there is one."""
    best, *others = candidates
    return next(
        (
            one
            for one in others
            if one.reading.delimiter != best.reading.delimiter and not one.error and one.score > _CLEAR * best.score > 0
        ),
        None,
    )


def _ways(sample: str, base: Reading) -> Iterator[Reading]:
    delimiter = base.delimiter
    mark = re.escape(delimiter)
    # What a value begins after, and ends before: classes of characters are found much faster than `^`.
    text, begin, end = f"\n{sample}", rf"[\n{mark}]", rf"(?:[\r\n{mark}]|$)"
    quotes = [quote for quote in "\"'" if quote in sample]
    skips = [False]
    if delimiter.strip(" ") and (
        sample.count(f"{delimiter} ") > 0.8 * sample.count(delimiter)
        or (quotes and re.search(rf'{mark} +["\']|["\'] +{mark}', sample))
    ):
        skips.append(True)
    # Where blanks separate, none of them is beside a separator.
    blanks = "" if delimiter == " " else " *+"
    encloses = {
        quote for quote in quotes if re.search(rf"{begin}{blanks}{quote}{within(quote)}{quote}{blanks}{end}", text)
    }
    for skip in skips:
        one = replace(base, skip_initial_space=skip)
        yield one
        if "'" in encloses and not re.search(rf'{begin}{blanks}"', text):
            yield replace(one, quote="'", escape="'")
        if '\\"' in sample:
            yield replace(one, escape="\\")
        if '"' in quotes:
            yield replace(one, escape="")
    if "“" in sample and re.search(rf"{begin}“[^“”]*+”{end}", text):
        yield replace(base, quote="“")
    # In a file that is separated by tabs, marks that enclose nothing are characters.
    if delimiter in {"\t", "\x01"} and '"' in quotes and '"' not in encloses:
        yield replace(base, quote="", escape="")


def read_sample(
    sample: str, reading: Reading, *, is_whole: bool, most_errors: int = 0
) -> tuple[list[tuple[int, list[str]]], bool]:
    """The rows of a sample with the lines on which they begin, up to an error, and whether there was one.

    The last row of a sample that is no whole file may be cut off, and is left out.
    """
    rows: list[tuple[int, list[str]]] = []
    parsed = parse(io.StringIO(sample, newline=""), reading)
    line, errors = 1, 0
    while errors <= most_errors:
        try:
            for fields in parsed:
                rows.append((line, fields))
                line = parsed.line_num + 1
        except csv.Error as error:
            # The end of a sample may stand within quotation marks; anywhere else it tells against this dialect.
            if is_unclosed(error) and not is_whole:
                break
            errors += 1
            line = parsed.line_num + 1
        else:
            if not is_whole:
                rows = rows[:-1]
            break
    return rows, errors > 0


# Rows that cannot be read are passed over, to see whether the others show a pattern.
_MOST_ERRORS = 20


def _score(sample: str, reading: Reading, *, is_whole: bool) -> Candidate:
    numbered, is_broken = read_sample(sample, reading, is_whole=is_whole, most_errors=_MOST_ERRORS)
    rows = [fields for _, fields in numbered if any(value.strip() for value in fields)]
    if not rows:
        return Candidate(reading, 0.0, 1, 0.0, is_broken)
    counts = Counter(map(len, rows))
    # Titles may be more than the rows below them, but a separator that splits few lines splits none.
    wide = [one for one in counts if one > 1 and counts[one] >= min(len(rows), max(2, 0.3 * len(rows)))]
    width = max(wide, key=lambda one: (counts[one], one == len(rows[0]), one), default=1)
    places = [place for place, fields in enumerate(rows) if len(fields) == width] or [0]
    # Titles above a table and notes below it do not tell against the way in which the table is read.
    table = rows[places[0] : places[-1] + 1]
    share = len(places) / len(table) * (0.6 + 0.4 * len(places) / len(rows))
    pattern = share * (width - 1) / width if width > 1 else 0.02 * share
    known = _known([rows[place] for place in places], reading)
    score = pattern * known * _BELIEF.get(reading.delimiter, 1.0)
    # Those that stand in prose and in times have to split every line. R's rows have names, so its first is shorter.
    is_of_r = len(places) == len(rows) - 1 > 0 and len(rows[0]) == width - 1 and _STARTS_QUOTED.match(sample)
    if _BELIEF.get(reading.delimiter, 1.0) < 1 and (
        (len(places) < len(rows) and not is_of_r) or (reading.delimiter == " " and width < 3)
    ):
        score *= 0.05
    if is_broken:
        score *= 0.3
    if reading.quote == '"' and any(_OPENED.search(value) for fields in rows for value in fields):
        score *= 0.5
    # Of equals the plainer: a mark is doubled, and a blank belongs to its value, unless it is better otherwise.
    plain = 1.0 - 0.004 * (reading.escape != reading.quote) - 0.002 * reading.skip_initial_space
    return Candidate(reading, score * plain, width, share, is_broken)


def _known(rows: list[list[str]], reading: Reading) -> float:
    """The share of values that look like something, and not like several values or one with its marks on."""
    step = max(1, len(rows) // _LOOKED_AT)
    values = [value for fields in rows[:5] + rows[5::step] for value in fields][:_LOOKED_AT_VALUES]
    return sum(_likeness(value, reading) for value in values) / max(1, len(values))


def _likeness(value: str, reading: Reading) -> float:
    text = value.strip()
    if not text:
        return 0.9
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return 0.1
    if text[0] in "\"'“" or (text[-1] in "\"'" and text.count(text[-1]) == 1):
        return 0.4
    if look_at(text).kind not in {Kind.TEXT, Kind.TRUE, Kind.FALSE, Kind.NULL_WORD}:
        return 1.0
    if _PACKED.search(text):
        return 0.0 if "\t" in text or "|" in text else 0.15
    return 0.9


def is_fixed_width(sample: str) -> bool:
    """Whether the lines are filled up with blanks to columns of the same places."""
    lines = [line for line in sample.splitlines()[:200] if line.strip()]
    if len(lines) < 2 or sum("   " in line.strip() or "  " in line.strip() for line in lines) < 0.6 * len(lines):
        return False
    width = max(map(len, lines))
    gaps = [all(place >= len(line) or line[place] == " " for line in lines) for place in range(width)]
    return sum(before and not after for before, after in pairwise(gaps)) >= 1

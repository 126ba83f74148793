"""A file and how to read it -> its rows: as they stand there, and as they are loaded.

The check and the load read by the same code. Nothing here is done for each value of a row where C can do it.
"""

import csv
import gc
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, islice
from operator import itemgetter
from typing import BinaryIO, Final, NamedTuple

from dss_web.shared.csv.body import is_blank
from dss_web.shared.csv.conversions import converter
from dss_web.shared.csv.encoding import undecodable
from dss_web.shared.csv.findings import Finding, FindingKind, InvalidCsv
from dss_web.shared.csv.reading import Reading
from dss_web.shared.csv.source import RawBatch, Source
from dss_web.shared.csv.text import (
    FIELD_CHARACTERS,
    is_too_long,
    is_unclosed,
    lines_of,
    open_text,
    parse,
    skip_lines,
)
from dss_web.shared.csv.unpacking import unpacked
from dss_web.shared.csv.workbook import open_sheet

# Enough to make the cost of each batch small beside that of its rows, and of most files less than a mebibyte.
BATCH_ROWS = 5000
# Of a wide table so many values are a batch, and of one with long texts so many characters.
BATCH_VALUES = 400_000
BATCH_CHARACTERS = 2_000_000
# What was NULL in every column before each column said so itself: uploads of earlier releases are read by it.
NULL_VALUES: Final = frozenset({"", "NULL", "None", "N/A"})
_NULL_WORDS: Final = NULL_VALUES - {""}


class Row(NamedTuple):
    """One row, and the number of the line of the file on which it ends, counted from 1."""

    line: int
    fields: list[str]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that follow one another, each as wide as the table, with '' for NULL; `lines` has the line of each.

    Rows of another width are in `findings` instead. `blanks` is the number of rows without a value, `surplus` of those
    whose blank values at the end were left out.
    """

    rows: list[list[str]]
    lines: Sequence[int]
    findings: list[Finding] = field(default_factory=list)
    blanks: int = 0
    surplus: int = 0


@contextmanager
def uncollected() -> Iterator[None]:
    """Without Python's collector, which looks for cycles where lists of text have none: a quarter of a check's time.

    Who reads for long calls `gc.collect(1)` now and then, for the threads beside it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class TextRows:
    """The rows of a text, from `first_line` of its reading (or the header's line) to `last_line`."""

    def __init__(self, file: BinaryIO, text: io.TextIOWrapper, reading: Reading, *, locate: bool) -> None:
        """`text` is at its beginning, with line ends as they are. `locate` as `open_source` has it."""
        self._file, self._reading, self._locate, self._text = file, reading, locate, text
        lines: Iterator[str] = text
        begin = reading.first_line or reading.header_lines[0] if reading.header_lines else reading.first_line or 1
        try:
            skip_lines(text, begin - 1)
        except UnicodeDecodeError as error:
            raise self._invalid(error, 0) from error
        if reading.last_line is not None:
            lines = islice(text, max(0, reading.last_line - begin + 1))
        self._before = begin - 1
        self._rows = parse(lines, reading)

    def batches(self) -> Iterator[RawBatch]:
        """All rows in order, once, blank ones included. Raises InvalidCsv at the first that cannot be read."""
        size = 100
        while True:
            before = self._line
            rows: list[list[str]] = []
            try:
                rows.extend(islice(self._rows, size))  # keeps what came before an error
            except (csv.Error, UnicodeDecodeError) as error:
                batch = self._batch(rows, before)
                yield batch
                raise self._invalid(error, batch.lines[-1] if rows else before) from error
            if not rows:
                return
            yield self._batch(rows, before)
            some = rows[:: max(1, len(rows) // 20)]
            characters = sum(len(value) for row in some for value in row) / len(some)
            size = max(
                10, min(BATCH_ROWS, BATCH_VALUES // max(1, len(rows[0])), int(BATCH_CHARACTERS / (characters + 1)))
            )

    @property
    def line_ends(self) -> str | tuple[str, ...] | None:
        """The line ends that were read so far."""
        return self._text.newlines

    @property
    def _line(self) -> int:
        return self._before + self._rows.line_num

    def _batch(self, rows: list[list[str]], before: int) -> RawBatch:
        lines: Sequence[int] = range(before + 1, before + 1 + len(rows))
        if self._line != before + len(rows):
            lines = list(accumulate(map(lines_of, rows), initial=before))[1:]
        return RawBatch(rows, lines)

    def _invalid(self, error: csv.Error | UnicodeDecodeError, last_good: int) -> InvalidCsv:
        """The mark stands in the row that begins after the last one that could be read."""
        quote, line = self._reading.quote, last_good + 1
        if isinstance(error, UnicodeDecodeError):
            if self._locate:
                return undecodable(self._file, self._reading.codec)
            return InvalidCsv(Finding(FindingKind.UNDECODABLE), reading=self._reading)
        if is_too_long(error):
            found, expected = f"more than {FIELD_CHARACTERS:,} characters", "a mark at its end"
            finding = Finding(FindingKind.LONG_VALUE, line=line, found=found, expected=expected)
        elif is_unclosed(error):
            found, expected = f"a quotation mark ({quote}) that is never closed", "one at the end of the value"
            finding = Finding(FindingKind.UNCLOSED_QUOTE, line=line, found=found, expected=expected)
        else:
            found, expected = f"a quotation mark ({quote}) in the middle of a value", "one at each end of the value"
            if self._line > line:
                found += f", which goes on to line {self._line}"
            finding = Finding(FindingKind.STRAY_QUOTE, line=line, found=found, expected=expected)
        return InvalidCsv(finding, reading=self._reading)


def fit(raw: RawBatch, reading: Reading, width: int) -> Batch:
    """The rows that have a value, each `width` values wide; those that cannot be are findings."""
    rows, lines = raw
    if {*map(len, rows)} == {width}:
        if reading.comment or reading.repeats or not all([row[0].strip() for row in rows]):  # noqa: C419 twice as fast as a generator
            kept = [place for place, row in enumerate(rows) if not _is_left_out(row, reading)]
            if len(kept) < len(rows):
                blanks = sum(is_blank(row) for row in rows)
                return Batch([rows[place] for place in kept], [lines[place] for place in kept], blanks=blanks)
        return Batch(rows, lines)
    whole: list[list[str]] = []
    numbers: list[int] = []
    findings: list[Finding] = []
    blanks = surplus = 0
    for line, row in zip(lines, rows, strict=True):
        fields = row
        if _is_left_out(fields, reading):
            blanks += is_blank(fields)
            continue
        if len(fields) > width and is_blank(fields[width:]):
            surplus += 1
            fields = fields[:width]
        elif len(fields) < width and reading.pad:
            fields = fields + [""] * (width - len(fields))
        if len(fields) == width:
            whole.append(fields)
            numbers.append(line)
        else:
            findings.append(_ragged(line - lines_of(fields) + 1, fields, width))
    return Batch(whole, numbers, findings, blanks, surplus)


def _is_left_out(row: list[str], reading: Reading) -> bool:
    if not row or (not row[0].strip() and is_blank(row)):
        return True
    if reading.comment and row[0].lstrip().startswith(reading.comment):
        return True
    return bool(reading.repeats) and tuple(row) == reading.repeats


def _ragged(line: int, fields: list[str], width: int) -> Finding:
    kind = FindingKind.TOO_MANY_VALUES if len(fields) > width else FindingKind.TOO_FEW_VALUES
    return Finding(kind, line=line, found=_count(len(fields), "value"), expected=_count(width, "column"))


class CsvReader:
    """An open file: `titles` are the names of its columns, as they stand there, and `batches` its rows as loaded."""

    def __init__(self, source: Source, reading: Reading) -> None:
        """Raises InvalidCsv where there is no header and the reading does not say the columns."""
        self.reading = reading
        self._batches = source.batches()
        self._left: RawBatch | None = None
        if reading.columns:
            self.titles = [column.title for column in reading.columns]
            self._width = reading.width or max(column.position for column in reading.columns) + 1
        else:
            self.titles = self._header()
            self._width = len(self.titles)

    def _header(self) -> list[str]:
        for rows, lines in self._batches:
            for place, row in enumerate(rows):
                if row:
                    self._left = RawBatch(rows[place + 1 :], lines[place + 1 :])
                    return row
        found, expected = "only empty lines", "a line with the names of columns"
        raise InvalidCsv(Finding(FindingKind.NO_HEADER, found=found, expected=expected), reading=self.reading)

    def batches(self) -> Iterator[Batch]:
        """The rows in order, once; empty lines are passed over.

        Raises InvalidCsv at the first row that cannot be read, after the rows before it.
        """
        prepare = _preparation(self.reading)
        if self._left:
            yield self._prepared(self._left, prepare)
        for raw in self._batches:
            yield self._prepared(raw, prepare)

    def _prepared(self, raw: RawBatch, prepare: Callable[[list[list[str]]], list[list[str]]]) -> Batch:
        batch = fit(raw, self.reading, self._width)
        return Batch(prepare(batch.rows), batch.lines, batch.findings, batch.blanks, batch.surplus)

    def rows(self) -> Iterator[Row]:
        """The rows one by one. Raises InvalidCsv at the first that cannot be read or has another width."""
        for batch in self.batches():
            yield from map(Row, batch.lines, batch.rows)
            if batch.findings:
                raise InvalidCsv(*batch.findings, reading=self.reading)


def _preparation(reading: Reading) -> Callable[[list[list[str]]], list[list[str]]]:
    """What makes rows of the file the rows of the table: columns left out, values converted, words for NULL."""
    if not reading.columns:
        return _with_nulls
    positions = [column.position for column in reading.columns]
    is_whole = positions == list(range(reading.width or len(positions)))
    if len(positions) == 1:
        only = positions[0]

        def pick(row: list[str]) -> list[str]:
            return [row[only]]

    else:
        choose = itemgetter(*positions)

        def pick(row: list[str]) -> list[str]:
            return list(choose(row))

    changes = [
        (place, converter(column.conversion), frozenset(column.nulls))
        for place, column in enumerate(reading.columns)
        if column.nulls or converter(column.conversion)
    ]

    def prepare(rows: list[list[str]]) -> list[list[str]]:
        if not is_whole:
            rows = [pick(row) for row in rows]
        for place, convert, nulls in changes:
            for row in rows:
                value = row[place]
                if not value:
                    continue
                if nulls and value.strip() in nulls:
                    row[place] = ""
                elif convert:
                    row[place] = convert(value)
        return rows

    return prepare


def _with_nulls(rows: list[list[str]]) -> list[list[str]]:
    # Asking first is quicker than replacing in every row, since most rows hold none of the words.
    has_none = _NULL_WORDS.isdisjoint
    return [
        fields if has_none(fields) else ["" if value in _NULL_WORDS else value for value in fields] for fields in rows
    ]


@contextmanager
def open_source(file: BinaryIO, reading: Reading, *, locate: bool = True) -> Iterator[Source]:
    """The rows of a file as they stand there. It stays open afterwards.

    `locate` looks for the line of a byte that is not of the encoding, for which the file is read once more.
    """
    if reading.sheet:
        with open_sheet(file, reading) as sheet:
            yield sheet
        return
    with unpacked(file, reading.member) as inner, open_text(inner, reading.codec) as text:
        yield TextRows(inner, text, reading, locate=locate)


@contextmanager
def open_csv(file: BinaryIO, reading: Reading) -> Iterator[CsvReader]:
    """Read a file from its beginning. It stays open afterwards. Raises InvalidCsv where there is no header."""
    with open_source(file, reading) as source:
        yield CsvReader(source, reading)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")

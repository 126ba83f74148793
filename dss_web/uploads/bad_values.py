"""A file and how it is to be read -> every value that its column's type does not take, over all rows."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, BinaryIO, Final

from django.db import DataError, connection, transaction
from psycopg import sql

from dss_web.shared.contract import ColumnType
from dss_web.shared.csv import ColumnReading, Reading
from dss_web.shared.csv.conversions import converter
from dss_web.shared.csv.reader import fit, open_source, uncollected
from dss_web.shared.csv.source import RawBatch
from dss_web.shared.csv.text import lines_of
from dss_web.shared.formulas import escaped
from dss_web.shared.values import BLANKS, DateStyle, shape

# A person mends so many by hand; all of them are in the file to download.
SHOWN_VALUES = 50
# The load finds each of them again, which takes it some milliseconds. More are no slips, but another type.
MOST_LEFT_OUT: Final = 10_000
# More of a value than a page shows.
_KEPT_CHARACTERS: Final = 200
# What is known of so many different values of a column is kept; then it starts again.
_KNOWN_VALUES: Final = 200_000
_INTEGERS: Final = {
    ColumnType.INTEGER: range(-(2**31), 2**31),
    ColumnType.BIGINT: range(-(2**63), 2**63),
}
# From this version on Postgres says of each value whether it is one, without an error.
_TELLS_EACH: Final = 160_000


@dataclass(frozen=True, slots=True)
class BadValue:
    """A value that is not of its column's type.

    `line` is the line of the file on which its row ends, `row` the row in a spreadsheet program, both from 1;
    `name` is the column's in the table; `fields` are all values of the row as the file has them.
    """

    line: int
    row: int
    name: str
    title: str
    value: str
    expected: ColumnType
    fields: list[str]


@dataclass(slots=True)
class BadValues:
    """The number of bad values of each column by its name, the first of all, and the number of `rows` that have any.

    `lines` are those on which these rows end, in order, of as many as may be left out.
    """

    counts: Counter[str] = field(default_factory=Counter)
    first: list[BadValue] = field(default_factory=list)
    rows: int = 0
    lines: list[int] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many there are."""
        return self.counts.total()

    @property
    def may_be_left_out(self) -> bool:
        """Whether the other rows may be loaded without those that have any."""
        return 0 < self.rows <= MOST_LEFT_OUT

    def as_json(self) -> dict[str, Any]:
        """For a column of JSON: without the rows, and of long values as much as is shown."""
        first = [replace(one, value=one.value[:_KEPT_CHARACTERS], fields=[]) for one in self.first]
        return {"counts": list(self.counts.items()), "first": [asdict(one) for one in first], "rows": self.rows}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "BadValues":
        """What `as_json` has written."""
        first = [BadValue(**{**one, "expected": ColumnType(one["expected"])}) for one in stored["first"]]
        return cls(Counter(dict(stored["counts"])), first, stored["rows"])


def count_bad_values(file: BinaryIO, found: Reading, chosen: Reading) -> BadValues:
    """All bad values of a file, counted. `found` is how its check reads it, `chosen` how the person wants it.

    Raises InvalidCsv or obstore's errors where the file cannot be read.
    """
    bad, last = BadValues(), 0
    for value in find_bad_values(file, found, chosen):
        bad.counts[value.name] += 1
        if len(bad.first) < SHOWN_VALUES:
            bad.first.append(value)
        if value.line != last:
            last = value.line
            bad.rows += 1
            if bad.rows <= MOST_LEFT_OUT:
                bad.lines.append(last)
    return bad


def find_bad_values(file: BinaryIO, found: Reading, chosen: Reading) -> Iterator[BadValue]:
    """Every bad value in the order of the file, read a batch at a time.

    Only columns that are read otherwise than they were found are looked at: the check has seen each value of the
    others. The load's own rules decide, and then Postgres itself.
    """
    columns = [_CheckedColumn(column) for column in columns_to_try(found, chosen)]
    if not columns:
        return
    width = found.width or max(column.position for column in found.columns) + 1
    # The lines before the data: a value of more lines than one makes the lines more than the rows.
    surplus = 0
    with uncollected(), open_source(file, chosen) as source:
        for raw in source.batches():
            bad = [(column, column.bad_values(raw.rows)) for column in columns]
            if not any(values for _, values in bad) and isinstance(raw.lines, range):
                continue
            for fields, line in zip(raw.rows, raw.lines, strict=True):
                surplus += 0 if chosen.sheet else lines_of(fields) - 1
                for column, values in bad:
                    value = column.value(fields)
                    if value in values and fit(RawBatch([fields], [line]), chosen, width).rows:
                        yield BadValue(
                            line,
                            line - surplus,
                            column.column.name,
                            column.column.title,
                            value,
                            column.column.type,
                            fields,
                        )


def columns_to_try(found: Reading, chosen: Reading) -> list[ColumnReading]:
    """The columns in which a value may be that its type does not take, though the check has seen them all."""
    known = {column.position: column for column in found.columns}
    return [
        column
        for column in chosen.columns
        if column.type is not ColumnType.TEXT and _is_changed(column, known.get(column.position))
    ]


def _is_changed(column: ColumnReading, found: ColumnReading | None) -> bool:
    return found is None or (column.type, column.conversion, column.nulls) != (
        found.type,
        found.conversion,
        found.nulls,
    )


class _CheckedColumn:
    """A column whose values are looked at: each different one once, as long as they are not too many."""

    def __init__(self, column: ColumnReading) -> None:
        self.column = column
        self._convert = converter(column.conversion)
        self._nulls = frozenset(column.nulls)
        pattern = shape(column.type, DateStyle.DAY_FIRST)
        self._pattern = re.compile(pattern, re.ASCII) if pattern else None
        self._good: set[str] = set()
        self._bad: set[str] = set()

    def value(self, fields: Sequence[str]) -> str:
        """What stands in a row of the file; '' where it ends before."""
        return fields[self.column.position] if self.column.position < len(fields) else ""

    def bad_values(self, rows: Iterable[Sequence[str]]) -> set[str]:
        """Those of the rows' values that are not of the type."""
        if len(self._good) > _KNOWN_VALUES:
            self._good.clear()
        values = {self.value(fields) for fields in rows}
        values.discard("")
        new = values - self._good - self._bad
        loaded = {value: self._loaded(value) for value in new}
        shaped = sorted({text for text in loaded.values() if text and self._is_shaped(text)})
        refused = _refused(shaped, self.column.type)
        accepted = set(shaped) - refused
        accepted.add("")
        for value, text in loaded.items():
            (self._good if text in accepted else self._bad).add(value)
        bad = values & self._bad
        if len(self._bad) > _KNOWN_VALUES:
            self._bad.clear()
        return bad

    def _loaded(self, value: str) -> str:
        if value.strip() in self._nulls:
            return ""
        return self._convert(value) if self._convert else value

    def _is_shaped(self, value: str) -> bool:
        text = value.strip(BLANKS)
        if self._pattern and not self._pattern.fullmatch(text):
            return False
        integers = _INTEGERS.get(self.column.type)
        # Longer ones than Python reads are none of Postgres's either.
        return integers is None or (len(text) < 30 and int(text) in integers)


def _refused(values: list[str], kind: ColumnType) -> set[str]:
    """The values that Postgres does not read as this type, under the setting with which files are loaded."""
    if not values:
        return set()
    with transaction.atomic(), connection.cursor() as cursor:
        # 03/04/2024 is the third of April.
        cursor.execute("SET LOCAL datestyle TO 'ISO, DMY'")
        if cursor.connection.info.server_version >= _TELLS_EACH:
            cursor.execute(
                "SELECT value FROM unnest(%s::text[]) AS value WHERE NOT pg_input_is_valid(value, %s)",
                [values, kind.value],
            )
            return {value for (value,) in cursor.fetchall()}
    return _halved(values, kind)


def _halved(values: list[str], kind: ColumnType) -> set[str]:
    """Halve what is refused until each value is left alone: Postgres before 16 does not tell which ones they are."""
    if _are_read(values, kind):
        return set()
    if len(values) == 1:
        return set(values)
    half = len(values) // 2
    return _halved(values[:half], kind) | _halved(values[half:], kind)


def _are_read(values: list[str], kind: ColumnType) -> bool:
    query = sql.SQL("SELECT count(value::{}) FROM unnest(%s::text[]) AS value").format(sql.SQL(kind.value))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL datestyle TO 'ISO, DMY'")
            cursor.execute(query.as_string(cursor.connection), [values])
    except DataError:
        return False
    return True


def as_csv(values: Iterable[BadValue], titles: Sequence[str], reasons: dict[ColumnType, str]) -> Iterator[str]:
    """The lines of a CSV file: the reason first, then the whole row as the file has it, below its titles."""
    yield _line(["line", "spreadsheet row", "column", "value", "expected", *titles])
    for value in values:
        yield _line(
            [str(value.line), str(value.row), value.name, value.value, reasons[value.expected], *value.fields],
        )


def _line(fields: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([escaped(value) for value in fields])
    return text.getvalue()

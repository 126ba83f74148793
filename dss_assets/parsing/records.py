"""Rows as lists of fields -> CSV for COPY, where bytes cannot be copied as they came.

Of the fields those are taken that are declared, in any order. Values that are `written` in a way of their own are read;
columns `from_name` and OTHER_COLUMNS are filled.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from operator import itemgetter
from typing import NamedTuple

import orjson

from dss_assets.counts import counted
from dss_assets.dataset import OTHER_COLUMNS, Column
from dss_assets.errors import InvalidFile
from dss_assets.parsing.header import Header
from dss_assets.parsing.rows import ANOTHER_WIDTH, CopyFormat, Fault, Position, Rows, no_good_row
from dss_assets.parsing.texts import Texts
from dss_assets.parsing.written import Exact, expected, reader_of

# About a quarter of a mebibyte.
_BATCH_ROWS = 2000
# Both characters: then the writer quotes each value that holds either.
_LINE_END = "\r\n"


class Record(NamedTuple):
    """The fields of a row, and its number in the text: of its last line, or of the record.

    A row that could not be taken apart has a `fault` instead of fields.
    """

    number: int
    fields: Sequence[str]
    fault: Fault | None = None


class WrongRecord(Exception):
    """A row that does not fit, and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


class Selection:
    """What is taken of the rows of one text, whose header is known, for the columns of L0 in `targets`."""

    def __init__(
        self, place: str, header: Header, targets: Iterable[Column], values: Mapping[str, str | None], unit: str
    ) -> None:
        """`place` is that of the text, `values` are those of its name; messages call a row's number by `unit`."""
        self.place, self.unit = place, unit
        self._header = header
        self._targets = tuple(targets)
        self._width, self._nameless = len(header.columns), header.nameless
        # What stands after a row's own fields: what is the same in all rows, and then nothing.
        self._constants = [values.get(column.from_name) or "" for column in self._targets]
        self._pick = _picker(
            [
                header.columns.index(column) if column in header.columns else self._width + number
                for number, column in enumerate(self._targets)
            ]
        )
        self._needs_constants = not set(self._targets) <= set(header.columns)
        self._readers = [
            (number, read) for number, column in enumerate(self._targets) if (read := reader_of(column)) is not None
        ]

    def row(self, record: Record) -> Sequence[str]:
        """The fields of the targets. Raises WrongRecord for a row that does not fit."""
        _, fields, fault = record
        if fault:
            raise WrongRecord(fault)
        if len(fields) != self._width:
            first = ", ".join(map(repr, fields[:5]))[:200]
            found = f"found {counted(len(fields), 'field')}, expected {self._width}. The first of them: {first}"
            raise WrongRecord(Fault(found, ANOTHER_WIDTH))
        for index in self._nameless:
            if fields[index].strip():
                raise WrongRecord(self._beside(record.number, index, fields[index]))
        picked = self._pick([*fields, *self._constants] if self._needs_constants else fields)
        if not self._readers and self._kept is None:
            return picked
        row = list(picked)
        for target, read in self._readers:
            text = row[target]
            if text and not isinstance(text, Exact):
                row[target] = read(text) or self._refuse(target, text)
        if self._kept is not None:
            row[self._kept] = self._others(fields)
        return row

    @cached_property
    def _kept(self) -> int | None:
        return self._targets.index(OTHER_COLUMNS) if OTHER_COLUMNS in self._targets else None

    @cached_property
    def _keys(self) -> list[tuple[int, str]]:
        """The fields that nobody declared."""
        return [(index, key) for index, key in enumerate(self._header.keys) if self._header.columns[index] is None]

    def _others(self, fields: Sequence[str]) -> str:
        kept = {key: fields[index] for index, key in self._keys if fields[index]}
        return orjson.dumps(kept).decode() if kept else ""

    def _beside(self, number: int, index: int, value: str) -> Fault:
        found = f"found {value[:100]!r} in column {index + 1}, which has no title"
        error = InvalidFile(
            f"{self.place}, {self.unit} {number}: {found}. Nothing was loaded. If it is a note, declare "
            "others=Others.SKIPPED."
        )
        return Fault(found, "a value in a column without a title", error)

    def _refuse(self, target: int, text: str) -> str:
        column = self._targets[target]
        reason = f"column {column.name}: found {text!r}, expected {expected(column)}"
        raise WrongRecord(Fault(reason, f"a value of {column.name} that is not {expected(column)}"))


def _picker(indexes: list[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    """What takes the fields of these indexes; an itemgetter alone does so in C, and of one index takes no sequence."""
    if len(indexes) == 1:
        return lambda fields: [fields[indexes[0]]]
    return itemgetter(*indexes)


# The rows of all texts in their order, each with what is taken of it.
Selected = Iterator[tuple[Selection, Record]]


def rewritten_rows(
    texts: Texts, place: str, columns: tuple[Column, ...], titles: tuple[str, ...], read: Callable[[], Selected]
) -> Rows:
    """Rows whose fields are `columns`, for COPY, without those that do not fit. `read` begins again each time."""
    rows = Rows(
        place=texts.place if len(texts.texts) == 1 else place,
        columns=columns,
        chunks=(),
        copy_format=CopyFormat("csv", ","),
        positions=lambda: _positions(read()),
        file_values=texts.values,
        skipped=texts.skipped,
        titles=titles,
    )
    return replace(rows, chunks=_csv(rows, read()))


def targets_of(columns: Iterable[Column], header: Header | None = None) -> tuple[Column, ...]:
    """The columns of L0 that get values: those of a header, and those that are filled from elsewhere."""
    return tuple(c for c in columns if header is None or c in header.columns or not c.is_in_rows)


def _csv(rows: Rows, selected: Selected) -> Iterator[bytes]:
    """The rows as CSV, counted. Raises InvalidFile at the end where there are rows, and none fits."""
    # A row of nothing but `\.` would end the data for Postgres before 18, unless it is in quotation marks.
    write = partial(csv.writer, quoting=csv.QUOTE_ALL) if len(rows.columns) == 1 else csv.writer
    tally = rows.tally
    first: tuple[Position, Fault] | None = None
    batch: list[Sequence[str]] = []
    for selection, record in selected:
        try:
            batch.append(selection.row(record))
        except WrongRecord as error:
            position = Position(0, selection.place, record.number, selection.unit)
            first = first or (position, error.fault)
            rows.reject(position, error.fault)
            tally.rejected += 1
            continue
        if len(batch) == _BATCH_ROWS:
            tally.rows += len(batch)
            yield _written(write, batch)
            batch = []
    tally.rows += len(batch)
    tally.accepted, tally.bad_rows = tally.rows, tally.rejected
    tally.records = tally.rows + tally.rejected
    if first and not tally.rows:
        raise no_good_row(*first, tally.records)
    yield _written(write, batch)


def _written(write: Callable[..., "csv._writer"], rows: list[Sequence[str]]) -> bytes:  # type: ignore[name-defined]
    text = io.StringIO(newline="")
    write(text, lineterminator=_LINE_END).writerows(rows)
    return text.getvalue().encode()


def _positions(selected: Selected) -> Iterator[Position]:
    """COPY counts line ends as the first one is written, within quotation marks too."""
    copied = 0
    for selection, record in selected:
        try:
            row = selection.row(record)
        except WrongRecord:
            continue
        copied += 1 + sum(value.count(_LINE_END[0]) for value in row)
        yield Position(copied, selection.place, record.number, selection.unit)

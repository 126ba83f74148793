"""Rows in the form that COPY reads, and where in the file they came from."""

import codecs
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, NamedTuple

from dss_assets.dataset import Column
from dss_assets.errors import InvalidFile
from dss_web.shared.values import DateStyle

# Of Python's encodings those that Postgres reads under a name of its own and that have ASCII's bytes for separators,
# quotation marks and line ends: https://www.postgresql.org/docs/current/multibyte.html (seen 2026-11).
_POSTGRES_ENCODINGS = {
    "utf-8": "UTF8",
    "ascii": "UTF8",
    "iso8859-1": "LATIN1",
    "iso8859-2": "LATIN2",
    "iso8859-15": "LATIN9",
    "cp1250": "WIN1250",
    "cp1251": "WIN1251",
    "cp1252": "WIN1252",
    "cp1253": "WIN1253",
    "cp1254": "WIN1254",
    "koi8-r": "KOI8R",
    "cp866": "WIN866",
}


def is_read_by_postgres(encoding: str) -> bool:
    """Whether COPY reads a text in this encoding as it is; any other has to be recoded first."""
    return codecs.lookup(encoding).name in _POSTGRES_ENCODINGS


@dataclass(frozen=True, slots=True)
class CopyFormat:
    """How `Rows.chunks` are written.

    `csv`: as published, an empty field is NULL, quoted or not. `text`: COPY's own text form, in UTF-8 as `text_line`
    writes it, or what `in_text_form` makes of CSV.
    """

    kind: Literal["csv", "text"]
    delimiter: str = "\t"
    quote: str = '"'
    encoding: str = "utf-8"

    @property
    def postgres_encoding(self) -> str:
        """The encoding as Postgres calls it. Raises KeyError for one that it does not read."""
        return _POSTGRES_ENCODINGS[codecs.lookup(self.encoding).name]


class Position(NamedTuple):
    """Where a row came from, all numbers counted from 1.

    `copied_line` is the line of `Rows.chunks` on which it ends, as COPY counts. `line` is the line of the file, or of
    the member that `place` names, on which it ends; `place` is '' where the line says enough. `line` is 0 where rows
    are not counted. `unit` is what a line is called there: a sheet has rows, and a JSON document records.
    """

    copied_line: int
    place: str
    line: int
    unit: str = "line"

    def __str__(self) -> str:
        """As a message begins: `a.zip, member b.txt, line 17`, or `Line 17`."""
        if not self.line:
            return self.place
        return f"{self.place}, {self.unit} {self.line}" if self.place else f"{self.unit.capitalize()} {self.line}"


# By which rows are counted that have no value at all: spreadsheets leave them below a table.
NO_VALUE = "no value at all"


class Fault(NamedTuple):
    """What is wrong with a row: what was found and expected, and the `kind` by which such rows are counted.

    `error` is what a file is refused with that has no other rows, if not an InvalidFile of the reason.
    """

    reason: str
    kind: str
    error: InvalidFile | None = None

    @property
    def is_bad(self) -> bool:
        """Whether the row counts towards the limit: one without any value is no row."""
        return self.kind != NO_VALUE

    def at(self, place: object) -> str:
        """As a message begins: `a.csv, line 3, column height: found 'tall', expected a number`."""
        return f"{place}{', ' if self.reason.startswith('column ') else ': '}{self.reason}"


class Reject(NamedTuple):
    """What was left out: the member in which it was, what was found and expected there, and the line if it has one.

    `unit` is what a line is called there. `is_bad`: a row that is not as its dataset declares it, which counts towards
    the limit.
    """

    place: str
    reason: str
    line: int | None = None
    unit: str = "line"
    is_bad: bool = False

    def __str__(self) -> str:
        """As a message begins: `a.csv, line 3, column height: found 'tall', expected a number`."""
        return Fault(self.reason, "").at(Position(0, self.place, self.line or 0, self.unit))


def no_good_row(position: Position, first: Fault, rows: int) -> InvalidFile:
    """The error for a file that has so many rows, of which none is as declared."""
    if first.error:
        return first.error
    others = f" None of its {rows:,} rows is as declared." if rows > 1 else ""
    return InvalidFile(
        f"{first.at(position)}. Nothing was loaded.{others} If the publisher has changed the layout, correct the "
        "dataset's declaration."
    )


@dataclass(slots=True)
class Tally:
    """The records of a file, lines or documents, counted while its chunks are read.

    `accepted` gave `rows`, `rejected` gave none, and `bad_rows` of them are not as declared. A file that is passed on
    as it is leaves `records` at 0.
    """

    records: int = 0
    accepted: int = 0
    rejected: int = 0
    rows: int = 0
    bad_rows: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Both files' records."""
        return Tally(
            self.records + other.records,
            self.accepted + other.accepted,
            self.rejected + other.rejected,
            self.rows + other.rows,
            self.bad_rows + other.bad_rows,
        )


# By which rows are counted that have too few fields, or too many.
ANOTHER_WIDTH = "another number of fields"
# A page of the Dagster UI shows them; `Rows.skipped` counts all.
LISTED_REJECTS = 1000


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one file.

    `columns` are L0 columns in the order of a row's fields; `chunks` are to be read once. `place` names the file, and
    the member, at the beginning of a message. `positions` reads the file again and has one position for each row, in
    order. `skipped` counts, while `chunks` are read, what was skipped and why; `rejects` lists the first of it where
    the format can say more. `file_values` hold for all rows.
    `tally` has to add up once they are read. `titles` are those of the file's header, () where it has none. `remarks`
    are sentences about how it was read.
    `dates` is the order of year, month and day in its dates.
    """

    place: str
    columns: tuple[Column, ...]
    chunks: Iterable[bytes]
    copy_format: CopyFormat
    positions: Callable[[], Iterator[Position]]
    file_values: Mapping[str, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    titles: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    dates: DateStyle = DateStyle.YEAR_FIRST

    def reject(self, position: Position, fault: Fault) -> None:
        """Count a row that is left out by its kind, and list it if it is among the first."""
        self.skipped[fault.kind] += 1
        if len(self.rejects) < LISTED_REJECTS:
            place = position.place or self.place
            self.rejects.append(Reject(place, fault.reason, position.line or None, position.unit, fault.is_bad))

    def place_of_line(self, copied_line: int, rows_before: int = 0) -> str:
        """Where the row came from that is on a line of `chunks`, such as `a.zip, member b.txt, line 17`.

        The line is counted from behind so many rows. Reads the file again from its beginning: only an error asks.
        """
        last, lines_before = None, 0
        for number, last in enumerate(self.positions(), start=1):
            if number == rows_before:
                lines_before = last.copied_line
            if number > rows_before and last.copied_line >= lines_before + copied_line:
                break
        return str(last) if last else self.place

    def place_of_row(self, number: int) -> str:
        """Where a row came from, counted from 1 among those that were copied. Reads the file again."""
        position = next(islice(self.positions(), number - 1, None), None)
        return str(position) if position else self.place


# The characters that have a meaning in COPY's text form.
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def text_line(fields: Iterable[str | None]) -> str:
    """One row in COPY's text form, with None as NULL: https://www.postgresql.org/docs/current/sql-copy.html."""
    return "\t".join([r"\N" if value is None else value.translate(_ESCAPES) for value in fields]) + "\n"


def enforce_max_bytes(chunks: Iterable[bytes], max_bytes: int, place: str) -> Iterator[bytes]:
    """The same chunks; InvalidFile as soon as they hold more than `max_bytes`."""
    return Allowance(max_bytes).enforce(chunks, place)


class Allowance:
    """The bytes to which a file may unpack, over all that is read of it: a zip may name one member many times."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = self._left = max_bytes

    def enforce(self, chunks: Iterable[bytes], place: str) -> Iterator[bytes]:
        """The same chunks; InvalidFile as soon as these and those before hold more than is allowed."""
        for chunk in chunks:
            self._left -= len(chunk)
            if self._left < 0:
                raise InvalidFile(
                    f"{place} unpacks to more than the {self._max_bytes:,} bytes that its declaration allows; nothing "
                    "was loaded. If the publisher's files have grown so much, raise max_unpacked_bytes in the "
                    "declaration."
                )
            yield chunk

"""The formats: how COPY writes rows, and how they become the content of an export."""

import csv
import io
from collections.abc import Sequence
from typing import Final, Protocol

from psycopg import sql

from dss_web.exports.export_query import ExportQuery, Format, Formulas
from dss_web.shared.formulas import FORMULA
from dss_web.tables.columns import OutputColumn, Selection
from dss_web.tables.copy_out import first_integer
from dss_web.tables.json_rows import Orientation, json_rows

CONTENT_TYPES: Final = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.NDJSON: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
}
# The types whose values can begin with any character; an array's begin with a brace.
_TEXT_TYPES: Final = frozenset({"text", "varchar", "bpchar", "citext", "name"})
# The formats in which a first part, cut after any row, can be completed by another export's rows.
RESUMABLE: Final = frozenset({Format.CSV, Format.NDJSON})


class Encoder(Protocol):
    """Makes the content of one export: `head()`, then `encode()` of each block of rows in turn, then `end()`.

    `values` and `options` are COPY's; a block has at least `block_bytes` of COPY's rows.
    """

    values: sql.Composable
    options: sql.Composable
    block_bytes: int

    def head(self) -> bytes:
        """The bytes before the rows."""

    def encode(self, rows: Sequence[memoryview]) -> bytes:
        """The bytes of a block of COPY's rows. Raises Unprocessable if the format cannot represent a value."""

    def end(self) -> bytes:
        """The bytes after the rows."""

    def id_of(self, row: memoryview) -> int | None:
        """The row's id; None if the client chose columns of which the first is not the id."""


class CsvEncoder:
    """Postgres's own CSV: NULL is empty, an empty string is `""`, dates and times are ISO 8601."""

    options: sql.Composable = sql.SQL("FORMAT csv")
    block_bytes = 2**20

    def __init__(self, columns: Sequence[OutputColumn], query: ExportQuery) -> None:
        self._names = [column.key for column in columns] if query.header else None
        self._leads_with_id = columns[0].column.name == "id"
        self.values: sql.Composable = sql.SQL(", ").join(_value(column, query.formulas) for column in columns)

    def head(self) -> bytes:
        """The columns' keys, unless the header is left out."""
        if self._names is None:
            return b""
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(self._names)
        return line.getvalue().encode()

    def encode(self, rows: Sequence[memoryview]) -> bytes:
        """The rows as they are."""
        return b"".join(rows)

    def end(self) -> bytes:
        """Nothing."""
        return b""

    def id_of(self, row: memoryview) -> int | None:
        """The first cell, if the columns begin with the id."""
        return first_integer(row) if self._leads_with_id else None


def _value(column: OutputColumn, formulas: Formulas) -> sql.Composable:
    value = sql.Identifier("t", column.column.name)
    if formulas is Formulas.KEEP or column.type.is_array or column.type.name not in _TEXT_TYPES:
        return value
    return sql.SQL("CASE WHEN {value} ~ {formula} THEN '''' || {value} ELSE {value} END").format(
        value=value, formula=sql.Literal(FORMULA)
    )


class NdjsonEncoder:
    """A JSON object on each line, with the values of pages."""

    block_bytes = 2**20

    def __init__(self, selection: Selection) -> None:
        self._form = json_rows(selection, Orientation.RECORDS)
        self.values: sql.Composable = self._form.values
        self.options: sql.Composable = self._form.options

    def head(self) -> bytes:
        """Nothing."""
        return b""

    def encode(self, rows: Sequence[memoryview]) -> bytes:
        """A line for each row."""
        return b"".join([*self._form.chunks(rows, b"\n"), b"\n"]) if rows else b""

    def end(self) -> bytes:
        """Nothing."""
        return b""

    def id_of(self, row: memoryview) -> int | None:
        """The first cell, which is the id whether it is shown or not."""
        (identifier,) = self._form.ids([row])
        return identifier if isinstance(identifier, int) else None


def encoder(query: ExportQuery, selection: Selection) -> Encoder:
    """A new encoder, for one export of these columns."""
    match query.format:
        case Format.CSV:
            return CsvEncoder(selection.columns, query)
        case Format.NDJSON:
            return NdjsonEncoder(selection)
        case Format.PARQUET:
            # Importing it takes a third of a second and 60 MB, so only processes that need it do.
            from dss_web.exports.parquet import ParquetEncoder  # noqa: PLC0415

            return ParquetEncoder(selection.columns)

"""The formats: what COPY is to write, and what a client gets of it. Each encoder serves one export."""

import csv
import io
from collections.abc import Sequence
from typing import Final, Protocol

from psycopg import sql

from dss_web.exports.export_query import Format
from dss_web.tables.columns import OutputColumn, Selection
from dss_web.tables.copy_out import first_integer
from dss_web.tables.json_rows import Orientation, json_rows

CONTENT_TYPES: Final = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.NDJSON: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
}
# Those of which a first part, cut after any row, can be completed by another export's rows.
RESUMABLE: Final = frozenset({Format.CSV, Format.NDJSON})


class Encoder(Protocol):
    """`values` and `options` are for COPY; the content is `head()`, then `encode()` of all rows in turn, then `end()`.

    `block_bytes` is how much of COPY's rows it takes at once.
    """

    values: sql.Composable
    options: sql.Composable
    block_bytes: int

    def head(self) -> bytes: ...
    def encode(self, rows: Sequence[memoryview]) -> bytes: ...
    def end(self) -> bytes: ...
    def id_of(self, row: memoryview) -> int | None:
        """The row's id, where it is known: it is unless the client chose columns of which it is not the first."""


class CsvEncoder:
    """Postgres's own CSV, untouched: NULL is empty, '' is `""`, dates and times as ISO 8601 has them."""

    options: sql.Composable = sql.SQL("FORMAT csv")
    block_bytes = 2**20

    def __init__(self, shown: Sequence[OutputColumn], *, header: bool) -> None:
        self._names = [column.key for column in shown] if header else None
        self._leads_with_id = shown[0].column.name == "id"
        self.values: sql.Composable = sql.SQL(", ").join(sql.Identifier("t", each.column.name) for each in shown)

    def head(self) -> bytes:
        if self._names is None:
            return b""
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(self._names)
        return line.getvalue().encode()

    def encode(self, rows: Sequence[memoryview]) -> bytes:
        return b"".join(rows)

    def end(self) -> bytes:
        return b""

    def id_of(self, row: memoryview) -> int | None:
        return first_integer(row) if self._leads_with_id else None


class NdjsonEncoder:
    """A JSON object a line, with the values of pages."""

    block_bytes = 2**20

    def __init__(self, selection: Selection) -> None:
        self._form = json_rows(selection, Orientation.RECORDS)
        self.values: sql.Composable = self._form.values
        self.options: sql.Composable = self._form.options

    def head(self) -> bytes:
        return b""

    def encode(self, rows: Sequence[memoryview]) -> bytes:
        return b"".join([*self._form.chunks(rows, b"\n"), b"\n"]) if rows else b""

    def end(self) -> bytes:
        return b""

    def id_of(self, row: memoryview) -> int | None:
        return self._form.ids([row])[0]


def encoder(format_: Format, selection: Selection, *, header: bool) -> Encoder:
    """An encoder for one export of these columns."""
    match format_:
        case Format.CSV:
            return CsvEncoder(selection.columns, header=header)
        case Format.NDJSON:
            return NdjsonEncoder(selection)
        case Format.PARQUET:
            # Takes a third of a second and 60 MB: for processes of which somebody has asked it.
            from dss_web.exports.parquet import ParquetEncoder  # noqa: PLC0415

            return ParquetEncoder(selection.columns)

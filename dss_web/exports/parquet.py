"""Parquet as an export's format."""

from collections.abc import Sequence

from dss_web.http.errors import Unprocessable
from dss_web.shared.parquet import NotRepresentable, ParquetColumn, ParquetRows
from dss_web.tables.columns import OutputColumn
from dss_web.tables.copy_out import first_integer


class ParquetEncoder:
    """An encoder of `dss_web.exports.formats`. Raises Unprocessable where Parquet cannot have a value."""

    options = ParquetRows.options
    block_bytes = ParquetRows.block_bytes

    def __init__(self, columns: Sequence[OutputColumn]) -> None:
        self._leads_with_id = columns[0].column.name == "id"
        self._rows = ParquetRows(
            [ParquetColumn(each.column.name, each.key, each.type.name, each.type.is_array) for each in columns]
        )
        self.values = self._rows.values

    def head(self) -> bytes:
        """Nothing: the file begins with the first row group."""
        return b""

    def encode(self, rows: Sequence[memoryview]) -> bytes:
        """A row group."""
        try:
            return self._rows.encode(rows)
        except NotRepresentable as error:
            raise Unprocessable(f"{error}. Ask for csv or ndjson, or leave the column out") from error

    def end(self) -> bytes:
        """The footer, without which nobody can read the file."""
        return self._rows.end()

    def id_of(self, row: memoryview) -> int | None:
        """The first cell, if the columns begin with the id."""
        return first_integer(row) if self._leads_with_id else None

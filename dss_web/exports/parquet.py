"""Parquet: rows of COPY → Arrow → row groups of bounded size."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from psycopg import sql

from dss_web.http.errors import Unprocessable
from dss_web.tables.columns import OutputColumn
from dss_web.tables.copy_out import first_integer
from dss_web.tables.types import ColumnType

# All other types are strings, as Postgres writes them; also numeric, which has more digits than a float, and NaN and
# Infinity, which Parquet's decimal does not have.
_TYPES: Final[dict[str, pa.DataType]] = {
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "bytea": pa.binary(),
}


class ParquetEncoder:
    """A row group for each block of rows, compressed with zstd. The content is a Parquet file only with its end."""

    options: sql.Composable = sql.SQL("FORMAT csv")
    # 4 MiB of CSV: some thousand rows of 50 columns, which take ten times as much memory while they are encoded.
    block_bytes = 4 * 2**20

    def __init__(self, columns: Sequence[OutputColumn]) -> None:
        self._leads_with_id = columns[0].column.name == "id"
        self.values: sql.Composable = sql.SQL(", ").join(_value(each) for each in columns)
        names = [each.key for each in columns]
        self._csv_types: list[pa.DataType] = [_type_in_csv(each.type) for each in columns]
        self._schema = pa.schema([(name, _type(each.type)) for name, each in zip(names, columns, strict=True)])
        self._csv_names = [f"c{number}" for number in range(len(columns))]
        self._written: list[bytes] = []
        self._writer = pa.parquet.ParquetWriter(_Sink(self._written.append), self._schema, compression="zstd")

    def head(self) -> bytes:
        """Nothing: the writer begins the file with the first row group."""
        return b""

    def encode(self, rows: Sequence[memoryview]) -> bytes:
        """A row group. Raises Unprocessable if Arrow cannot represent a value, such as a date before Christ."""
        content = b"".join(rows)
        try:
            table = pa.csv.read_csv(
                pa.BufferReader(content),
                read_options=pa.csv.ReadOptions(
                    use_threads=False, column_names=self._csv_names, block_size=len(content) + 1
                ),
                parse_options=pa.csv.ParseOptions(newlines_in_values=True),
                convert_options=pa.csv.ConvertOptions(
                    column_types=dict(zip(self._csv_names, self._csv_types, strict=True)),
                    null_values=[""],
                    true_values=["t"],
                    false_values=["f"],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=False,
                ),
            )
            columns = [
                _converted(column, field.type) for column, field in zip(table.columns, self._schema, strict=True)
            ]
        except pa.ArrowInvalid as error:
            raise Unprocessable(
                f"A value cannot be represented in Parquet: {self._with_name(str(error))}. Ask for csv or ndjson, or "
                "leave the column out"
            ) from error
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema), row_group_size=len(rows))
        return self._take_written()

    def end(self) -> bytes:
        """The footer, without which nobody can read the file."""
        self._writer.close()
        return self._take_written()

    def id_of(self, row: memoryview) -> int | None:
        """The first cell, if the columns begin with the id."""
        return first_integer(row) if self._leads_with_id else None

    def _with_name(self, text: str) -> str:
        """The first line of Arrow's error, with the column's name instead of its number."""
        return re.sub(
            r"column #(\d+)", lambda match: f"column {self._schema.names[int(match[1])]}", text.splitlines()[0]
        )

    def _take_written(self) -> bytes:
        content = b"".join(self._written)
        self._written.clear()
        return content


class _Sink:
    """A file that passes on what is written to it."""

    closed = False

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write

    def write(self, content: Any) -> int:
        self._write(bytes(content))
        return len(content)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


def _value(shown: OutputColumn) -> sql.Composable:
    value = sql.Identifier("t", shown.column.name)
    if shown.type.is_array:
        return sql.SQL("to_json({}::text[])::text").format(value)
    return value


def _type(column: ColumnType) -> pa.DataType:
    """The column's type in Parquet."""
    element = _TYPES.get(column.name, pa.string())
    return pa.list_(pa.string() if column.name == "bytea" else element) if column.is_array else element


def _type_in_csv(column: ColumnType) -> pa.DataType:
    """The type as which the column's cells are read; the others are made of strings."""
    type_ = _type(column)
    return pa.string() if pa.types.is_list(type_) or pa.types.is_binary(type_) else type_


def _converted(column: pa.ChunkedArray, type_: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_list(type_):
        values = [None if value is None else orjson.loads(value) for value in column.to_pylist()]
        return pa.array(values, type=pa.list_(pa.string())).cast(type_)
    if pa.types.is_binary(type_):
        return pa.array([None if value is None else bytes.fromhex(value[2:]) for value in column.to_pylist()], type_)
    return column

"""Parquet: rows of Postgres's COPY → Arrow → row groups of bounded size. Exports and the files of versions are so made.

Importing it takes a third of a second and 60 MB, for Arrow.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from psycopg import sql

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


class ParquetColumn(NamedTuple):
    """A column: its name in the table, that in the file, and pg_type's typname, of an array that of its elements."""

    name: str
    key: str
    type_name: str
    is_array: bool


class NotRepresentable(ValueError):
    """A value that Parquet cannot have, such as a date before Christ. The text names its column."""


class ParquetRows:
    """A row group for each block of rows, compressed with zstd. The content is a Parquet file only with its end.

    `values` and `options` are COPY's, of which each row is called `t`.
    """

    options: sql.Composable = sql.SQL("FORMAT csv")
    # 4 MiB of CSV: some thousand rows of 50 columns, which take ten times as much memory while they are encoded.
    block_bytes = 4 * 2**20

    def __init__(self, columns: Sequence[ParquetColumn]) -> None:
        self.values: sql.Composable = sql.SQL(", ").join(_value(each) for each in columns)
        self._csv_types: list[pa.DataType] = [_type_in_csv(each) for each in columns]
        self._schema = pa.schema([(each.key, _type(each)) for each in columns])
        self._csv_names = [f"c{number}" for number in range(len(columns))]
        self._written: list[bytes] = []
        self._writer = pa.parquet.ParquetWriter(_Sink(self._written.append), self._schema, compression="zstd")

    def encode(self, rows: Sequence[memoryview]) -> bytes:
        """A row group. Raises NotRepresentable."""
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
            raise NotRepresentable(
                f"A value cannot be represented in Parquet: {self._with_name(str(error))}"
            ) from error
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema), row_group_size=len(rows))
        return self._take_written()

    def end(self) -> bytes:
        """The footer, without which nobody can read the file."""
        self._writer.close()
        return self._take_written()

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


def _value(column: ParquetColumn) -> sql.Composable:
    value = sql.Identifier("t", column.name)
    if column.is_array:
        return sql.SQL("to_json({}::text[])::text").format(value)
    return value


def _type(column: ParquetColumn) -> pa.DataType:
    """The column's type in Parquet."""
    element = _TYPES.get(column.type_name, pa.string())
    return pa.list_(pa.string() if column.type_name == "bytea" else element) if column.is_array else element


def _type_in_csv(column: ParquetColumn) -> pa.DataType:
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

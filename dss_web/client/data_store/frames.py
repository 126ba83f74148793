"""A table for Arrow and pandas, by way of a Parquet export: the service writes it, and its receipt is checked."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .errors import DataStoreError

try:
    import pyarrow
    import pyarrow.parquet
except ImportError as error:
    raise DataStoreError("pyarrow is not installed: pip install 'data-store-client[arrow]'") from error

if TYPE_CHECKING:
    import pandas

    from .table import Table


def to_arrow(table: "Table", numeric: Literal["float", "text"] = "float") -> pyarrow.Table:
    """All rows as an Arrow table. See Table.to_arrow."""
    floats = _numeric_columns(table) if numeric == "float" else {}
    with tempfile.TemporaryDirectory(prefix="data-store-") as folder:
        path = Path(folder) / "table.parquet"
        table.export(path)
        # In memory whole, since the file goes.
        found = pyarrow.parquet.read_table(path, memory_map=False)
    for number, name in enumerate(found.column_names):
        if name in floats:
            found = found.set_column(number, name, found.column(number).cast(floats[name]))
    return found


def to_pandas(table: "Table", numeric: Literal["float", "text"] = "float") -> "pandas.DataFrame":
    """All rows as a DataFrame. See Table.to_pandas."""
    try:
        import pandas  # noqa: PLC0415 an extra, which to_arrow does without
    except ImportError as error:
        raise DataStoreError("pandas is not installed: pip install 'data-store-client[pandas]'") from error
    exact = {
        pyarrow.int16(): pandas.Int16Dtype(),
        pyarrow.int32(): pandas.Int32Dtype(),
        pyarrow.int64(): pandas.Int64Dtype(),
        pyarrow.bool_(): pandas.BooleanDtype(),
    }
    return to_arrow(table, numeric).to_pandas(types_mapper=exact.get)


def _numeric_columns(table: "Table") -> dict[str, pyarrow.DataType]:
    """The type of each column that Parquet has as text, since it holds more digits than a float."""
    types = {"NUMERIC": pyarrow.float64(), "NUMERIC[]": pyarrow.list_(pyarrow.float64())}
    return {column.name: types[column.type] for column in table.structure() if column.type in types}

"""The columns of a dataset's tables as clients see them: names, types, meanings, and what they are made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from dss_assets.dataset.columns import Column
from dss_assets.dataset.derived import Derived
from dss_assets.dataset.l1 import L1, Chosen, ConvertedColumn, FileValue, RenamedColumn, Rowwise, Unpivoted
from dss_web.shared.contract import ColumnType


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of L0 or L1. `type` is Postgres's name; `sources` are the columns of L0 of which L1's is made."""

    name: str
    type: str
    description: str
    sources: tuple[str, ...] = ()


_ID = "Identifies the row. Pages of rows are ordered by it."
_ROW_ID = "The id of the row of L0 from which this row is made."


def columns_of_l0(columns: tuple[Column, ...]) -> tuple[TableColumn, ...]:
    """The columns of L0 without the loader's bookkeeping."""
    return (TableColumn("id", ColumnType.BIGINT.value, _ID), *columns_as_stored(columns))


def columns_as_stored(columns: tuple[Column, ...]) -> tuple[TableColumn, ...]:
    """The columns of a table that has these and no others."""
    return tuple(TableColumn(column.name, column.type.value, column.description) for column in columns)


def columns_of_l1(l1: L1, columns: tuple[Column, ...]) -> tuple[TableColumn, ...]:
    """The columns of L1 over these columns of L0. One without a description of its own has that of its source."""
    ids = (
        TableColumn("id", ColumnType.BIGINT.value, _ID, ("id",)),
        TableColumn("data_source_row_id", ColumnType.BIGINT.value, _ROW_ID, ("id",)),
    )
    by_name = {column.name: column for column in columns}
    match l1:
        case Rowwise():
            return (*ids, *_rowwise(l1, by_name))
        case Unpivoted():
            return (*ids, *_unpivoted(l1, by_name))
        case Derived():
            return columns_of_l0(l1.columns)
        case Chosen():
            return (*ids, *(_copied(by_name[name]) for name in l1.columns))
        case _:
            assert_never(l1)


def _copied(source: Column, name: str = "", description: str = "") -> TableColumn:
    return TableColumn(
        name or source.name, source.type.value, description or source.description, sources=(source.name,)
    )


def _rowwise(l1: Rowwise, by_name: dict[str, Column]) -> Iterator[TableColumn]:
    for column in l1.columns:
        match column:
            case ConvertedColumn():
                sources = column.sources
                description = column.description or by_name[sources[0]].description
                yield TableColumn(column.name, str(column.conversion.type), description, sources)
            case RenamedColumn():
                yield _copied(by_name[column.source], column.name, column.description)
            case FileValue():
                yield TableColumn(column.name, str(column.conversion.type), column.description)
            case name:
                yield _copied(by_name[name])


def _unpivoted(l1: Unpivoted, by_name: dict[str, Column]) -> Iterator[TableColumn]:
    unpivoted = [by_name[name] for _, name in l1.unpivoted]
    yield from (_copied(by_name[name]) for name in l1.columns)
    yield TableColumn(l1.label, ColumnType.INTEGER.value, l1.label_description)
    yield TableColumn(
        l1.value, unpivoted[0].type.value, l1.value_description, tuple(column.name for column in unpivoted)
    )

"""Which columns of a table are shown, in which order and under which names."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from dss_web.http.errors import BadRequest
from dss_web.tables.relation import Column, RowType
from dss_web.tables.served_table import Casing, key_of
from dss_web.tables.types import ColumnType


@dataclass(frozen=True)
class OutputColumn:
    """A column of the table and the key under which clients know it."""

    column: Column
    key: str

    @property
    def type(self) -> ColumnType:
        """The column's type."""
        return self.column.type


@dataclass(frozen=True, eq=False)
class Selection:
    """Columns in the order in which they are shown. Compared by identity, as a RowType is, so that it can be a key."""

    columns: tuple[OutputColumn, ...]

    @cached_property
    def by_key(self) -> dict[str, OutputColumn]:
        """The columns by their keys."""
        return {column.key: column for column in self.columns}


@lru_cache(maxsize=1000)
def visible_columns(row_type: RowType, hidden: frozenset[str], casing: Casing) -> Selection:
    """The columns that clients may see: id first, the others as they stand in the table."""
    visible = (column for column in row_type.columns if column.name not in hidden)
    ordered = sorted(visible, key=lambda column: column.name != "id")
    return Selection(tuple(OutputColumn(column, key_of(column.name, casing)) for column in ordered))


def chosen_columns(visible: Selection, values: Iterable[str]) -> Selection:
    """The columns that the values of the parameter `columns` name, in their order; all columns if they name none.

    Each value is a list with commas between; a name that holds a comma is in double quotes. Raises BadRequest for a
    name that the table does not have, and for one that comes twice.
    """
    names = [name.strip() for row in csv.reader(values, skipinitialspace=True) for name in row if name.strip()]
    if not names:
        return visible
    if unknown := [name for name in names if name not in visible.by_key]:
        raise BadRequest(
            f"columns names what the table does not have: {', '.join(unknown)}. It has: {', '.join(visible.by_key)}"
        )
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise BadRequest(f"columns names twice: {', '.join(repeated)}")
    return Selection(tuple(visible.by_key[name] for name in names))

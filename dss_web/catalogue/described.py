"""Datasets as programs are told of them: what they are, how fresh they are, and the tables that somebody may read."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from psycopg import sql

from dss_web.registry.described_column import DescribedColumn
from dss_web.registry.models import CatalogueEntry, IndexedDataset
from dss_web.shared.contract import TABLE_VERSION, ColumnType, is_kept_name

# Of an uploaded dataset the catalogue has the columns of the file; its table begins with this one.
_ID: Final = {
    "name": "id",
    "type": ColumnType.BIGINT,
    "description": "Identifies the row. Pages of rows are ordered by it.",
}

# The versions of all tables are a few thousand rows at most. A view has as many rows as Postgres estimates for the
# table below it, which is -1 before that was analysed.
_TABLES: Final = sql.SQL("""
    SELECT nspname::text, entry.relname::text, version, generation, changed_at, nullif(base.reltuples, -1)::bigint
    FROM {versions} AS tracked JOIN pg_class AS entry ON entry.oid = tracked.relation
    JOIN pg_namespace AS named ON named.oid = entry.relnamespace JOIN pg_class AS base ON base.oid = tracked.base
    WHERE nspname = ANY (%s)
""").format(versions=sql.Identifier(*TABLE_VERSION))
# The same tables from the other side: as few as have changed.
_CHANGED: Final = sql.SQL("""
    SELECT DISTINCT nspname::text FROM {versions} AS tracked JOIN pg_class AS entry ON entry.oid = tracked.relation
    JOIN pg_namespace AS named ON named.oid = entry.relnamespace WHERE changed_at >= %s
""").format(versions=sql.Identifier(*TABLE_VERSION))


@dataclass(frozen=True, slots=True)
class TableState:
    """The state in which a table is, and its rows as Postgres estimates them; None where that is not known."""

    version: int | None = None
    generation: int | None = None
    changed_at: datetime | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class DescribedTable:
    """A table of a dataset with the columns that clients are shown."""

    name: str
    columns: tuple[DescribedColumn, ...]
    state: TableState


@dataclass(frozen=True, slots=True)
class DescribedDataset:
    """A dataset with those of its tables that somebody may read.

    `indexed` has its state and freshness, as of the last half minute; None of a dataset that is newer.
    """

    entry: CatalogueEntry
    indexed: IndexedDataset | None
    tables: tuple[DescribedTable, ...]

    @property
    def title(self) -> str:
        """What people call it: that of its names where nobody has given it a title."""
        return self.entry.title or self.entry.key.partition(".")[2].replace("_", " ")

    @property
    def changed_at(self) -> datetime | None:
        """When one of its tables has changed last; None where that is not known of any."""
        return max((table.state.changed_at for table in self.tables if table.state.changed_at), default=None)


def described(
    entries: Sequence[CatalogueEntry], may_read: Callable[[str, str], bool] = lambda schema, table: True
) -> list[DescribedDataset]:
    """These datasets, with those of their tables of which `may_read(schema, table)` is true.

    Raises django.db.Error where the database is out of reach.
    """
    states = _table_states({entry.schema_name for entry in entries})
    indexed = IndexedDataset.objects.defer("search").in_bulk([entry.key for entry in entries])
    return [
        DescribedDataset(
            entry,
            indexed.get(entry.key),
            tuple(
                DescribedTable(
                    table["name"],
                    _columns(entry, table["columns"]),
                    states.get((entry.schema_name, table["name"]), TableState()),
                )
                for table in entry.tables
                if may_read(entry.schema_name, table["name"])
            ),
        )
        for entry in entries
    ]


def schemas_changed_since(moment: datetime) -> list[str]:
    """The schemas with a table that has changed at this moment or after it."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [moment])
        return [schema for (schema,) in cursor.fetchall()]


def _table_states(schemas: Iterable[str]) -> dict[tuple[str, str], TableState]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [list(schemas)])
        return {
            (schema, name): TableState(*state) for schema, name, *state in cursor.fetchall() if not is_kept_name(name)
        }


def _columns(entry: CatalogueEntry, columns: Sequence[dict[str, Any]]) -> tuple[DescribedColumn, ...]:
    all_columns = [_ID, *columns] if entry.is_uploaded else columns
    return tuple(
        DescribedColumn(column["name"], column.get("type", ""), column.get("description") or "")
        for column in all_columns
    )

"""A table, view or materialised view, held open for reading in one state."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.pq.abc import PGresult

from dss_web.configuration import web_settings
from dss_web.http.errors import NoSuchTable, Unavailable
from dss_web.shared.contract import TABLE_VERSION
from dss_web.tables.types import FIRST_USER_OID, ColumnType, types_of

# Ordinary, view, materialised view, partitioned, foreign. Sequences can be selected from too, but are no tables.
SERVED_KINDS: Final = frozenset("rvmpf")

# REPEATABLE READ makes one snapshot for everything that a request reads, and SELECT … LIMIT 0 locks the table (ACCESS
# SHARE) and describes its columns. The snapshot is taken before that SELECT, which may then wait for its lock while the
# table is truncated or another one takes its place: the snapshot would show a table without rows. So the last SELECT
# compares relfilenode in the snapshot with pg_relation_filenode, which reads the catalog as it is now.
# The session's settings are those on which `cells` relies: ISO dates, UTC, and floats with all their digits.
_OPEN = sql.SQL("""
    BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
    SELECT set_config('statement_timeout', {statement_timeout}, true), set_config('lock_timeout', {lock_timeout}, true),
        set_config('datestyle', 'ISO, YMD', true), set_config('intervalstyle', 'postgres', true),
        set_config('timezone', 'UTC', true), set_config('extra_float_digits', '1', true);
    SELECT * FROM {table} LIMIT 0;
    SELECT relkind::text, relfilenode = coalesce(pg_relation_filenode(entry.oid), 0),
        tracked.version, tracked.generation
    FROM pg_class AS entry LEFT JOIN {versions} AS tracked ON tracked.relation = entry.oid
    WHERE entry.oid = {name}::regclass;
""")
_CLOSE = sql.SQL("ROLLBACK;")
# A try fails only if a replacement was committed meanwhile: more than a few of these in a row are not waited for.
_TRIES: Final = 5


@dataclass(frozen=True)
class Column:
    """A column as it is now. The type of a domain is the type that it is over.

    `modifier` is pg_attribute's atttypmod: the length or precision that was declared, -1 if none was.
    """

    name: str
    type: ColumnType
    modifier: int = -1


@dataclass(frozen=True, eq=False)
class RowType:
    """The columns of a table, in its own order.

    Compared by identity: tables with the same columns share one, so that what is derived from it can be cached.
    """

    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Version:
    """The state of a table whose changes are tracked (`dss_web.registry.models.TableVersion`).

    `number` differs after each change; `generation` only after rows or columns were changed or removed.
    """

    number: int
    generation: int


@dataclass(frozen=True)
class State:
    """A table at one moment; `version` is None if the table's changes are not tracked.

    A table with a version has a unique `id` that is not null, and new rows have greater ids than all others.
    """

    row_type: RowType
    version: Version | None


@dataclass(frozen=True)
class Relation(State):
    """A table that is held open in its state, on a connection that is in a read-only transaction.

    `identifier` is its name for SQL: another one than `table` if it was replaced, and kept for those who read it.
    """

    connection: psycopg.Connection[Any]
    schema: str
    table: str
    identifier: sql.Identifier

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"


# The name, the type's oid and the modifier of each column.
_Described = tuple[tuple[bytes, int, int], ...]
_row_types: dict[_Described, RowType] = {}
# Far more tables than there are; their row types take a few kilobytes each.
_MAX_ROW_TYPES: Final = 1000


def being_replaced(table: str) -> Unavailable:
    """The error of who waited too long for a table that another one replaces."""
    return Unavailable(f"The table {table} is being replaced: try again later")


@lru_cache(maxsize=1000)
def _statements(schema: str, table: str, *, keep_open: bool) -> str:
    """The SQL that opens a table and, unless it is to stay open, closes it. Cached: composing it takes 0.05 ms."""
    settings = web_settings()
    identifier = sql.Identifier(schema, table)
    opening = _OPEN.format(
        statement_timeout=sql.Literal(str(int(settings.dss_statement_timeout_seconds * 1000))),
        lock_timeout=sql.Literal(str(int(settings.dss_lock_timeout_seconds * 1000))),
        table=identifier,
        name=sql.Literal(identifier.as_string()),
        versions=sql.Identifier(*TABLE_VERSION),
    )
    return (opening if keep_open else opening + _CLOSE).as_string()


def read_state(connection: psycopg.Connection[Any], schema: str, table: str, *, keep_open: bool) -> State:
    """The table's state. With `keep_open` a transaction is open afterwards.

    Raises NoSuchTable for what is no table, Unavailable if it is replaced over and over, and what psycopg does.
    """
    statements = _statements(schema, table, keep_open=keep_open).encode()
    for _ in range(_TRIES):
        with connection.cursor() as cursor:
            cursor.execute(statements)  # BEGIN, the settings, the columns, the entry
            cursor.nextset()
            cursor.nextset()
            columns = _described(cursor.pgresult)
            cursor.nextset()
            entry = cursor.fetchone()
        if entry and entry[1]:
            kind, _, number, generation = entry
            if kind not in SERVED_KINDS:
                raise NoSuchTable
            version = None if number is None else Version(number, generation)
            return State(_row_type(connection, columns), version)
        connection.rollback()
    raise being_replaced(f"{schema}.{table}")


def _described(result: PGresult | None) -> _Described:
    """The columns of a result. psycopg's `description` would take 0.25 ms for fifty of them."""
    assert result
    return tuple((result.fname(at) or b"", result.ftype(at), result.fmod(at)) for at in range(result.nfields))


def _row_type(connection: psycopg.Connection[Any], columns: _Described) -> RowType:
    """The row type of these columns, cached unless one of their types may be dropped and created again."""
    if cached := _row_types.get(columns):
        return cached
    types = types_of(connection, {oid for _, oid, _ in columns})
    row_type = RowType(tuple(Column(name.decode(), types[oid], modifier) for name, oid, modifier in columns))
    if all(oid < FIRST_USER_OID for _, oid, _ in columns):
        if len(_row_types) >= _MAX_ROW_TYPES:
            _row_types.clear()
        _row_types[columns] = row_type
    return row_type

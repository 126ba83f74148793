"""A table, view or materialised view, held open for reading: what is read of it is of one moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import psycopg
from psycopg import errors, sql
from psycopg.pq.abc import PGresult

from dss_web.configuration import web_settings
from dss_web.database import request_connection
from dss_web.http.errors import NoSuchTable, Unavailable, Unprocessable
from dss_web.shared.contract import SERVICE_SCHEMAS, TABLE_VERSION
from dss_web.tables.types import FIRST_USER_OID, ColumnType, types_of

# Postgres cuts longer names short, and would find a table of another name.
MAX_NAME_BYTES: Final = 63
# Ordinary, view, materialised view, partitioned, foreign: what holds rows. A sequence can be selected from as well.
SERVED_KINDS: Final = frozenset("rvmpf")

_ABSENT = (errors.UndefinedTable, errors.InvalidSchemaName, errors.WrongObjectType, errors.InsufficientPrivilege)

# One snapshot for everything that a request reads. It is taken by the first SELECT, which may then have to wait for
# its lock, while the table is emptied or another one takes its place: the snapshot, older than that, would show a table
# without rows. So the table's entry in the catalog is compared as the snapshot has it and as it is now.
_OPEN = sql.SQL("""
    BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
    SELECT set_config('statement_timeout', {statement_timeout}, true), set_config('lock_timeout', {lock_timeout}, true),
        set_config('datestyle', 'ISO, YMD', true), set_config('intervalstyle', 'postgres', true),
        set_config('timezone', 'UTC', true), set_config('extra_float_digits', '1', true);
    SELECT * FROM {table} LIMIT 0;
    SELECT relkind::text, relfilenode = coalesce(pg_relation_filenode(entry.oid), 0), noted.version, noted.generation
    FROM pg_class AS entry LEFT JOIN {versions} AS noted ON noted.relation = entry.oid
    WHERE entry.oid = {name}::regclass;
""")
_CLOSE = sql.SQL("ROLLBACK;")
# Each further try follows on a replacement that was committed meanwhile.
_TRIES: Final = 5


@dataclass(frozen=True)
class Column:
    """A column as it is at this moment. Of a domain, the type is what the domain is made over."""

    name: str
    type: ColumnType


@dataclass(frozen=True, eq=False)
class RowType:
    """The columns of a table, in its own order.

    Told apart by identity: tables of the same columns share one, so that what is derived of it can be remembered.
    """

    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Version:
    """The state of a table whose changes are noted (`dss_web.registry.models.TableVersion`).

    `number` is another one after each change; `generation` changes only when rows or columns are changed or removed.
    """

    number: int
    generation: int


@dataclass(frozen=True)
class State:
    """A table at one moment; `version` is None where nobody notes the table's changes.

    A table with a version has a unique `id`, not null, and its rows are added behind all others.
    """

    row_type: RowType
    version: Version | None


@dataclass(frozen=True)
class Relation(State):
    """A table that is held open in its state."""

    connection: psycopg.Connection[Any]
    schema: str
    table: str

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.table)

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"


_row_types: dict[tuple[tuple[bytes, int], ...], RowType] = {}
_REMEMBERED: Final = 1000


@contextmanager
def open_table(schema: str, table: str) -> Iterator[Relation]:
    """Hold a dataset's table open: everything that is read of it until it is closed is of one state.

    A read-only transaction with one snapshot, and an ACCESS SHARE lock on the table. Raises NoSuchTable (also for
    tables that are not for serving), Unavailable (database away, a wait too long) and Unprocessable (a view that
    fails on its own rows), here and for whatever is read within.
    """
    with _connection_for(schema, table) as connection:
        state = _state(connection, schema, table, held=True)
        yield Relation(state.row_type, state.version, connection, schema, table)


def peek_state(schema: str, table: str) -> State:
    """The state of a dataset's table, which is not held: one round trip, where to open and to close it takes two.

    Raises what `open_table` does.
    """
    with _connection_for(schema, table) as connection:
        return _state(connection, schema, table, held=False)


@contextmanager
def _connection_for(schema: str, table: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to read a dataset's table; at the end of it, no transaction is left."""
    if not is_served(schema) or not is_name(schema) or not is_name(table):
        raise NoSuchTable
    try:
        connection = request_connection()
        try:
            yield connection
        finally:
            connection.rollback()
    except psycopg.Error as error:
        _explain(error, f"{schema}.{table}")
        raise


def is_served(schema: str) -> bool:
    """Whether a schema may hold datasets."""
    return schema not in SERVICE_SCHEMAS and not schema.startswith("pg_")


def is_name(text: str) -> bool:
    """Whether Postgres can have something of this name."""
    return 0 < len(text.encode(errors="replace")) <= MAX_NAME_BYTES and "\0" not in text


@lru_cache(maxsize=1000)
def _statements(schema: str, table: str, *, held: bool) -> str:
    """What opens a table and, unless it is to be held, closes it again. To compose it anew would take 0.05 ms."""
    settings = web_settings()
    identifier = sql.Identifier(schema, table)
    opening = _OPEN.format(
        statement_timeout=sql.Literal(str(int(settings.dss_statement_timeout_seconds * 1000))),
        lock_timeout=sql.Literal(str(int(settings.dss_lock_timeout_seconds * 1000))),
        table=identifier,
        name=sql.Literal(identifier.as_string()),
        versions=sql.Identifier(*TABLE_VERSION),
    )
    return (opening if held else opening + _CLOSE).as_string()


def _state(connection: psycopg.Connection[Any], schema: str, table: str, *, held: bool) -> State:
    """The table's state. If it is to be `held`, a transaction is open afterwards."""
    statements = _statements(schema, table, held=held).encode()
    for _ in range(_TRIES):
        with connection.cursor() as cursor:
            cursor.execute(statements)  # BEGIN, the settings, the columns, the entry
            cursor.nextset()
            cursor.nextset()
            found = _names_and_types(cursor.pgresult)
            cursor.nextset()
            entry = cursor.fetchone()
        if entry and entry[1]:
            kind, _, number, generation = entry
            if kind not in SERVED_KINDS:
                raise NoSuchTable
            version = None if number is None else Version(number, generation)
            return State(_row_type(connection, found), version)
        connection.rollback()
    raise _being_replaced(f"{schema}.{table}")


def _names_and_types(result: PGresult | None) -> tuple[tuple[bytes, int], ...]:
    """Of each column its name and its type's oid. For fifty of them psycopg's `description` takes 0.25 ms."""
    assert result
    return tuple((result.fname(number) or b"", result.ftype(number)) for number in range(result.nfields))


def _row_type(connection: psycopg.Connection[Any], columns: tuple[tuple[bytes, int], ...]) -> RowType:
    """The row type of these columns; remembered unless a type among them may be made anew."""
    if known := _row_types.get(columns):
        return known
    types = types_of(connection, {oid for _, oid in columns})
    row_type = RowType(tuple(Column(name.decode(), types[oid]) for name, oid in columns))
    if all(oid < FIRST_USER_OID for _, oid in columns):
        if len(_row_types) >= _REMEMBERED:
            _row_types.clear()
        _row_types[columns] = row_type
    return row_type


def _being_replaced(table: str) -> Unavailable:
    return Unavailable(f"The table {table} is being replaced: try again later")


def _explain(error: psycopg.Error, table: str) -> None:
    """Raise what the client can be told of an error of the database; return if it is unforeseen."""
    match error:
        case _ if isinstance(error, _ABSENT):
            raise NoSuchTable from error
        case errors.LockNotAvailable():
            raise _being_replaced(table) from error
        case errors.QueryCanceled():
            raise Unavailable(f"Reading {table} took too long: try again later") from error
        case errors.ObjectNotInPrerequisiteState():
            raise Unavailable(f"{table} has not been filled yet: try again later") from error
        case psycopg.OperationalError() | psycopg.InterfaceError():
            raise Unavailable("The database is out of reach: try again later") from error
        case psycopg.DataError():
            raise Unprocessable(f"{table} fails on its own rows: {error.diag.message_primary}") from error

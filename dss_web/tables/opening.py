"""Opening a dataset's table for a reader: on the replica where that has its newest state, otherwise on the primary.

Whatever the replica cannot answer for is asked of the primary: a table that it does not have, a generation that it does
not know, a state that is older than the primary's. So a reader never sees that it lags, and no cursor leads to rows
that are not there yet (docs/decisions/the-replica-serves-what-is-current.md).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import errors, sql

from dss_web.configuration import web_settings
from dss_web.database import request_connection, return_connection
from dss_web.database.replica import Read, replica
from dss_web.http.errors import NoSuchTable, Unavailable, Unprocessable
from dss_web.shared.contract import SERVICE_SCHEMAS, TABLE_VERSION, is_kept_name, kept_name
from dss_web.tables.relation import Relation, State, being_replaced, read_state

# Postgres truncates longer names, and would find a table of another name.
_MAX_NAME_BYTES: Final = 63

# What Postgres says if there is nothing by that name that we may read.
_ABSENT: Final = (
    errors.UndefinedTable,
    errors.InvalidSchemaName,
    errors.WrongObjectType,
    errors.InsufficientPrivilege,
)

_NEWEST_VERSION: Final = (
    sql.SQL("SELECT version FROM {} WHERE relation = to_regclass(%s)")
    .format(sql.Identifier(*TABLE_VERSION))
    .as_string()
)


@contextmanager
def open_table(schema: str, table: str, generation: int | None = None) -> Iterator[Relation]:
    """Hold a dataset's table open: everything that is read of it within is of one state.

    With a `generation` it is the table of that generation, also if another one has replaced it, as long as it is kept;
    if it is not, the one in use. A read-only transaction with one snapshot, and an ACCESS SHARE lock on the table.
    Raises NoSuchTable (also for tables that are not served), Unavailable (the database is away, or a wait is too long)
    and Unprocessable (a view that fails on its own rows), also for errors of what is read within.
    """
    with _errors_for_client(schema, table):
        relation = _open_on_replica(schema, table, generation)
        is_on_replica = relation is not None
        connection = relation.connection if relation else request_connection()
        try:
            yield relation or _open(connection, schema, table, generation)
        except psycopg.OperationalError as error:
            if is_on_replica and connection.closed:
                replica.lose(error)
            raise
        finally:
            _end(connection)


def peek_state(schema: str, table: str, generation: int | None = None) -> State:
    """The state of a dataset's table, without holding it: one round trip, where opening and closing it takes two.

    It is the primary's, and `generation` as in `open_table`; it raises what that does.
    """
    with _errors_for_client(schema, table):
        connection = request_connection()
        try:
            return _state_at(connection, schema, table, generation, keep_open=False)[0]
        finally:
            _end(connection)


def _open(connection: psycopg.Connection[Any], schema: str, table: str, generation: int | None) -> Relation:
    state, stored_as = _state_at(connection, schema, table, generation, keep_open=True)
    return Relation(state.row_type, state.version, connection, schema, table, sql.Identifier(schema, stored_as))


def _open_on_replica(schema: str, table: str, generation: int | None) -> Relation | None:
    """The table on the replica, None where the primary is to be read. Raises psycopg.Error of the primary."""
    if not web_settings().has_replica:
        return None
    connection = replica.connection()
    if connection is None:
        replica.count(Read.AWAY)
        return None
    read = Read.BEHIND
    try:
        relation = _open(connection, schema, table, generation)
        read = _read(relation, generation)
    except (psycopg.Error, NoSuchTable, Unavailable) as error:
        # Whether it is so on the primary too, that one says.
        if connection.closed and isinstance(error, psycopg.Error):
            replica.lose(error)
            read = Read.AWAY
    finally:
        if read is not Read.REPLICA:
            _end(connection)
    replica.count(read)
    if read is not Read.REPLICA:
        return None
    # An export reads for as long as its client does.
    return_connection()
    return relation


def _read(relation: Relation, generation: int | None) -> Read:
    """Whether the table, as it is open on the replica, is as the primary has it now."""
    if relation.version is None:
        return Read.UNTRACKED
    if generation is not None and relation.version.generation != generation:
        return Read.BEHIND
    row = request_connection().execute(_NEWEST_VERSION, [relation.identifier.as_string()]).fetchone()
    return Read.REPLICA if row and row[0] == relation.version.number else Read.BEHIND


def _end(connection: psycopg.Connection[Any]) -> None:
    """End the transaction. A connection that has ended has none."""
    if not connection.closed:
        connection.rollback()


@contextmanager
def _errors_for_client(schema: str, table: str) -> Iterator[None]:
    if not _is_served(schema) or not _is_name(schema) or not _is_name(table) or is_kept_name(table):
        raise NoSuchTable
    try:
        yield
    except psycopg.Error as error:
        _raise_for_client(error, f"{schema}.{table}")
        raise


def _is_served(schema: str) -> bool:
    """Whether a schema may hold datasets."""
    return schema not in SERVICE_SCHEMAS and not schema.startswith("pg_")


def _is_name(text: str) -> bool:
    """Whether Postgres can have something with this name."""
    return 0 < len(text.encode(errors="replace")) <= _MAX_NAME_BYTES and "\0" not in text


def _state_at(
    connection: psycopg.Connection[Any], schema: str, table: str, generation: int | None, *, keep_open: bool
) -> tuple[State, str]:
    """The state of the table in use, or of the one of an earlier generation if it is kept; and the table's name.

    A table is replaced and kept in one transaction: if another one is in use, the earlier one is kept by now, or gone.
    """
    state = read_state(connection, schema, table, keep_open=keep_open)
    if generation is None or state.version is None or state.version.generation == generation:
        return state, table
    stored_as = kept_name(table, generation)
    if not _is_name(stored_as):
        return state, table
    connection.rollback()
    try:
        kept = read_state(connection, schema, stored_as, keep_open=keep_open)
        # Rows that were changed since by hand are of another generation than the name says.
        if kept.version and kept.version.generation == generation:
            return kept, stored_as
    except _ABSENT:
        pass
    connection.rollback()
    return read_state(connection, schema, table, keep_open=keep_open), table


def _raise_for_client(error: psycopg.Error, table: str) -> None:
    """Raise the error for the client that an error of the database means; return if it is unforeseen."""
    match error:
        case _ if isinstance(error, _ABSENT):
            raise NoSuchTable from error
        case errors.LockNotAvailable():
            raise being_replaced(table) from error
        case errors.QueryCanceled():
            raise Unavailable(f"Reading {table} took too long: try again later") from error
        case errors.ObjectNotInPrerequisiteState():
            raise Unavailable(f"{table} has not been filled yet: try again later") from error
        case errors.SerializationFailure():
            # Of a replica, to which the table's change has come meanwhile.
            raise Unavailable(f"{table} was changed while it was read: try again later") from error
        case psycopg.OperationalError() | psycopg.InterfaceError():
            raise Unavailable("The database is out of reach: try again later") from error
        case psycopg.DataError():
            raise Unprocessable(f"{table} fails on its own rows: {error.diag.message_primary}") from error

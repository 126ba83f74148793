"""A table, out of our database into the datasets database: streamed, in one transaction there."""

import time
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, suppress
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import errors, sql

from dss_assets.database import Connection, Database
from dss_assets.dataflow import RequestRefused
from dss_assets.delivery.columns import Column, columns_of
from dss_assets.delivery.place import find_place
from dss_assets.delivery.swap import put_in_place, require_replaceable
from dss_assets.errors import TransientError
from dss_web.shared.contract import DataflowSituation, Table

# Postgres sends a message for each row. Handed on one by one, they take three times as long.
_CHUNK_BYTES: Final = 256 * 1024
# Another run over the table, ours or data-flow's, is waited for this long.
_TURN: Final = "10min"


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied: rows, bytes of COPY's binary form, seconds."""

    rows: int
    size: int
    seconds: float


def target_of(schema: str) -> Table:
    """What the copy of a table of `organisation.dataset` is called there, as data-flow names it."""
    organisation, _, dataset = schema.lower().partition(".")
    return Table(organisation, dataset)


def _lock(connection: Connection, name: Table) -> None:
    """Wait until no other transaction writes the table there, and keep others out until this one ends.

    The DAG in infra/airflow takes the same lock.
    """
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{name.schema}.{name.name}"])


def copy_table(
    database: Database,
    target: Connection,
    schema: str,
    table: str,
    while_wanted: Callable[[], AbstractContextManager[None]],
) -> Copied:
    """Copy one of our tables, and swap it in. `target` is a connection to the datasets database, in autocommit mode.

    We take the lock there before we look at our table, and hold it in the transaction that writes: whoever has it later
    has seen a later state, so that an older one never replaces a newer one. Whatever ends the process or a connection,
    what was there stays, and nothing else is left.

    `while_wanted` is entered before the end, and left after the commit; it raises where the rows are not wanted any
    more. Raises TransientError, RequestRefused, and psycopg's errors of `target`.
    """
    started = time.monotonic()
    name = target_of(schema)
    staging = Table(name.schema, f"dss_copy_{uuid.uuid4().hex}")
    _make_schema(target, name.schema)
    with ExitStack() as until_committed, target.transaction():
        target.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(_TURN)))
        _lock(target, name)
        with database.connect(f"copy {schema}.{table}") as source, source.transaction():
            columns = _hold(source, schema, table)
            _create(target, staging, columns)
            _require_room(target, name, staging)
            with closing(_rows(source, schema, table, columns)) as chunks:
                rows, size = _write(target, staging, columns, chunks)
        # Otherwise readers' queries would be planned without statistics until autovacuum comes by.
        target.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(*staging)))
        put_in_place(target, staging, name, lambda: until_committed.enter_context(while_wanted()))
    return Copied(rows, size, time.monotonic() - started)


def _make_schema(target: Connection, name: str) -> None:
    """Before the transaction, in which another dataset of the organisation would have to wait for our end."""
    # CREATE SCHEMA IF NOT EXISTS wants the right to create schemas also where there is nothing to do.
    if target.execute("SELECT FROM pg_namespace WHERE nspname = %s", [name]).fetchone() is None:
        # Another run may have made it meanwhile.
        with suppress(errors.DuplicateSchema, errors.UniqueViolation):
            target.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))


def _hold(source: Connection, schema: str, table: str) -> Sequence[Column]:
    """The columns of our table, which keeps them, and is not replaced, until the transaction ends.

    Only the statement after the lock takes a snapshot: one from before could show a table that was swapped in while we
    waited without its rows.
    """
    try:
        source.execute("SET TRANSACTION READ ONLY")
        source.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.Identifier(schema, table)))
        # Scans that begin where another one is would give the rows another order each time.
        source.execute("SET LOCAL synchronize_seqscans = off")
        return columns_of(source, schema, table)
    except (errors.UndefinedTable, errors.InvalidSchemaName) as error:
        raise RequestRefused(f"There is no table {schema}.{table} to copy.", DataflowSituation.REFUSED) from error
    except psycopg.Error as error:
        raise _broke_off(schema, table, error) from error


def _create(target: Connection, staging: Table, columns: Sequence[Column]) -> None:
    definitions = sql.SQL(", ").join(column.definition for column in columns)
    target.execute(sql.SQL("CREATE TABLE {} ({})").format(sql.Identifier(*staging), definitions))


def _require_room(target: Connection, name: Table, staging: Table) -> None:
    """Learn before everything is copied that it cannot be put in its place."""
    new = find_place(target, staging)
    assert new is not None
    require_replaceable(find_place(target, name), name, new.column_names, new.column_types)


def _rows(source: Connection, schema: str, table: str, columns: Sequence[Column]) -> Generator[bytes]:
    """The rows as COPY's binary form has them, in chunks."""
    values = sql.SQL(", ").join(column.value for column in columns)
    statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT binary)").format(
        values, sql.Identifier(schema, table)
    )
    pieces: list[bytes | bytearray | memoryview] = []
    size = 0
    try:
        with source.cursor().copy(statement) as copy:
            for piece in copy:
                pieces.append(piece)
                size += len(piece)
                if size >= _CHUNK_BYTES:
                    yield b"".join(pieces)
                    pieces.clear()
                    size = 0
    except psycopg.Error as error:
        raise _broke_off(schema, table, error) from error
    yield b"".join(pieces)


def _write(target: Connection, staging: Table, columns: Sequence[Column], chunks: Iterator[bytes]) -> tuple[int, int]:
    """How many rows and bytes were written."""
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    # Frozen rows are seen by readers whose snapshot is from before the swap: they would find the table empty otherwise.
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary, FREEZE)").format(sql.Identifier(*staging), names)
    cursor = target.cursor()
    size = 0
    with cursor.copy(statement) as copy:
        for chunk in chunks:
            copy.write(chunk)
            size += len(chunk)
    return cursor.rowcount, size


def _broke_off(schema: str, table: str, error: psycopg.Error) -> TransientError:
    text = error.diag.message_primary or " ".join(str(error).split())
    return TransientError(
        f"{schema}.{table} could not be read from our database to the end: {text}. The copy in the datasets database "
        "stays as it was. It is tried again."
    )

"""Rows out of Postgres by COPY: which rows a statement takes, and taking them from libpq, all at once or in blocks."""

import select
from collections.abc import Callable, Generator, Sequence
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn
from psycopg.waiting import Ready, Wait

MAX_ID: Final = 2**63 - 1

_LOOK_UP_MILLISECONDS: Final = 200
# An id and what ends it are no longer than this.
_ID_BYTES: Final = 24
# LIMIT NULL is no limit.
_COPY = sql.SQL('COPY (SELECT {values} FROM {table} t {where} ORDER BY t."id" LIMIT {limit}) TO STDOUT ({options})')


def copy_of(
    table: sql.Identifier,
    values: sql.Composable,
    options: sql.Composable,
    *,
    first_id: int,
    conditions: Sequence[sql.Composable],
    limit: int | None = None,
) -> sql.Composed:
    """COPY of the rows `t` in the order of their ids: those with id ≥ `first_id`, if that is above nought, for which
    all `conditions` hold, and no more than `limit`.

    `values` are what is selected of each, `options` how COPY writes it.
    """
    if first_id > 0:
        # COPY takes no parameters; a Literal is quoted by libpq.
        beginning = sql.SQL('t."id" >= {}').format(sql.Literal(first_id))
        conditions = [*conditions, beginning if first_id <= MAX_ID else sql.SQL("false")]
    where = sql.SQL("WHERE {}").format(sql.SQL(" AND ").join(conditions)) if conditions else sql.SQL("")
    return _COPY.format(values=values, table=table, where=where, limit=sql.Literal(limit), options=options)


def all_rows(connection: psycopg.Connection[Any], statement: sql.Composed) -> list[memoryview]:
    """The rows of a COPY, each with the newline at its end."""
    with connection.cursor() as cursor, cursor.copy(statement):
        return connection.wait(_drain(connection.pgconn))


def blocks(
    connection: psycopg.Connection[Any], statement: sql.Composed, size: int, look_up: Callable[[], None]
) -> Generator[list[memoryview], None, None]:
    """The rows of a COPY as they come, in blocks of `size` bytes or a row more.

    To be closed: until then the connection is in the midst of the COPY. `look_up` is called between blocks, and
    several times a second while none comes: what it raises ends the COPY.
    """
    with connection.cursor() as cursor, cursor.copy(statement):
        pgconn = connection.pgconn
        socket = select.poll()
        socket.register(pgconn.socket, select.POLLIN)
        rows: list[memoryview] = []
        held = 0
        while True:
            length, row = pgconn.get_copy_data(1)
            if length > 0:
                rows.append(row)
                held += length
                if held >= size:
                    yield rows
                    look_up()
                    rows, held = [], 0
            elif length == 0:
                if not socket.poll(_LOOK_UP_MILLISECONDS):
                    look_up()
                pgconn.consume_input()
            else:
                break
        failure: psycopg.Error | None = None
        try:
            connection.wait(_finish(pgconn))
        except psycopg.Error as error:
            failure = error
    # The rows before a failure are good ones.
    if rows:
        yield rows
    if failure:
        raise failure


def first_integer(row: memoryview) -> int | None:
    """The first cell of a row of CSV; None where it is NULL."""
    cell = bytes(row[:_ID_BYTES]).partition(b",")[0].rstrip(b"\n")
    return int(cell) if cell else None


def _drain(pgconn: PGconn) -> PQGen[list[memoryview]]:
    """All rows of a running COPY, in one wait; iterating over psycopg's Copy waits once a row, 3 ms a page more."""
    rows: list[memoryview] = []
    while True:
        length, row = pgconn.get_copy_data(1)
        if length > 0:
            rows.append(row)
        elif length == 0:
            if (yield Wait.R) is not Ready.NONE:
                pgconn.consume_input()
        else:
            break
    yield from _finish(pgconn)
    return rows


def _finish(pgconn: PGconn) -> PQGen[None]:
    """Read how a COPY ended, and raise the error if it failed."""
    (result,) = yield from fetch_many(pgconn)
    if result.status != ExecStatus.COMMAND_OK:
        raise error_from_result(result)

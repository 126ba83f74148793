"""Rows out of Postgres by COPY: which rows a statement selects, and reading them, all at once or in blocks."""

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

# Of a bigint. No row has a greater id, and Postgres would not compare one.
MAX_ID: Final = 2**63 - 1

# While Postgres sends nothing, an export's producer finds out this often whether its client has gone.
_POLL_MILLISECONDS: Final = 200
# A bigint has 20 characters at most, and a separator follows.
ID_BYTES: Final = 24
# Keyset paging: an index on id serves WHERE id >= …, ORDER BY id and LIMIT. LIMIT NULL means no limit.
_COPY = sql.SQL('COPY (SELECT {values} FROM {table} t {where} ORDER BY t."id" LIMIT {limit}) TO STDOUT ({options})')


def copy_of(
    table: sql.Identifier,
    values: sql.Composable,
    options: sql.Composable,
    *,
    first_id: int | str | None,
    conditions: Sequence[sql.Composable],
    limit: int | None = None,
) -> sql.Composed:
    """COPY of the table's rows, in the order of their ids.

    `values`      what is selected of each row, which is called `t`
    `options`     COPY's own
    `first_id`    the least id, None for all; zero and less are below every id that is an integer
    `conditions`  all of them must hold
    `limit`       the most rows, None for all
    """
    if isinstance(first_id, str) or (first_id is not None and first_id > 0):
        # COPY takes no parameters; a Literal is quoted by libpq, and a text takes the type of the column.
        beginning = sql.SQL('t."id" >= {}').format(sql.Literal(first_id))
        is_beyond = isinstance(first_id, int) and first_id > MAX_ID
        conditions = [*conditions, sql.SQL("false") if is_beyond else beginning]
    where = sql.SQL("WHERE {}").format(sql.SQL(" AND ").join(conditions)) if conditions else sql.SQL("")
    return _COPY.format(values=values, table=table, where=where, limit=sql.Literal(limit), options=options)


def all_rows(connection: psycopg.Connection[Any], statement: sql.Composed) -> list[memoryview]:
    """All rows of a COPY, each with the newline at its end. Raises psycopg.Error."""
    with connection.cursor() as cursor, cursor.copy(statement):
        return connection.wait(_drain(connection.pgconn))


def blocks(
    connection: psycopg.Connection[Any], statement: sql.Composed, size: int, check: Callable[[], None]
) -> Generator[list[memoryview], None, None]:
    """The rows of a COPY as they come, in blocks of at least `size` bytes, a row more at most; the last is smaller.

    Close it: until then the connection is in the middle of the COPY. `check` is called between blocks, and several
    times a second while none comes: an exception that it raises ends the COPY. Raises psycopg.Error, after the rows
    that came before.
    """
    with connection.cursor() as cursor, cursor.copy(statement):
        pgconn = connection.pgconn
        socket = select.poll()
        socket.register(pgconn.socket, select.POLLIN)
        rows: list[memoryview] = []
        block_bytes = 0
        while True:
            length, row = pgconn.get_copy_data(1)
            if length > 0:
                rows.append(row)
                block_bytes += length
                if block_bytes >= size:
                    yield rows
                    check()
                    rows, block_bytes = [], 0
            elif length == 0:
                if not socket.poll(_POLL_MILLISECONDS):
                    check()
                pgconn.consume_input()
            else:
                break
        failure: psycopg.Error | None = None
        try:
            connection.wait(_finish(pgconn))
        except psycopg.Error as error:
            failure = error
    # Only now: the rows before a failure are valid, and a client may resume after them.
    if rows:
        yield rows
    if failure:
        raise failure


def first_integer(row: memoryview) -> int | None:
    """The integer in the first cell of a row of CSV; None if it is NULL."""
    cell = bytes(row[:ID_BYTES]).partition(b",")[0].rstrip(b"\n")
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
    """Read the result of a COPY, and raise its error if it failed."""
    (result,) = yield from fetch_many(pgconn)
    if result.status != ExecStatus.COMMAND_OK:
        raise error_from_result(result)

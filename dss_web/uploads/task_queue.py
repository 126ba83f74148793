"""The open tasks as workers take them: each by one of them, which says every second that it lives.

A task belongs to whoever has its `claim`. One whose worker has not been heard of is taken by another.
"""

import uuid
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from psycopg import Connection, sql

from dss_web.shared.contract import UPLOAD_FILE, UPLOAD_TASK

# Longer than a machine that swaps, or a database that fails over, keeps a worker silent.
LEASE_SECONDS: Final = 30
# What ends so many workers, or fails so often, is left to operators.
MOST_ATTEMPTS: Final = 3
# Checked in two seconds. A larger file is not checked where it would keep those waiting.
SMALL_BYTES: Final = 64 * 2**20

# How workers hear that there is something to do, once whoever says it has committed.
LISTEN: Final = "LISTEN upload_task"
TELL: Final = "NOTIFY upload_task"

_TASKS = sql.Identifier(*UPLOAD_TASK)


class Claim(NamedTuple):
    """A task of a version that this worker has taken."""

    version_id: uuid.UUID
    claim: uuid.UUID


# Of a packed file this many times its size is read, as a guess: text packs to a tenth.
_UNPACKED: Final = 10
_PACKED: Final = r"\.(gz|zip|xls[xmb]|ods)$"

# Relies on the index of the open tasks. Of two workers that look at once each passes over the row that the other holds.
_TAKE = sql.SQL("""
    UPDATE {tasks} SET claim = %(claim)s, started_at = clock_timestamp(), heartbeat_at = clock_timestamp(),
        attempts = attempts + 1, bytes_done = 0
    WHERE version_id = (
        SELECT version_id FROM {tasks} AS task JOIN {files} AS file ON file.id = task.version_id
        WHERE outcome = '' AND due_at <= clock_timestamp()
        AND (
            %(takes_large)s
            OR bytes_total * CASE WHEN original_name ~* %(packed)s THEN %(unpacked)s ELSE 1 END <= %(small)s
        )
        AND (claim IS NULL OR heartbeat_at < clock_timestamp() - make_interval(secs => %(lease)s))
        ORDER BY due_at FOR UPDATE OF task SKIP LOCKED LIMIT 1
    )
    RETURNING version_id
""").format(tasks=_TASKS, files=sql.Identifier(*UPLOAD_FILE))


def take(connection: Connection[Any], *, takes_large: bool) -> Claim | None:
    """The task that has waited longest, now this worker's; None if there is none, or only large ones."""
    claim = uuid.uuid4()
    values = {
        "claim": claim,
        "takes_large": takes_large,
        "small": SMALL_BYTES,
        "packed": _PACKED,
        "unpacked": _UNPACKED,
        "lease": LEASE_SECONDS,
    }
    row = connection.execute(_TAKE, values).fetchone()
    return Claim(row[0], claim) if row else None


def keep(connection: Connection[Any], claims: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Say that this worker lives; those of its claims that still hold."""
    statement = sql.SQL("UPDATE {} SET heartbeat_at = clock_timestamp() WHERE claim = ANY (%s) RETURNING claim")
    return {claim for (claim,) in connection.execute(statement.format(_TASKS), [list(claims)])}


def note_bytes(connection: Connection[Any], claim: uuid.UUID, done: int) -> bool:
    """Say how far a file has been read; False where the task is no longer this worker's."""
    statement = sql.SQL("UPDATE {} SET bytes_done = greatest(bytes_done, %s) WHERE claim = %s").format(_TASKS)
    return connection.execute(statement, [done, claim]).rowcount > 0


def give_back(connection: Connection[Any], claims: Collection[uuid.UUID]) -> None:
    """Leave tasks to others at once: this worker is stopped, which says nothing of the tasks."""
    statement = sql.SQL("UPDATE {} SET claim = NULL, attempts = attempts - 1 WHERE claim = ANY (%s)").format(_TASKS)
    connection.execute(statement, [list(claims)])
    connection.execute(TELL)


def put_off(connection: Connection[Any], claim: uuid.UUID) -> None:
    """Have a task tried again after a pause of 2, then 4 seconds; the last time at once, to be given up."""
    statement = sql.SQL(
        "UPDATE {} SET claim = NULL, due_at = clock_timestamp()"
        " + CASE WHEN attempts < %s THEN make_interval(secs => 2 ^ attempts) ELSE '0'::interval END WHERE claim = %s"
    )
    connection.execute(statement.format(_TASKS), [MOST_ATTEMPTS, claim])

"""5: what has been loaded, and what is to be tried again: `operations.datafile_registry`.

The registry is the truth about what is loaded. It is also the one retry system of the service: a fault that may
pass gets the time of the next attempt, and the sensors ask for what is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from psycopg import sql
from psycopg.rows import class_row

from dss_assets.database import Connection
from dss_assets.sources import RemoteFile
from dss_assets.storage import StoredFile
from dss_web.shared.contract import REGISTRY, FileState

_REGISTRY = sql.Identifier(*REGISTRY)

# The next attempt after a passing fault: after 5 s, 10 s, 20 s … up to an hour.
NEXT_ATTEMPT: Final = sql.SQL("now() + least(5 * power(2, least(attempts, 20)), 3600) * interval '1 second'")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file's row in the registry, as far as a load cares."""

    state: str
    version: str
    digest: str
    size: int | None
    rows: int | None


def find(connection: Connection, source: str, file_name: str) -> Entry | None:
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(
            sql.SQL("SELECT state, version, digest, size, rows FROM {} WHERE source = %s AND file_name = %s").format(
                _REGISTRY
            ),
            [source, file_name],
        ).fetchone()


def begin(connection: Connection, source: str, file_name: str, run_id: str) -> None:
    """Note that a run works on the file."""
    connection.execute(
        sql.SQL(
            "INSERT INTO {} (source, file_name, state, run_id, created_timestamp, updated_timestamp)"
            " VALUES (%(source)s, %(file)s, %(state)s, %(run)s, now(), now())"
            " ON CONFLICT (source, file_name) DO UPDATE"
            " SET state = excluded.state, run_id = excluded.run_id, updated_timestamp = now()"
        ).format(_REGISTRY),
        {"source": source, "file": file_name, "state": FileState.PROCESSING, "run": run_id},
    )


def finish(
    connection: Connection, source: str, file_name: str, version: str, kept: StoredFile, rows: int, seconds: float
) -> None:
    """Note that the file is loaded: in the transaction of its rows, so that both appear or neither does."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %(state)s, error_message = NULL, version = %(version)s, digest = %(digest)s,"
            " size = %(size)s, rows = %(rows)s, seconds = %(seconds)s, attempts = 0, next_attempt_at = NULL,"
            " dataflow_run_id = NULL, updated_timestamp = now() WHERE source = %(source)s AND file_name = %(file)s"
        ).format(_REGISTRY),
        {
            "source": source, "file": file_name, "state": FileState.PROCESSED, "version": version,
            "digest": kept.digest, "size": kept.size, "rows": rows, "seconds": seconds,
        },
    )  # fmt: skip


def fail(connection: Connection, source: str, file_name: str, version: str, reason: str, *, retryable: bool) -> None:
    """Note why the file is not loaded. Where the fault may pass, it is due again later, and later each time."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %(state)s, error_message = %(reason)s, version = %(version)s,"
            " attempts = attempts + 1, updated_timestamp = now(),"
            " next_attempt_at = CASE WHEN %(retryable)s THEN {} END"
            " WHERE source = %(source)s AND file_name = %(file)s"
        ).format(_REGISTRY, NEXT_ATTEMPT),
        {
            "source": source, "file": file_name, "state": FileState.FAILED, "reason": reason, "version": version,
            "retryable": retryable,
        },
    )  # fmt: skip


def requeue_orphaned(connection: Connection, source: str) -> list[str]:
    """Make due what a run was working on when its process ended without a word; the files' names."""
    with connection.transaction():
        rows = connection.execute(
            sql.SQL(
                "UPDATE {} SET state = %(failed)s, updated_timestamp = now(), attempts = attempts + 1,"
                " next_attempt_at = {}, error_message ="
                " 'The process that worked on it ended before it was done (run ' || run_id || '). It is tried again.'"
                " WHERE source = %(source)s AND state = %(processing)s"
                " AND pg_try_advisory_xact_lock(hashtextextended('run ' || run_id, 0)) RETURNING file_name"
            ).format(_REGISTRY, NEXT_ATTEMPT),
            {"source": source, "failed": FileState.FAILED, "processing": FileState.PROCESSING},
        ).fetchall()
    return [name for (name,) in rows]


def due_files(connection: Connection, source: str, remote_files: Sequence[RemoteFile]) -> list[str]:
    """The names among `remote_files`, in their order, that are new, changed, or due again after a passing fault."""
    rows = connection.execute(
        sql.SQL(
            "SELECT offer.name FROM unnest(%(names)s::text[], %(versions)s::text[]) WITH ORDINALITY"
            " AS offer (name, version, position)"
            " LEFT JOIN {} AS entry ON entry.source = %(source)s AND entry.file_name = offer.name"
            " WHERE entry.id IS NULL OR (entry.state = %(failed)s AND entry.next_attempt_at <= now())"
            " OR (entry.state IN (%(failed)s, %(processed)s) AND offer.version NOT IN ('', entry.version))"
            " ORDER BY offer.position"
        ).format(_REGISTRY),
        {
            "names": [remote_file.name for remote_file in remote_files],
            "versions": [remote_file.version for remote_file in remote_files],
            "source": source,
            "failed": FileState.FAILED,
            "processed": FileState.PROCESSED,
        },
    ).fetchall()
    return [name for (name,) in rows]


def rows_of_previous_release(connection: Connection, source: str, file_name: str) -> int | None:
    """The number of rows of the file that was loaded last before this one, None for the first."""
    row = connection.execute(
        sql.SQL(
            "SELECT rows FROM {} WHERE source = %s AND file_name <> %s AND state = %s"
            " ORDER BY updated_timestamp DESC LIMIT 1"
        ).format(_REGISTRY),
        [source, file_name, FileState.PROCESSED],
    ).fetchone()
    return row[0] if row else None

"""What becomes of each file on its way: begun, stored, loaded or failed, each in its row."""

from dataclasses import dataclass

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from dss_assets.database import Connection
from dss_assets.errors import DamagedFile, IngestionError, NotAsDeclared, NotAtItsUrl, TransientError
from dss_assets.registry.retries import AS_ASKED, NEXT_ATTEMPT
from dss_assets.storage import StoredFile
from dss_web.shared.contract import REGISTRY, FileState

_REGISTRY = sql.Identifier(*REGISTRY)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file's row in the registry, as far as a load needs it.

    `version`, `digest` and `size` are those of the stored bytes, '' and None where none are stored or they are damaged;
    `loaded_digest` and `rows` are of the bytes whose rows are in the tables; `url` and `offered_version` are what the
    sensor last saw of the file.
    """

    state: str
    version: str
    digest: str
    loaded_digest: str
    size: int | None
    rows: int | None
    url: str
    offered_version: str


def find(connection: Connection, source: str, file_name: str) -> Entry | None:
    """The row of a file of a source (`organisation.dataset`)."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(
            sql.SQL(
                "SELECT state, version, digest, loaded_digest, size, rows, url, offered_version FROM {}"
                " WHERE source = %s AND file_name = %s"
            ).format(_REGISTRY),
            [source, file_name],
        ).fetchone()


def loaded_version(connection: Connection, source: str, file_name: str) -> str:
    """The version of a file whose rows are in the tables; '' where none is, or where a later one has failed."""
    entry = find(connection, source, file_name)
    return entry.version if entry and entry.state == FileState.PROCESSED else ""


def begin(connection: Connection, source: str, file_name: str, run_id: str) -> None:
    """Record that a run works on the file."""
    connection.execute(
        sql.SQL(
            "INSERT INTO {} (source, file_name, state, run_id, created_timestamp, updated_timestamp)"
            " VALUES (%(source)s, %(file)s, %(state)s, %(run)s, now(), now())"
            " ON CONFLICT (source, file_name) DO UPDATE"
            " SET state = excluded.state, run_id = excluded.run_id, updated_timestamp = now()"
        ).format(_REGISTRY),
        {"source": source, "file": file_name, "state": FileState.PROCESSING, "run": run_id},
    )


def record_stored(connection: Connection, source: str, file_name: str, version: str, stored: StoredFile) -> None:
    """Record which version of the file is stored, whatever becomes of its load."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET version = %(version)s, digest = %(digest)s, size = %(size)s, updated_timestamp = now()"
            " WHERE source = %(source)s AND file_name = %(file)s"
        ).format(_REGISTRY),
        {
            "source": source,
            "file": file_name,
            "version": version,
            "digest": stored.digest,
            "size": stored.size,
        },
    )


def finish(connection: Connection, source: str, file_name: str, rows: int, seconds: float, declaration: str) -> None:
    """Record that the file is loaded: in the transaction of its rows, so that both appear or neither does.

    `declaration` is the fingerprint of that by which its rows were read. Where all rows were left to newer files, and
    none was there before, the tables are as they were: data-flow is not asked for the file, unless it waited already.
    """
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %(state)s, error_message = NULL, rows = %(rows)s, seconds = %(seconds)s,"
            " loaded_digest = digest, loaded_at = clock_timestamp(), findings = NULL,"
            " declaration = %(declaration)s, refused_declaration = '',"
            " attempts = 0, next_attempt_at = NULL, failing_since = NULL, updated_timestamp = now(),"
            # To the right is the row as it was before.
            " dataflow_run_id = CASE WHEN %(rows)s > 0 OR rows > 0 THEN NULL ELSE dataflow_run_id END,"
            " concerns_dataflow = %(rows)s > 0 OR coalesce(rows > 0 OR (rows = 0 AND concerns_dataflow), false)"
            " WHERE source = %(source)s AND file_name = %(file)s"
        ).format(_REGISTRY),
        {
            "source": source,
            "file": file_name,
            "state": FileState.PROCESSED,
            "rows": rows,
            "seconds": seconds,
            "declaration": declaration,
        },
    )


def keep(connection: Connection, source: str, file_name: str) -> None:
    """Record that the rows of the file are those of its present bytes: nothing is loaded, and data-flow not asked."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %(state)s, error_message = NULL, attempts = 0, next_attempt_at = NULL,"
            " failing_since = NULL, updated_timestamp = now() WHERE source = %(source)s AND file_name = %(file)s"
        ).format(_REGISTRY),
        {"source": source, "file": file_name, "state": FileState.PROCESSED},
    )


def fail(
    connection: Connection, source: str, file_name: str, error: IngestionError, *, is_fetched_again: bool = False
) -> None:
    """Record why the file is not loaded. After a transient error it is due again later, and later each time.

    Damaged bytes lose their digest here, so that they are fetched again: by itself if `is_fetched_again`, otherwise
    when somebody materialises the file. A file that is not at its URL loses that.
    """
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %(state)s, error_message = %(reason)s, attempts = attempts + 1,"
            " failing_since = coalesce(failing_since, now()), findings = %(findings)s,"
            " digest = CASE WHEN %(damaged)s THEN '' ELSE digest END,"
            " url = CASE WHEN %(moved)s THEN '' ELSE url END,"
            " updated_timestamp = now(), next_attempt_at = CASE WHEN %(retryable)s THEN {} END"
            " WHERE source = %(source)s AND file_name = %(file)s"
        ).format(_REGISTRY, AS_ASKED),
        {
            "source": source,
            "file": file_name,
            "state": FileState.FAILED,
            "reason": str(error),
            "findings": Jsonb({error.check: str(error)} if error.check else {}),
            "damaged": isinstance(error, DamagedFile),
            "moved": isinstance(error, NotAtItsUrl),
            "retryable": isinstance(error, TransientError) or is_fetched_again,
            "retry_after": error.retry_after if isinstance(error, TransientError) else 0,
        },
    )


def wait_for_shape(connection: Connection, source: str, file_name: str, error: NotAsDeclared, declaration: str) -> None:
    """Record that the file waits until its dataset has another declaration than this one, or is reshaped."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %(state)s, error_message = %(reason)s, refused_declaration = %(declaration)s,"
            " updated_timestamp = now() WHERE source = %(source)s AND file_name = %(file)s"
        ).format(_REGISTRY),
        {
            "source": source,
            "file": file_name,
            "state": FileState.DUE,
            "reason": str(error),
            "declaration": declaration,
        },
    )


def last_written(connection: Connection, run_id: str) -> float | None:
    """How many seconds ago a run last wrote anything of a file; None if it has not begun with any."""
    row = connection.execute(
        sql.SQL("SELECT extract(epoch FROM now() - max(updated_timestamp))::float FROM {} WHERE run_id = %s").format(
            _REGISTRY
        ),
        [run_id],
    ).fetchone()
    return row[0] if row else None


def requeue_orphaned(connection: Connection, source: str) -> list[str]:
    """Make due what a run was working on when its process ended without a word; the files' names."""
    with connection.transaction():
        # The run's lock is free: no process works for it any more.
        rows = connection.execute(
            sql.SQL(
                "UPDATE {} SET state = %(failed)s, updated_timestamp = now(), attempts = attempts + 1,"
                " failing_since = coalesce(failing_since, now()), next_attempt_at = {}, error_message ="
                " 'The process that worked on it ended before it was done (run ' || run_id || '). It is tried again.'"
                " WHERE source = %(source)s AND state = %(processing)s"
                " AND pg_try_advisory_xact_lock(hashtextextended('run ' || run_id, 0)) RETURNING file_name"
            ).format(_REGISTRY, NEXT_ATTEMPT),
            {"source": source, "failed": FileState.FAILED, "processing": FileState.PROCESSING},
        ).fetchall()
    return [name for (name,) in rows]

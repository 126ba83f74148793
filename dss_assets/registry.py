"""5: what has been loaded, and what is to be tried again: `operations.datafile_registry` and `source_listing`.

The registry is the truth about what is loaded. It is also the one retry system of the service: a transient error gets
the time of the next attempt, and the sensors ask for what is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from psycopg import sql
from psycopg.rows import class_row

from dss_assets.database import Connection
from dss_assets.errors import DamagedFile, IngestionError, NotAsDeclared, NotAtItsUrl, TransientError
from dss_assets.sources import Listing, RemoteFile
from dss_assets.storage import StoredFile
from dss_web.shared.contract import REGISTRY, SOURCE_LISTING, FileState

_REGISTRY = sql.Identifier(*REGISTRY)
_LISTINGS = sql.Identifier(*SOURCE_LISTING)

# The next attempt after a transient error: after 5 s, 10 s, 20 s … up to an hour.
NEXT_ATTEMPT: Final = sql.SQL("now() + least(5 * power(2, least(attempts, 20)), 3600) * interval '1 second'")
# A server's Retry-After counts where it is longer.
_AS_ASKED: Final = sql.SQL("greatest({}, now() + %(retry_after)s * interval '1 second')").format(NEXT_ATTEMPT)


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


# Relies on the unique (source, file_name). A file that a run works on is not made due: its version is compared again
# once the run has ended. A version that has failed for good is remembered as offered, so it is not due again. A row
# without a URL is of a file that was not offered for a while, or was never seen by a sensor.
_RECORD_DUE = sql.SQL("""
    WITH offered AS (
        SELECT * FROM unnest(%(names)s::text[], %(urls)s::text[], %(versions)s::text[])
        WITH ORDINALITY AS offered (name, url, version, position)
    ), due AS (
        SELECT offered.* FROM offered
        LEFT JOIN {registry} AS entry ON entry.source = %(source)s AND entry.file_name = offered.name
        WHERE entry.id IS NULL
        OR entry.state = %(due)s
        OR (entry.state = %(failed)s AND entry.next_attempt_at <= now())
        OR (entry.state = %(failed)s AND entry.offered_version = '' AND entry.url = '' AND offered.url <> '')
        OR (
            entry.state IN (%(failed)s, %(processed)s)
            AND offered.version NOT IN ('', entry.version, entry.offered_version)
        )
    ), recorded AS (
        INSERT INTO {registry} AS entry
            (source, file_name, state, url, offered_version, created_timestamp, updated_timestamp)
        SELECT %(source)s, name, %(due)s, url, version, now(), now() FROM due
        ON CONFLICT (source, file_name) DO UPDATE SET
            state = excluded.state, url = excluded.url, offered_version = excluded.offered_version,
            attempts = CASE WHEN entry.offered_version = excluded.offered_version THEN entry.attempts ELSE 0 END,
            next_attempt_at = NULL, updated_timestamp = now()
        WHERE entry.state <> %(processing)s
    )
    SELECT name FROM due ORDER BY position
""").format(registry=_REGISTRY)


def record_due_files(connection: Connection, source: str, remote_files: Sequence[RemoteFile]) -> list[str]:
    """Make due what is new, changed, or at its next attempt; its names, in the order of `remote_files`.

    URL and version go into the row, from where the run has them: it fetches what was seen here, and asks nobody again.
    """
    rows = connection.execute(
        _RECORD_DUE,
        {
            "names": [file.name for file in remote_files],
            "urls": [file.url for file in remote_files],
            "versions": [file.version for file in remote_files],
            "source": source,
            "due": FileState.DUE,
            "failed": FileState.FAILED,
            "processed": FileState.PROCESSED,
            "processing": FileState.PROCESSING,
        },
    ).fetchall()
    return [name for (name,) in rows]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What there is to do for a source, at a glance.

    `is_due`: a file waits for a run or for another attempt. `is_in_work`: a run works on a file, or did so when it
    ended. `must_list`: it is time to list the source, or a file that is due has no URL.
    """

    is_due: bool
    is_in_work: bool
    must_list: bool
    listed_at: datetime | None
    near_misses: list[str]


# Relies on the partial index over these three states, since nearly all files are processed, and on one row or none for
# the source in the table of listings. A failed listing has its own next attempt, which a file without URL does not
# bring forward.
_OUTLOOK = sql.SQL("""
    WITH entry AS (
        SELECT state, url, (state = %(due)s AND refused_declaration <> %(declaration)s)
            OR (state = %(failed)s AND next_attempt_at <= now()) AS is_due
        FROM {registry} WHERE source = %(source)s AND state IN (%(due)s, %(processing)s, %(failed)s)
    ), known AS (
        SELECT
            coalesce(bool_or(is_due), false) AS is_due,
            coalesce(bool_or(state = %(processing)s), false) AS is_in_work,
            coalesce(bool_or(is_due AND url = ''), false) AS is_without_url
        FROM entry
    )
    SELECT
        known.is_due,
        known.is_in_work,
        CASE
            WHEN listing.attempts > 0 THEN listing.next_attempt_at <= now()
            ELSE is_without_url OR listing.listed_at IS NULL OR listing.listed_at + %(every)s <= now()
        END AS must_list,
        listing.listed_at,
        coalesce(listing.near_misses, '{{}}') AS near_misses
    FROM known LEFT JOIN {listings} AS listing ON listing.source = %(source)s
""").format(registry=_REGISTRY, listings=_LISTINGS)


def outlook(connection: Connection, source: str, every: timedelta, declaration: str) -> Outlook:
    """What there is to do for a source that is to be listed so often: one cheap statement.

    `declaration` is the fingerprint of its dataset: a file that this very declaration has refused waits for another
    one, or for its tables to be reshaped.
    """
    with connection.cursor(row_factory=class_row(Outlook)) as cursor:
        found = cursor.execute(
            _OUTLOOK,
            {
                "source": source,
                "every": every,
                "declaration": declaration,
                "due": FileState.DUE,
                "failed": FileState.FAILED,
                "processing": FileState.PROCESSING,
            },
        ).fetchone()
    assert found
    return found


def due_files(connection: Connection, source: str, declaration: str) -> list[str]:
    """The files that wait for a run or whose next attempt has come, by name, as far as it is known where they are.

    `declaration` is as for `outlook`. Where they are is known by a URL; a file of a folder was seen there when it
    became due.
    """
    rows = connection.execute(
        sql.SQL(
            "SELECT file_name FROM {} WHERE source = %(source)s"
            " AND ((state = %(due)s AND refused_declaration <> %(declaration)s)"
            " OR (state = %(failed)s AND next_attempt_at <= now() AND url <> ''))"
            " ORDER BY file_name"
        ).format(_REGISTRY),
        {"source": source, "due": FileState.DUE, "failed": FileState.FAILED, "declaration": declaration},
    ).fetchall()
    return [name for (name,) in rows]


def record_listing(connection: Connection, source: str, listing: Listing) -> None:
    """Record that a source was listed, and make due what it offers that is new, changed, or at its next attempt.

    What is due without a URL and is not offered waits until it is offered again. Where the publisher did not tell the
    version of some files, the source is listed again as after a failure.
    """
    with connection.transaction():
        record_due_files(connection, source, listing.files)
        connection.execute(
            sql.SQL(
                "UPDATE {} SET next_attempt_at = NULL, offered_version = '', updated_timestamp = now(),"
                " error_message = error_message || ' The publisher no longer offers it. It is fetched when it does.'"
                " WHERE source = %(source)s AND state = %(failed)s AND next_attempt_at <= now() AND url = ''"
            ).format(_REGISTRY),
            {"source": source, "failed": FileState.FAILED},
        )
        connection.execute(
            sql.SQL(
                "INSERT INTO {} AS listing (source, listed_at, near_misses) VALUES (%(source)s, now(), %(near)s)"
                " ON CONFLICT (source) DO UPDATE SET listed_at = now(), near_misses = excluded.near_misses,"
                " attempts = CASE WHEN %(whole)s THEN 0 ELSE listing.attempts END,"
                " next_attempt_at = NULL, error_message = ''"
            ).format(_LISTINGS),
            {"source": source, "near": listing.near_misses, "whole": not listing.unanswered},
        )
        if listing.unanswered:
            fail_listing(connection, source, " ".join(listing.unanswered))


def fail_listing(connection: Connection, source: str, reason: str, retry_after: float = 0) -> None:
    """Record why a source was not listed whole: it is listed again later, and later each time."""
    connection.execute(
        sql.SQL(
            "INSERT INTO {listings} AS listing (source, attempts, next_attempt_at, error_message)"
            " SELECT %(source)s, attempts + 1, {next_attempt}, %(reason)s"
            " FROM (SELECT coalesce((SELECT attempts FROM {listings} WHERE source = %(source)s), 0) AS attempts) AS one"
            " ON CONFLICT (source) DO UPDATE SET attempts = excluded.attempts,"
            " next_attempt_at = excluded.next_attempt_at, error_message = excluded.error_message"
        ).format(listings=_LISTINGS, next_attempt=_AS_ASKED),
        {"source": source, "reason": reason, "retry_after": retry_after},
    )


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

    `declaration` is the fingerprint of that by which its rows were read.
    """
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %(state)s, error_message = NULL, rows = %(rows)s, seconds = %(seconds)s,"
            " loaded_digest = digest, loaded_at = clock_timestamp(),"
            " declaration = %(declaration)s, refused_declaration = '',"
            " attempts = 0, next_attempt_at = NULL, dataflow_run_id = NULL, updated_timestamp = now()"
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
            " updated_timestamp = now() WHERE source = %(source)s AND file_name = %(file)s"
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
            " digest = CASE WHEN %(damaged)s THEN '' ELSE digest END,"
            " url = CASE WHEN %(moved)s THEN '' ELSE url END,"
            " updated_timestamp = now(), next_attempt_at = CASE WHEN %(retryable)s THEN {} END"
            " WHERE source = %(source)s AND file_name = %(file)s"
        ).format(_REGISTRY, _AS_ASKED),
        {
            "source": source,
            "file": file_name,
            "state": FileState.FAILED,
            "reason": str(error),
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


def release_waiting(connection: Connection, source: str) -> None:
    """Let the files be loaded that waited for their tables to be reshaped."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET refused_declaration = '', error_message = NULL, updated_timestamp = now()"
            " WHERE source = %(source)s AND state = %(due)s AND refused_declaration <> ''"
        ).format(_REGISTRY),
        {"source": source, "due": FileState.DUE},
    )


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file whose rows are in the tables.

    `digest` is that of its bytes, and `stored_digest` that of the version which is stored now. `declaration` is the
    fingerprint of that by which its rows were read, '' where releases up to 0.2 loaded it.
    """

    name: str
    digest: str
    stored_digest: str
    declaration: str


def loaded_files(connection: Connection, source: str) -> list[LoadedFile]:
    """The files whose rows are in the tables, by their dates, or in the order in which they were loaded."""
    with connection.cursor(row_factory=class_row(LoadedFile)) as cursor:
        return cursor.execute(
            sql.SQL(
                "SELECT file_name AS name, loaded_digest AS digest, digest AS stored_digest, declaration FROM {}"
                " WHERE source = %s AND loaded_digest <> ''"
                " ORDER BY file_date, coalesce(loaded_at, updated_timestamp), id"
            ).format(_REGISTRY),
            [source],
        ).fetchall()


def reload(connection: Connection, source: str, file_name: str, rows: int, declaration: str) -> None:
    """Record that the loaded bytes of a file were loaded again, for data-flow to read them."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET rows = %(rows)s, superseded = 0, declaration = %(declaration)s, dataflow_run_id = NULL"
            " WHERE source = %(source)s AND file_name = %(file)s"
        ).format(_REGISTRY),
        {"source": source, "file": file_name, "rows": rows, "declaration": declaration},
    )


def requeue_orphaned(connection: Connection, source: str) -> list[str]:
    """Make due what a run was working on when its process ended without a word; the files' names."""
    with connection.transaction():
        # The run's lock is free: no process works for it any more.
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

"""What is to be done: files that are due, and listings of sources (`operations.source_listing`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import sql
from psycopg.rows import class_row

from dss_assets.database import Connection
from dss_assets.registry.retries import AS_ASKED
from dss_assets.sources import Listing, RemoteFile
from dss_web.shared.contract import DATAFLOW_RUN, REGISTRY, SOURCE_LISTING, DataflowState, FileState

_REGISTRY = sql.Identifier(*REGISTRY)
_LISTINGS = sql.Identifier(*SOURCE_LISTING)


# Relies on the unique (source, file_name). A file that a run works on is not made due: its version is compared again
# once the run has ended. A version that has failed for good is remembered as offered, so it is not due again. A row
# without a URL is of a file that was not offered for a while, or was never seen by a sensor. What waits already keeps
# its time, however often it is seen again: what is stuck is told by that.
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
            next_attempt_at = NULL,
            updated_timestamp = CASE WHEN entry.state = %(due)s THEN entry.updated_timestamp ELSE now() END
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

    `is_due`: a file waits for a run or for another attempt. `must_list`: it is time to list the source, or a file that
    is due has no URL. `error` is why the last listing failed, '' where it did not, and `next_attempt_at` when it is
    tried again.
    """

    is_due: bool
    must_list: bool
    listed_at: datetime | None
    near_misses: list[str]
    error: str
    next_attempt_at: datetime | None


# Relies on the partial index over these states, since nearly all files are processed, and on one row or none for
# the source in the table of listings. A failed listing has its own next attempt, which a file without URL does not
# bring forward.
_OUTLOOK = sql.SQL("""
    WITH entry AS (
        SELECT state, url, (state = %(due)s AND refused_declaration <> %(declaration)s)
            OR (state = %(failed)s AND next_attempt_at <= now()) AS is_due
        FROM {registry} WHERE source = %(source)s AND state IN (%(due)s, %(failed)s)
    ), known AS (
        SELECT
            coalesce(bool_or(is_due), false) AS is_due,
            coalesce(bool_or(is_due AND url = ''), false) AS is_without_url
        FROM entry
    )
    SELECT
        known.is_due,
        CASE
            WHEN listing.attempts > 0 THEN listing.next_attempt_at <= now()
            ELSE is_without_url OR listing.listed_at IS NULL OR listing.listed_at + %(every)s <= now()
        END AS must_list,
        listing.listed_at,
        coalesce(listing.near_misses, '{{}}') AS near_misses,
        CASE WHEN listing.attempts > 0 THEN listing.error_message ELSE '' END AS error,
        listing.next_attempt_at
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
            },
        ).fetchone()
    assert found
    return found


# Relies on the partial index over these three states. What is processed again after its process has died is in work
# here, too. A file that failed and of which nobody knows where it is waits for the next listing.
_WITH_WORK = sql.SQL("""
    SELECT DISTINCT entry.source
    FROM {registry} AS entry
    JOIN unnest(%(sources)s::text[], %(declarations)s::text[]) AS declared (source, declaration) USING (source)
    WHERE entry.state = %(processing)s
    OR (entry.state = %(due)s AND entry.refused_declaration <> declared.declaration)
    OR (entry.state = %(failed)s AND entry.next_attempt_at <= now() AND entry.url <> '')
    ORDER BY 1
""").format(registry=_REGISTRY)


def sources_with_work(connection: Connection, declarations: Mapping[str, str]) -> list[str]:
    """Those of the sources that have a file that is due, or on which a run works or did so when it ended.

    `declarations` are the fingerprints of the datasets by their source, as for `outlook`.
    """
    rows = connection.execute(
        _WITH_WORK,
        {
            "sources": list(declarations),
            "declarations": list(declarations.values()),
            "due": FileState.DUE,
            "failed": FileState.FAILED,
            "processing": FileState.PROCESSING,
        },
    ).fetchall()
    return [source for (source,) in rows]


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


def explain_wait(connection: Connection, source: str, reason: str) -> None:
    """Say in their rows why no run is asked for over the files that are due; they wait as they did."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET error_message = %(reason)s WHERE source = %(source)s AND state = %(due)s"
            " AND refused_declaration = '' AND error_message IS DISTINCT FROM %(reason)s"
        ).format(_REGISTRY),
        {"source": source, "reason": reason, "due": FileState.DUE},
    )


WITHDRAWN = (
    "Its dataset is declared no longer, so nothing more is done with it. Declare the dataset again, or remove it by "
    "`python -m dss_assets remove`."
)
# What a sensor would otherwise see to: files that are due, and loaded ones for which data-flow is to be asked.
_UNDONE = sql.SQL("""
    (state = {due} OR (state = {processed} AND concerns_dataflow AND (dataflow_run_id IS NULL
        OR EXISTS (SELECT FROM {runs} AS run WHERE run.id = dataflow_run_id AND run.state <> {success}))))
""").format(
    runs=sql.Identifier(*DATAFLOW_RUN),
    due=sql.Literal(FileState.DUE),
    processed=sql.Literal(FileState.PROCESSED),
    success=sql.Literal(DataflowState.SUCCESS),
)


def explain_withdrawal(connection: Connection, withdrawn: Sequence[str], declared: Sequence[str]) -> None:
    """Say at what is left to do of withdrawn datasets why nobody does it; no longer at that of those declared again."""
    connection.execute(
        sql.SQL("UPDATE {} SET error_message = %s WHERE source = ANY (%s) AND {}").format(_REGISTRY, _UNDONE),
        [WITHDRAWN, list(withdrawn)],
    )
    connection.execute(
        sql.SQL("UPDATE {} SET error_message = NULL WHERE source = ANY (%s) AND error_message = %s").format(_REGISTRY),
        [list(declared), WITHDRAWN],
    )


def record_listing(connection: Connection, source: str, listing: Listing, every: timedelta) -> None:
    """Record that a source was listed, and make due what it offers that is new, changed, or at its next attempt.

    `every` is how often it is listed: whoever watches the service knows by it when that is not done.

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
                "INSERT INTO {} AS listing (source, listed_at, expected_at, near_misses)"
                " VALUES (%(source)s, now(), now() + %(every)s, %(near)s)"
                " ON CONFLICT (source) DO UPDATE SET listed_at = now(), near_misses = excluded.near_misses,"
                " attempts = CASE WHEN %(whole)s THEN 0 ELSE listing.attempts END,"
                " failing_since = CASE WHEN %(whole)s THEN NULL ELSE listing.failing_since END,"
                " expected_at = excluded.expected_at,"
                " next_attempt_at = NULL, error_message = ''"
            ).format(_LISTINGS),
            {"source": source, "near": listing.near_misses, "whole": not listing.unanswered, "every": every},
        )
        if listing.unanswered:
            fail_listing(connection, source, " ".join(listing.unanswered))


def fail_listing(connection: Connection, source: str, reason: str, retry_after: float = 0) -> None:
    """Record why a source was not listed whole: it is listed again later, and later each time."""
    connection.execute(
        sql.SQL(
            "INSERT INTO {listings} AS listing (source, attempts, next_attempt_at, error_message, failing_since)"
            " SELECT %(source)s, attempts + 1, {next_attempt}, %(reason)s, now()"
            " FROM (SELECT coalesce((SELECT attempts FROM {listings} WHERE source = %(source)s), 0) AS attempts) AS one"
            " ON CONFLICT (source) DO UPDATE SET attempts = excluded.attempts,"
            " next_attempt_at = excluded.next_attempt_at, error_message = excluded.error_message,"
            " failing_since = coalesce(listing.failing_since, now())"
        ).format(listings=_LISTINGS, next_attempt=AS_ASKED),
        {"source": source, "reason": reason, "retry_after": retry_after},
    )

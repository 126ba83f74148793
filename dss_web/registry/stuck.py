"""What is stuck: work that is here and does not move, since when and why.

Stuck is not late. A publisher that has nothing new, a file that fails and is tried again, and a run that data-flow
works on are all under way. What is stuck waits for a person, or for a process that should have seen to it long ago.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from psycopg import Connection, sql
from psycopg.rows import class_row

from dss_web.shared.contract import (
    DATAFLOW_RUN,
    DATASET,
    REGISTRY,
    SOURCE_LISTING,
    UPLOAD_FILE,
    UPLOAD_PIPELINE,
    UPLOAD_TASK,
    DataflowState,
    FileState,
    UploadState,
)

# A new file is loaded within seconds, and within minutes behind a long run. Sensors wait up to an hour between runs
# that fail to start, which is worth knowing before.
STUCK_AFTER: Final = timedelta(minutes=15)
# The largest file that is known takes a quarter of an hour to load, and a slow publisher hours to send.
SLOW_AFTER: Final = timedelta(hours=3)


class Reason(StrEnum):
    """Why a dataset is stuck; the words of the metric's label."""

    NOT_STARTED = "not started"
    NOT_TRIED_AGAIN = "not tried again"
    DECLARATION = "declaration"
    ABANDONED = "abandoned"
    SLOW = "slow"
    NOT_LISTED = "not listed"
    DATAFLOW = "data-flow"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Stuck:
    """A dataset (`organisation.dataset`) that stands still for one reason.

    `since` is when the first of its `files` last moved. `why` is for operators: it may name files and URLs.
    """

    dataset: str
    reason: Reason
    since: datetime
    files: int
    why: str


# Relies on the partial indexes over unfinished files and open tasks, since nearly all rows are of what is done. The
# runs of data-flow and the uploads are read as a whole: ten years of them take 10 ms. A run lives as long as somebody
# holds its advisory lock, which pg_locks shows as two halves of the same 64 bits. Datasets that are declared no longer
# are nobody's concern.
_STUCK: Final = sql.SQL("""
    WITH held AS (
        SELECT (classid::bigint << 32) | objid::bigint AS key FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 1 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ), withdrawn AS (
        SELECT key FROM {datasets} WHERE withdrawn_at IS NOT NULL
    ), stuck (dataset, reason, since, why) AS (
        SELECT source, %(declaration)s, updated_timestamp, coalesce(error_message, '')
        FROM {registry} WHERE state = {due} AND refused_declaration <> ''
        AND updated_timestamp < now() - %(after)s
        UNION ALL
        SELECT source, %(not_started)s, updated_timestamp,
            coalesce(nullif(error_message, ''), 'No run was started for it.')
        FROM {registry} WHERE state = {due} AND refused_declaration = ''
        AND updated_timestamp < now() - %(after)s
        UNION ALL
        SELECT source, %(not_tried_again)s, next_attempt_at, 'Its next attempt was not made. ' || error_message
        FROM {registry} WHERE state = {failed} AND next_attempt_at < now() - %(after)s AND url <> ''
        UNION ALL
        SELECT source, CASE WHEN is_alive THEN %(slow)s ELSE %(abandoned)s END, updated_timestamp,
            CASE WHEN is_alive THEN 'Run ' || run_id || ' still works on it.'
                ELSE 'Run ' || run_id || ' works on it no more, and nothing has tried it again.' END
        FROM {registry}, LATERAL (
            SELECT EXISTS (SELECT FROM held WHERE key = hashtextextended('run ' || run_id, 0)) AS is_alive
        ) AS run
        WHERE state = {processing}
        AND updated_timestamp < now() - CASE WHEN is_alive THEN %(slow_after)s ELSE %(after)s END
        UNION ALL
        SELECT source, %(not_listed)s, next_attempt_at, 'Its source was not listed again. ' || error_message
        FROM {listings} WHERE next_attempt_at < now() - %(after)s
        UNION ALL
        SELECT schema_name, %(dataflow)s, coalesce(finished_at, requested_at), error_message
        FROM {runs} AS run WHERE is_stopped AND state = {run_failed} AND finished_at < now() - %(after)s
        AND NOT EXISTS (SELECT FROM {runs} AS later WHERE later.schema_name = run.schema_name AND later.id > run.id)
        UNION ALL
        SELECT organisation || '.' || dataset, %(not_started)s, started_processing_at,
            'Its upload was confirmed, and no run was started for it.'
        FROM {uploads} AS file JOIN {pipelines} AS pipeline ON pipeline.id = file.pipeline_id
        WHERE file.state = {verified} AND started_processing_at < now() - %(after)s
        UNION ALL
        SELECT organisation || '.' || dataset, %(not_checked)s, coalesce(heartbeat_at, task.due_at),
            'No worker checks its upload.'
        FROM {tasks} AS task JOIN {uploads} AS file ON file.id = task.version_id
        JOIN {pipelines} AS pipeline ON pipeline.id = file.pipeline_id
        WHERE outcome = '' AND greatest(task.due_at, heartbeat_at) < now() - %(after)s
    )
    SELECT dataset, reason, min(since) AS since, count(*) AS files, (array_agg(why ORDER BY since))[1] AS why
    FROM stuck WHERE dataset NOT IN (SELECT key FROM withdrawn)
    GROUP BY dataset, reason ORDER BY since, dataset
""").format(
    registry=sql.Identifier(*REGISTRY),
    datasets=sql.Identifier(*DATASET),
    listings=sql.Identifier(*SOURCE_LISTING),
    runs=sql.Identifier(*DATAFLOW_RUN),
    uploads=sql.Identifier(*UPLOAD_FILE),
    pipelines=sql.Identifier(*UPLOAD_PIPELINE),
    tasks=sql.Identifier(*UPLOAD_TASK),
    # Literals, since an index over a condition is used only where the plan has its values.
    due=sql.Literal(FileState.DUE),
    failed=sql.Literal(FileState.FAILED),
    processing=sql.Literal(FileState.PROCESSING),
    run_failed=sql.Literal(DataflowState.FAILED),
    verified=sql.Literal(UploadState.VERIFIED),
)


def stuck_datasets(connection: Connection[Any], after: timedelta = STUCK_AFTER) -> list[Stuck]:
    """The datasets that have stood still for longer than `after`, the longest first; one entry for each reason."""
    values = {reason.name.lower(): reason for reason in Reason}
    with connection.cursor(row_factory=class_row(Stuck)) as cursor:
        return cursor.execute(_STUCK, {**values, "after": after, "slow_after": max(after, SLOW_AFTER)}).fetchall()

"""What is wrong, since when and why: with datasets, published and uploaded alike, and with the service.

The one place where this is decided: states, metrics and alerts follow from it. `stuck` finds what stands still.

A wrong file is a person's own concern until they have confirmed it: they read so on its page and by mail. What their
files hold is quoted nowhere here, since alerts go anywhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg import Connection, sql
from psycopg.rows import class_row

from dss_web.registry.stuck import stuck_datasets
from dss_web.shared.contract import (
    ALERT,
    DAEMON_HEARTBEAT,
    DAGSTER_DAEMON,
    DATAFLOW_RUN,
    DATASET,
    REGISTRY,
    SOURCE_LISTING,
    UPLOAD_FILE,
    UPLOAD_PIPELINE,
    UPLOAD_TASK,
    WORKER,
    DataflowState,
    FileState,
    Problem,
    TaskOutcome,
    UploadState,
)

# Eight attempts have failed by then. Most faults of publishers and networks are over sooner, and concern nobody.
FAILING_AFTER: Final = timedelta(minutes=15)
# A source is listed every few seconds up to once a day; one that is late by this much is not listed any more.
UNLISTED_AFTER: Final = timedelta(hours=1)
# Whoever unpauses a DAG by and by needs no alert.
WAITING_AFTER: Final = timedelta(hours=1)
# A worker beats every fifteen seconds, and the daemon every thirty, of which we hear a little later.
SILENT_AFTER: Final = timedelta(minutes=3)

_UPLOADED: Final = "The page of the upload has the reason."


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a dataset (`organisation.dataset`), or with the service where that is empty."""

    dataset: str
    problem: Problem
    since: datetime
    why: str


# The first and the last part read the registry as a whole; the others rely on partial indexes over what is not done,
# and on the index of runs by schema. A file of another release that has no `failing_since` counts from its last change.
# Of files with dates only the newest of its kind counts, of others each until it is loaded again. Most errors name
# their file already.
_FINDINGS: Final = sql.SQL("""
    SELECT key AS dataset, %(late)s AS problem, coalesce(last_at, declared_at) + late_after AS since,
        coalesce('Nothing was loaded since ' || to_char(last_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC',
            'Nothing was loaded yet') || '. New data was expected within '
            || ceil(extract(epoch FROM late_after) / 86400) || ' days.' AS why
    FROM {datasets} CROSS JOIN LATERAL (SELECT greatest(
        (SELECT max(loaded_at) FROM {registry} WHERE source = key),
        (SELECT max(loaded_at) FROM {registry} WHERE source = key || '.transformed')
    ) AS last_at) AS last
    WHERE withdrawn_at IS NULL AND late_after IS NOT NULL AND coalesce(last_at, declared_at) + late_after < now()
    UNION ALL
    SELECT source, %(failing)s, coalesce(failing_since, updated_timestamp),
        CASE WHEN position(file_name IN error_message) > 0 THEN error_message
            ELSE file_name || ': ' || error_message END
    FROM {registry} WHERE state IN ({failed}, {due}, {processing}) AND refused_declaration = ''
    AND (failing_since IS NOT NULL OR state = {failed}) AND (
        coalesce(failing_since, updated_timestamp) < now() - %(failing_after)s
        OR (state = {failed} AND next_attempt_at IS NULL)
        OR EXISTS (SELECT FROM {alerts} WHERE dataset = source AND kind = %(failing)s AND over_at IS NULL)
    )
    AND NOT EXISTS (SELECT FROM {pipelines} WHERE organisation || '.' || dataset = source)
    UNION ALL
    SELECT source, %(failing)s, failing_since, 'Its source cannot be listed: ' || error_message
    FROM {listings} WHERE attempts > 0 AND failing_since < now() - %(failing_after)s
    UNION ALL
    SELECT source, %(stuck)s, expected_at, 'Its source should have been listed again then, and was not.'
    FROM {listings} WHERE attempts = 0 AND expected_at < now() - %(unlisted_after)s
    UNION ALL
    SELECT run.schema_name, %(failing)s, (
        SELECT min(requested_at) FROM {runs} AS tried WHERE tried.schema_name = run.schema_name AND tried.id > coalesce(
            (SELECT max(id) FROM {runs} AS done WHERE done.schema_name = run.schema_name AND done.state = {success}), 0
        )
    ), 'It is not copied to the datasets database: ' || error_message
    FROM {runs} AS run
    WHERE (state = {run_failed} AND NOT is_stopped OR state = {requested} AND error_message <> '')
    AND requested_at < now() - %(failing_after)s
    AND NOT EXISTS (SELECT FROM {runs} AS later WHERE later.schema_name = run.schema_name AND later.id > run.id)
    UNION ALL
    SELECT schema_name, %(stuck)s, coalesce(asked_at, requested_at),
        'data-flow does not get on with it: ' || error_message
    FROM {runs} WHERE state = {running} AND started_at IS NULL AND situation <> ''
    AND coalesce(asked_at, requested_at) < now() - %(waiting_after)s
    UNION ALL
    SELECT pipeline.organisation || '.' || pipeline.dataset, %(failing)s,
        coalesce(task.finished_at, started_processing_at, uploaded_at), ''
    FROM {pipelines} AS pipeline CROSS JOIN LATERAL (
        SELECT * FROM {uploads} AS file WHERE pipeline_id = pipeline.id AND state <> {cancelled}
        ORDER BY uploaded_at DESC LIMIT 1
    ) AS newest LEFT JOIN {tasks} AS task ON task.version_id = newest.id
    WHERE newest.state = {upload_failed} AND (started_processing_at IS NOT NULL OR task.outcome = {given_up})
    UNION ALL
    SELECT source, problem, loaded_at, file_name || ': ' || (findings ->> finding)
    FROM {registry} AS entry CROSS JOIN (
        VALUES (%(shrunk)s, 'not_shrunk'), (%(changed_columns)s, 'same_columns')
    ) AS kinds (problem, finding)
    WHERE state = {processed} AND findings <> '{{}}' AND findings ? finding AND loaded_at IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM {registry} AS newer WHERE newer.source = entry.source AND newer.file_date > entry.file_date
        AND newer.file_kind = entry.file_kind AND newer.state = {processed}
    )
""").format(
    alerts=sql.Identifier(*ALERT),
    datasets=sql.Identifier(*DATASET),
    listings=sql.Identifier(*SOURCE_LISTING),
    pipelines=sql.Identifier(*UPLOAD_PIPELINE),
    registry=sql.Identifier(*REGISTRY),
    runs=sql.Identifier(*DATAFLOW_RUN),
    tasks=sql.Identifier(*UPLOAD_TASK),
    uploads=sql.Identifier(*UPLOAD_FILE),
    # Literals, since an index over a condition is used only where the plan has its values.
    due=sql.Literal(FileState.DUE),
    processing=sql.Literal(FileState.PROCESSING),
    processed=sql.Literal(FileState.PROCESSED),
    failed=sql.Literal(FileState.FAILED),
    requested=sql.Literal(DataflowState.REQUESTED),
    running=sql.Literal(DataflowState.RUNNING),
    success=sql.Literal(DataflowState.SUCCESS),
    run_failed=sql.Literal(DataflowState.FAILED),
    cancelled=sql.Literal(UploadState.CANCELLED),
    upload_failed=sql.Literal(UploadState.FAILED),
    given_up=sql.Literal(TaskOutcome.GIVEN_UP),
)

# Which datasets there are: those that are declared, and those that people upload and have not archived.
_KNOWN: Final = sql.SQL("""
    SELECT key, schema_name, false AS is_uploaded FROM {datasets} WHERE withdrawn_at IS NULL
    UNION ALL
    SELECT organisation || '.' || dataset, organisation || '.' || dataset, true FROM {pipelines}
    WHERE archived_at IS NULL ORDER BY key
""").format(datasets=sql.Identifier(*DATASET), pipelines=sql.Identifier(*UPLOAD_PIPELINE))

_ACCEPTED: Final = sql.SQL(
    "SELECT dataset, kind, max(accepted_at) FROM {} WHERE accepted_at IS NOT NULL GROUP BY dataset, kind"
).format(sql.Identifier(*ALERT))

# A process that was never seen is not silent yet: it starts with the others. The metrics show it.
_SILENT: Final = sql.SQL("SELECT daemon, beat_at FROM {} WHERE daemon = ANY (%s) AND beat_at < now() - %s").format(
    sql.Identifier(*DAEMON_HEARTBEAT)
)

_RETURNED: Final = sql.SQL("SELECT FROM {} WHERE daemon = %s AND returned_at > now() - %s").format(
    sql.Identifier(*DAEMON_HEARTBEAT)
)


@dataclass(frozen=True, slots=True)
class Known:
    """A dataset that is watched: `key` is `organisation.dataset`."""

    key: str
    schema_name: str
    is_uploaded: bool


def known_datasets(connection: Connection[Any]) -> list[Known]:
    """All datasets that are watched, by name."""
    with connection.cursor(row_factory=class_row(Known)) as cursor:
        return cursor.execute(_KNOWN).fetchall()


def dataset_problems(connection: Connection[Any]) -> list[Finding]:
    """What is wrong with datasets: one finding for each of them and each problem, with its beginning and first reason.

    What an administrator has taken note of is left out until something newer is wrong.
    """
    known = known_datasets(connection)
    by_name = {one.schema_name: one for one in known} | {one.key: one for one in known}
    accepted = {(dataset, kind): at for dataset, kind, at in connection.execute(_ACCEPTED)}
    grouped: dict[tuple[str, Problem], list[Finding]] = {}
    for found in _all_findings(connection):
        dataset = by_name.get(found.dataset.removesuffix(".transformed"))
        if dataset is None:
            continue
        key = (dataset.key, Problem(found.problem))
        if key not in accepted or found.since > accepted[key]:
            why = _UPLOADED if dataset.is_uploaded else found.why
            grouped.setdefault(key, []).append(Finding(*key, found.since, why))
    return sorted(map(_first, grouped.values()), key=lambda finding: (finding.since, finding.dataset, finding.problem))


def service_problems(connection: Connection[Any]) -> list[Finding]:
    """What is wrong with the service itself: which of its processes is silent."""
    names = {
        WORKER: (Problem.NO_WORKER, "No worker (manage.py work) gives a sign of life: uploads are not checked."),
        DAGSTER_DAEMON: (Problem.NO_DAEMON, "The Dagster daemon gives no sign of life: nothing is loaded."),
    }
    silent = connection.execute(_SILENT, [list(names), SILENT_AFTER]).fetchall()
    return [Finding("", names[process][0], since, names[process][1]) for process, since in silent]


def stood_still(connection: Connection[Any]) -> bool:
    """Whether everything stood still until minutes ago, so that the daemon may still be about to begin."""
    return connection.execute(_RETURNED, [WORKER, SILENT_AFTER]).fetchone() is not None


def _all_findings(connection: Connection[Any]) -> Iterator[Finding]:
    values = {problem.name.lower(): problem for problem in Problem}
    limits = {
        "failing_after": FAILING_AFTER,
        "unlisted_after": UNLISTED_AFTER,
        "waiting_after": WAITING_AFTER,
    }
    with connection.cursor(row_factory=class_row(Finding)) as cursor:
        yield from cursor.execute(_FINDINGS, {**values, **limits}).fetchall()
    for stuck in stuck_datasets(connection):
        yield Finding(stuck.dataset, Problem.STUCK, stuck.since, stuck.why)


def _first(findings: Iterable[Finding]) -> Finding:
    """The oldest of findings of one kind, which says how many there are."""
    first, *others = sorted(findings, key=lambda finding: finding.since)
    if not others:
        return first
    return Finding(first.dataset, first.problem, first.since, f"{first.why} And {len(others)} more.")

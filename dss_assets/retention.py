"""What ends of all that the service writes, and after how long: everything in its own database and in the storage.

Dagster's history is thinned out by `dss_assets/assets/history.py`. What ends by itself is not here: docs/operate.md has
the list of all that is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg import sql
from pydantic import Field

from dss_assets.database import Connection
from dss_assets.storage import INCOMING, SUPERSEDED, Storage
from dss_web.shared.contract import (
    DATAFLOW_RUN,
    DATASET_EVENT,
    DATASET_READ,
    DELETION,
    EXPORT,
    HAWK_NONCE,
    LETTER,
    REGISTRY,
    SESSION,
    SUBSCRIPTION_MESSAGE,
    UPLOAD_EVENT,
    UPLOAD_FILE,
    UPLOAD_PIPELINE,
    UPLOAD_TASK,
    DataflowState,
    DatasetEventKind,
    DeletionState,
    Table,
    UploadState,
)
from dss_web.shared.settings import EnvironmentSettings

# A statement over so many rows takes some milliseconds.
_BATCH: Final = 1_000
# What the web half needs for a moment, and deletes itself with its next request: this is for when none comes.
_A_DAY: Final = timedelta(days=1)
# Which mail was sent is looked up for as long as anybody asks where it is.
_LETTERS: Final = timedelta(days=90)
# Whoever asks who has read a dataset asks of the last year, and its owners may be away for a month.
_READS: Final = timedelta(days=400)
# In the trail of events, as the person who has done it.
RETENTION: Final = "retention"


class RetentionSettings(EnvironmentSettings):
    """How long things are kept that nobody needs for ever. Files are kept unless a setting says otherwise."""

    dss_run_retention_days: int = Field(
        90,
        ge=1,
        description="How long Dagster's runs, their events and the logs of their steps are kept. Of each partition the "
        "last materialisation stays, with its run.",
    )
    dss_dataflow_run_retention_days: int = Field(
        365, ge=1, description="How long ended data-flow runs are kept that no file in the registry refers to."
    )
    dss_unconfirmed_upload_days: int = Field(
        30, ge=1, description="An upload whose columns nobody has confirmed for so long is cancelled. Its file stays."
    )
    dss_unloaded_upload_retention_days: int | None = Field(
        None,
        ge=1,
        description="How long versions that were never loaded, because they failed or were cancelled, are kept. Then "
        "they are deleted with their files. If empty, for ever.",
    )
    dss_superseded_file_retention_days: int | None = Field(
        None,
        ge=1,
        description="How long the storage keeps what a file was before its publisher changed it. If empty, for ever.",
    )


@dataclass(frozen=True, slots=True)
class Removed:
    """How much was removed, and since when the oldest is that stays (None where there is none, or nobody knows)."""

    count: int
    size: int | None = None
    oldest: datetime | None = None


Remove = Callable[[Connection, Storage, datetime], Removed]


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that ends `after` a time; None where it never does. `remove` takes the time before which it is old."""

    name: str
    after: timedelta | None
    remove: Remove


def kinds(settings: RetentionSettings) -> Sequence[Kind]:
    """Everything that ends, in the order in which it is removed."""
    return (
        Kind("sessions", timedelta(), _rows(SESSION, "expire_date")),
        Kind("nonces", timedelta(), _rows(HAWK_NONCE, "expires_at")),
        Kind("receipts of exports", _A_DAY, _rows(EXPORT, "started_at")),
        Kind("letters", _LETTERS, _rows(LETTER, "settled_at")),
        Kind("messages to followers", _LETTERS, _rows(SUBSCRIPTION_MESSAGE, "settled_at")),
        Kind("events of datasets", _READS, _old(_OLD_EVENTS, DATASET_EVENT, "happened_at")),
        Kind("who read datasets", _READS, _rows(DATASET_READ, "last_read_at")),
        Kind(
            "data-flow runs",
            _days(settings.dss_dataflow_run_retention_days),
            _old(_OLD_RUNS, DATAFLOW_RUN, "requested_at"),
        ),
        Kind("unconfirmed uploads", _days(settings.dss_unconfirmed_upload_days), _cancel_unconfirmed),
        Kind("unloaded uploads", _days(settings.dss_unloaded_upload_retention_days), _delete_unloaded),
        Kind("files on their way", _A_DAY, _files(INCOMING)),
        Kind("superseded files", _days(settings.dss_superseded_file_retention_days), _files(SUPERSEDED)),
    )


def _days(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(days=number)


def _rows(table: Table, column: str) -> Remove:
    """Remove the rows of a table whose time is before."""
    # Rows that somebody else is deleting are skipped rather than waited for.
    statement = sql.SQL(
        "DELETE FROM {table} WHERE ctid = ANY (ARRAY("
        "SELECT ctid FROM {table} WHERE {column} < %s LIMIT %s FOR UPDATE SKIP LOCKED))"
    ).format(table=sql.Identifier(*table), column=sql.Identifier(column))
    return _old(statement, table, column)


def _old(statement: sql.Composed, table: Table, column: str) -> Remove:
    """Remove rows of a table by a DELETE that takes the time before which they are old, and how many at most."""
    oldest = sql.SQL("SELECT min({}) FROM {}").format(sql.Identifier(column), sql.Identifier(*table))

    def remove(connection: Connection, _: Storage, before: datetime) -> Removed:
        count = _in_batches(connection, statement, [before, _BATCH])
        found = connection.execute(oldest).fetchone()
        return Removed(count, oldest=found[0] if found else None)

    return remove


def _in_batches(connection: Connection, statement: sql.Composed, values: Sequence[Any]) -> int:
    """Execute a DELETE of at most _BATCH rows until it finds no more, each in its own transaction; how many it were."""
    count = 0
    while removed := connection.execute(statement, values).rowcount:
        count += removed
    return count


# The last run of each table says when the next attempt is, and files say by which run they were copied.
_OLD_RUNS: Final = sql.SQL("""
    DELETE FROM {runs} WHERE id IN (
        SELECT id FROM {runs} AS run WHERE state IN ({success}, {failed}) AND coalesce(finished_at, requested_at) < %s
        AND EXISTS (SELECT FROM {runs} AS later WHERE later.schema_name = run.schema_name AND later.id > run.id)
        AND NOT EXISTS (SELECT FROM {registry} WHERE dataflow_run_id = run.id)
        LIMIT %s
    )
""").format(
    runs=sql.Identifier(*DATAFLOW_RUN),
    registry=sql.Identifier(*REGISTRY),
    success=sql.Literal(DataflowState.SUCCESS),
    failed=sql.Literal(DataflowState.FAILED),
)

# The next version is compared with the last one, however old that is.
_OLD_EVENTS: Final = sql.SQL("""
    DELETE FROM {events} WHERE id IN (
        SELECT id FROM {events} AS event WHERE happened_at < %s
        AND EXISTS (
            SELECT FROM {events} AS later WHERE later.dataset = event.dataset AND later.id > event.id
            AND later.kind IN ({version}, {breaking})
        )
        LIMIT %s
    )
""").format(
    events=sql.Identifier(*DATASET_EVENT),
    version=sql.Literal(DatasetEventKind.VERSION),
    breaking=sql.Literal(DatasetEventKind.BREAKING),
)

# Since when a version waits is what the trail says: whoever checks an old one again has the whole time for it. What a
# worker has in hand waits for nobody.
_CANCEL: Final = sql.SQL("""
    UPDATE {files} AS file SET state = {cancelled}, error_message = NULL
    WHERE state = {uploaded} AND uploaded_at < %(before)s
    AND NOT EXISTS (SELECT FROM {events} WHERE version = file.id AND happened_at >= %(before)s)
    AND NOT EXISTS (SELECT FROM {tasks} WHERE version_id = file.id AND outcome = '')
""").format(
    files=sql.Identifier(*UPLOAD_FILE),
    events=sql.Identifier(*UPLOAD_EVENT),
    tasks=sql.Identifier(*UPLOAD_TASK),
    cancelled=sql.Literal(UploadState.CANCELLED),
    uploaded=sql.Literal(UploadState.UPLOADED),
)


def _cancel_unconfirmed(connection: Connection, _: Storage, before: datetime) -> Removed:
    with connection.transaction():
        connection.execute("SELECT set_config('dss.action', %s, true)", [f"cancelled by {RETENTION}"])
        count = connection.execute(_CANCEL, {"before": before}).rowcount
    return Removed(count)


# The sensor of deletions does it, as for a person, so that everything about a version goes with it. One that was
# cancelled at its restoration was loaded before, and stays.
_DELETE: Final = sql.SQL("""
    INSERT INTO {deletions} (organisation, dataset, version, state, requested_by, requested_by_id)
    SELECT organisation, dataset, file.id, {requested}, {by}, ''
    FROM {files} AS file JOIN {pipelines} AS pipeline ON pipeline.id = file.pipeline_id
    WHERE file.state IN ({failed}, {cancelled}) AND loaded_at IS NULL AND uploaded_at < %(before)s
    AND NOT EXISTS (SELECT FROM {events} WHERE version = file.id AND happened_at >= %(before)s)
    ON CONFLICT DO NOTHING
""").format(
    deletions=sql.Identifier(*DELETION),
    files=sql.Identifier(*UPLOAD_FILE),
    pipelines=sql.Identifier(*UPLOAD_PIPELINE),
    events=sql.Identifier(*UPLOAD_EVENT),
    requested=sql.Literal(DeletionState.REQUESTED),
    failed=sql.Literal(UploadState.FAILED),
    cancelled=sql.Literal(UploadState.CANCELLED),
    by=sql.Literal(RETENTION),
)


def _delete_unloaded(connection: Connection, _: Storage, before: datetime) -> Removed:
    return Removed(connection.execute(_DELETE, {"before": before}).rowcount)


def _files(folder: str) -> Remove:
    """Remove the files of a folder of the storage that were written before."""

    def remove(_: Connection, storage: Storage, before: datetime) -> Removed:
        deleted = storage.delete_older(folder, before)
        return Removed(deleted.count, deleted.size, deleted.oldest)

    return remove

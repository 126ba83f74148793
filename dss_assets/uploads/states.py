"""What becomes of uploads besides their own load: delivered or not yet, and given up in time."""

from typing import Final

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.uploads.load import WAITING_STATES
from dss_web.shared.contract import (
    DATAFLOW_RUN,
    REGISTRY,
    UPLOAD_FILE,
    UPLOAD_PIPELINE,
    DataflowState,
    FileState,
    UploadState,
)

_FILES = sql.Identifier(*UPLOAD_FILE)
_PIPELINES = sql.Identifier(*UPLOAD_PIPELINE)
_REGISTRY = sql.Identifier(*REGISTRY)


def mark_loaded(connection: Connection) -> None:
    """Let the uploads whose rows are loaded say so, which the release before did not do in the same transaction.

    A row of the registry that was processed since the confirmation is of this load, not of one before a restoration.
    """
    connection.execute(
        sql.SQL(
            "UPDATE {} AS file SET state = %(loaded)s, rows = entry.rows, size = entry.size, error_message = NULL,"
            " loaded_at = coalesce(entry.loaded_at, now()), processed_at = NULL"
            " FROM {} AS entry, {} AS pipeline WHERE pipeline.id = file.pipeline_id"
            " AND entry.source = organisation || '.' || dataset AND entry.file_name = file.id::text"
            " AND file.state IN (%(loading)s, %(failed)s) AND entry.state = %(processed)s"
            " AND entry.updated_timestamp >= file.started_processing_at"
        ).format(_FILES, _REGISTRY, _PIPELINES),
        {
            "loaded": UploadState.PROCESSING_DATAFLOW,
            "loading": UploadState.PROCESSING_DSS,
            "failed": UploadState.FAILED,
            "processed": FileState.PROCESSED,
        },
    )


def mark_delivered(connection: Connection) -> None:
    """Let the uploads whose table is in the datasets database say so.

    By the state of the run that serves them, so that nothing is lost where the process ends in between.
    """
    connection.execute(
        sql.SQL(
            "UPDATE {} AS file SET state = %s, processed_at = now(), error_message = NULL"
            " FROM {} AS entry, {} AS pipeline, {} AS run WHERE pipeline.id = file.pipeline_id"
            " AND entry.source = organisation || '.' || dataset AND entry.file_name = file.id::text"
            " AND run.id = entry.dataflow_run_id AND run.state = %s AND file.state = %s"
        ).format(_FILES, _REGISTRY, _PIPELINES, sql.Identifier(*DATAFLOW_RUN)),
        [UploadState.COMPLETED, DataflowState.SUCCESS, UploadState.PROCESSING_DATAFLOW],
    )


# Each part of the way has a time of its own, from when the part began. In the first the file has arrived and is only to
# be stored; the others leave a night for whoever has to mend something.
UPLOAD_TIMEOUT: Final = "1 hour"
LOAD_TIMEOUT: Final = "1 day"
COPY_TIMEOUT: Final = "1 day"

# Whom to tell is a setting of the web half: its pages add it.
NOT_RECEIVED: Final = (
    "The upload was interrupted before the whole file had arrived. Nothing of it was loaded. Upload the file again."
)
GIVEN_UP: Final = (
    "This was tried for a day without success, which is a problem of the service. Nothing of it was loaded. The file "
    "is kept: check its columns again to try once more."
)
NOT_COPIED: Final = (
    "The rows are loaded and the API serves them, but they have not been copied to Data Workspace for a day."
)


def give_up_stuck(connection: Connection) -> None:
    """Fail what did not arrive or was not loaded in its time, and say of what is loaded that it was not copied.

    What a process works on is not stuck, however long it takes.
    """
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %s, error_message = %s WHERE state = %s AND uploaded_at < now() - %s::interval"
        ).format(_FILES),
        [UploadState.FAILED, NOT_RECEIVED, UploadState.UPLOADING, UPLOAD_TIMEOUT],
    )
    connection.execute(
        _GIVE_UP,
        {
            "failed": UploadState.FAILED,
            "reason": GIVEN_UP,
            "waiting": WAITING_STATES,
            "timeout": LOAD_TIMEOUT,
            "processing": FileState.PROCESSING,
        },
    )
    connection.execute(
        sql.SQL(
            "UPDATE {} SET error_message = %(reason)s WHERE state = %(loaded)s"
            " AND loaded_at < now() - %(timeout)s::interval AND error_message IS DISTINCT FROM %(reason)s"
        ).format(_FILES),
        {"reason": NOT_COPIED, "loaded": UploadState.PROCESSING_DATAFLOW, "timeout": COPY_TIMEOUT},
    )


# Relies on `requeue_orphaned`, which leaves no row of the registry PROCESSING whose process is gone.
_GIVE_UP = sql.SQL("""
    UPDATE {files} AS file SET state = %(failed)s, error_message = %(reason)s
    FROM {pipelines} AS pipeline
    WHERE pipeline.id = file.pipeline_id AND file.state = ANY (%(waiting)s)
    AND file.started_processing_at < now() - %(timeout)s::interval
    AND NOT EXISTS (
        SELECT FROM {registry} AS entry
        WHERE entry.source = organisation || '.' || dataset AND entry.file_name = file.id::text
        AND entry.state = %(processing)s
    )
""").format(files=_FILES, pipelines=_PIPELINES, registry=_REGISTRY)

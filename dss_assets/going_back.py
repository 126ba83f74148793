"""The way back by one release, on the database as this release has migrated it: `python -m dss_assets go_back`.

Tables and columns stay, since the release before goes on beside them. What it would take for something else is brought
to what it knows: states that it has never heard of, and versions of uploads that it would load in another way than
their person has confirmed. It asks for nothing that is lost: files are kept, and are due again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from psycopg import sql

from dss_assets.database import Connection, is_alive
from dss_assets.errors import TransientError
from dss_web.shared.contract import REGISTRY, UPLOAD_FILE, UPLOAD_TASK, FileState, LoadMode, TaskOutcome, UploadState
from dss_web.shared.csv import Reading

_REGISTRY = sql.Identifier(*REGISTRY)
_FILES = sql.Identifier(*UPLOAD_FILE)
_TASKS = sql.Identifier(*UPLOAD_TASK)

_LOOK_SECONDS: Final = 1.0
# From when a file has arrived until its rows are loaded: what the release before may take up.
_WAITING: Final = [UploadState.UPLOADED, UploadState.VERIFIED, UploadState.PROCESSING_DSS]
# What the person of such a version reads there.
_UPLOAD_AGAIN: Final = (
    "The service went back to an earlier version of itself, which cannot load this file as you chose it. Nothing was "
    "loaded. Upload the file again."
)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How many rows were brought to what the release before knows."""

    due_files: int
    cancelled_uploads: int
    uploads_to_repeat: int


def go_back(connection: Connection, timeout_seconds: float, report: Callable[[str], None]) -> HandedOver:
    """Wait for the runs that load something now, then leave nothing that the release before cannot read.

    `connection` is in autocommit mode. This release's web app, worker and daemon must have stopped; its code server may
    still carry out runs. Raises TransientError where a run goes on for longer than `timeout_seconds`.
    """
    _wait_for_runs(connection, timeout_seconds, report)
    with connection.transaction():
        return HandedOver(_hand_over_due_files(connection), _fail_cancelled(connection), _fail_unreadable(connection))


def _wait_for_runs(connection: Connection, timeout_seconds: float, report: Callable[[str], None]) -> None:
    deadline = time.monotonic() + timeout_seconds
    told: list[str] = []
    while runs := _live_runs(connection):
        if time.monotonic() > deadline:
            raise TransientError(
                f"Nothing was handed over: after {timeout_seconds:g} seconds these runs still load files: "
                f"{', '.join(runs)}. Wait for their end or end them in the Dagster UI, and run go_back again."
            )
        if runs != told:
            report(f"Waiting for the end of {', '.join(runs)} …")
            told = runs
        time.sleep(_LOOK_SECONDS)


def _live_runs(connection: Connection) -> list[str]:
    """The runs that load files of the registry and whose process lives."""
    rows = connection.execute(
        sql.SQL("SELECT DISTINCT run_id FROM {} WHERE state = %s ORDER BY 1").format(_REGISTRY), [FileState.PROCESSING]
    ).fetchall()
    return [run_id for (run_id,) in rows if is_alive(connection, run_id)]


def _hand_over_due_files(connection: Connection) -> int:
    """Files that are due, which the release before knows as failed with a next attempt, are tried by it at once."""
    return connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %s, attempts = 0, next_attempt_at = now(), updated_timestamp = now(),"
            " error_message = 'It was due when the service went back to the release before.' WHERE state = %s"
        ).format(_REGISTRY),
        [FileState.FAILED, FileState.DUE],
    ).rowcount


def _fail_cancelled(connection: Connection) -> int:
    """The release before knows two ends of a version: completed and failed."""
    return connection.execute(
        sql.SQL("UPDATE {} SET state = %s, error_message = 'It was cancelled.' WHERE state = %s").format(_FILES),
        [UploadState.FAILED, UploadState.CANCELLED],
    ).rowcount


def _fail_unreadable(connection: Connection) -> int:
    """Versions that the release before could not show, or would load otherwise than confirmed."""
    rows = connection.execute(
        sql.SQL("SELECT id, column_names, reading, mode, left_out FROM {} WHERE state = ANY (%s)").format(_FILES),
        [_WAITING],
    ).fetchall()
    unreadable = [row[0] for row in rows if not _is_readable_before(*row[1:])]
    connection.execute(
        sql.SQL("UPDATE {} SET outcome = %s, finished_at = now() WHERE outcome = '' AND version_id = ANY (%s)").format(
            _TASKS
        ),
        [TaskOutcome.WITHDRAWN, unreadable],
    )
    return connection.execute(
        sql.SQL("UPDATE {} SET state = %s, error_message = %s WHERE id = ANY (%s)").format(_FILES),
        [UploadState.FAILED, _UPLOAD_AGAIN, unreadable],
    ).rowcount


def _is_readable_before(
    column_names: list[str] | None, reading: dict[str, Any] | None, mode: str, left_out: int | None
) -> bool:
    """Whether release 0.2 reads a version as this release does: CSV from its first line on, which replaces all rows."""
    if not column_names or mode != LoadMode.REPLACE or left_out:
        return False
    if reading is None:
        return True
    how = Reading.from_json(reading)
    return (
        how.is_plain
        and how.is_in_form_of_copy
        and how.header_lines == (1,)
        and [column.name for column in how.columns] == column_names
    )

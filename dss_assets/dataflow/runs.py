"""A run of data-flow, from the request to its end."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Final

from dss_assets.database import Connection, lock_dataflow
from dss_assets.dataflow import ledger
from dss_assets.dataflow.api import AcceptedRun, DataFlow, Obstacle, RequestRefused, RunStatus, StaleDag, UnknownRun
from dss_assets.dataflow.ledger import Run, RunningRun, Turn
from dss_assets.errors import TransientError
from dss_web.shared.contract import DataflowSituation, DataflowState

# From its start, not from the request: a run that waits in a queue has done nothing wrong.
LONGEST_RUN_SECONDS: Final = 6 * 3600
# Airflow begins a run within seconds. One that waits for longer is looked at: is the DAG paused, is there a scheduler?
_USUAL_WAIT_SECONDS: Final = 30
# Most tables are copied by then; from there on, a paused DAG may be why not (pausing stalls runs that have begun).
_USUAL_RUN_SECONDS: Final = 300
# Who refuses a look refuses the next one: often enough to see that it was mended, and too seldom to lock an account.
_REFUSED_LOOK_SECONDS: Final = 60

_STOPPED: Final = (
    "It is not asked for again by itself: materialise the dataflow asset, or have the upload copied again."
)


def trigger(
    connection: Connection, dataflow: DataFlow, source: str, table: str, schema: str | None = None
) -> Run | None:
    """Ask for one run that serves all files of `source` that wait for one.

    `schema` is that of the table, if it is not that of the source in the registry. The ledger goes by the source.
    None where data-flow still works on an earlier run over the same table: the files wait until it ends, so that
    a burst of files ends in few runs. Raises TransientError after noting the failure, after which the same run is due
    again, and RequestRefused after noting that it is not.
    """
    if run := _resume_cleared(connection, dataflow, source):
        return run
    with connection.transaction():
        lock_dataflow(connection)
        turn = ledger.take_turn(connection, dataflow, source, table)
        if turn is None:
            return None
        if not turn.is_repeated:
            ledger.claim_files(connection, turn.number, source)
    time.sleep(turn.seconds_to_wait)
    try:
        if turn.is_repeated:
            if dataflow.accepts_run_ids and (run := _adopt(connection, dataflow, turn)):
                return run
            # It has not begun, so that it will read what is loaded by now.
            ledger.claim_files(connection, turn.number, source)
        return _ask(connection, dataflow, turn, schema or source, table)
    except RequestRefused as error:
        stopped = RequestRefused(f"{error} {_STOPPED}", error.situation)
        ledger.stop(connection, turn.number, str(stopped), stopped.situation)
        raise stopped from error
    except TransientError as error:
        situation = DataflowSituation.STALE if isinstance(error, StaleDag) else DataflowSituation.UNANSWERED
        ledger.postpone(connection, turn.number, str(error), situation)
        raise


def _ask(connection: Connection, dataflow: DataFlow, turn: Turn, schema: str, table: str) -> Run:
    conf = {"data_uploader_schema_name": schema, "data_uploader_table_name": table}
    try:
        accepted = dataflow.begin(turn.run_id, conf)
    except StaleDag:
        raise
    except TransientError as error:
        # It may have been made all the same: a time-out, a server's error and a conflict do not tell.
        with suppress(TransientError, RequestRefused):
            if dataflow.accepts_run_ids and (run := _adopt(connection, dataflow, turn)):
                return run
        raise error
    return ledger.accept(connection, turn.number, accepted, dataflow.link(accepted.run_id))


def _adopt(connection: Connection, dataflow: DataFlow, turn: Turn) -> Run | None:
    """The run that an earlier request has made, None if there is none. Raises what keeps us from knowing."""
    try:
        dataflow.look_up(turn.run_id, "")
    except UnknownRun:
        return None
    return ledger.accept(connection, turn.number, AcceptedRun(turn.run_id), dataflow.link(turn.run_id))


def _resume_cleared(connection: Connection, dataflow: DataFlow, source: str) -> Run | None:
    """The last run, if it failed and somebody cleared it in Airflow since: it would run beside another one."""
    last = ledger.last_run(connection, source)
    if (
        last is None
        or last.state != DataflowState.FAILED
        or last.is_stopped
        or not (dataflow.accepts_run_ids and last.run_id)
        # It runs for too long: another one is wanted.
        or last.situation == DataflowSituation.OVERDUE
    ):
        return None
    try:
        status = dataflow.look_up(last.run_id, "")
    except (TransientError, RequestRefused):
        return None
    if status.state == DataflowState.FAILED:
        return None
    return ledger.resume(connection, last.id, status.started_at)


def poll(connection: Connection, dataflow: DataFlow) -> list[Run]:
    """Ask data-flow what became of the runs that it has not ended; those of which there is news, with their files.

    A run that works for longer than LONGEST_RUN_SECONDS counts as failed. A run that data-flow cannot be asked about
    stays as it is, with the reason in its row.
    """
    # Once for all runs, and only if one of them needs it.
    find_obstacle = cache(dataflow.find_obstacle)
    news = []
    for entry in ledger.running(connection):
        before = entry.run
        try:
            status = dataflow.look_up(before.run_id, before.execution_date)
        except UnknownRun as error:
            reason = f"{error} It is asked for again."
            after = ledger.finish(connection, before.id, DataflowState.FAILED, reason, DataflowSituation.LOST)
        except RequestRefused as error:
            after = ledger.describe(
                connection,
                before,
                before.started_at,
                f"{error} It is looked up again in a minute.",
                error.situation,
                _REFUSED_LOOK_SECONDS,
            )
        except TransientError as error:
            after = ledger.describe(connection, before, before.started_at, str(error), DataflowSituation.UNANSWERED)
        else:
            after = _follow(connection, dataflow, entry, status, find_obstacle)
        if (after.state, after.situation) != (before.state, before.situation):
            news.append(after)
    return news


def _follow(
    connection: Connection,
    dataflow: DataFlow,
    entry: RunningRun,
    status: RunStatus,
    find_obstacle: Callable[[], Obstacle | None],
) -> Run:
    run = entry.run
    if status.state == DataflowState.SUCCESS:
        return ledger.finish(connection, run.id, DataflowState.SUCCESS)
    name = f"data-flow's run {run.run_id} over {run.schema_name}.{run.table_name}"
    if status.state == DataflowState.FAILED:
        reason = dataflow.failure_reason(run.run_id)
        text = f"{name} failed. Its log in data-flow tells why. It is asked for again."
        return ledger.finish(connection, run.id, DataflowState.FAILED, text, "", reason)
    return _follow_unfinished(connection, entry, status, name, find_obstacle)


def _follow_unfinished(
    connection: Connection,
    entry: RunningRun,
    status: RunStatus,
    name: str,
    find_obstacle: Callable[[], Obstacle | None],
) -> Run:
    run = entry.run
    is_running = status.state == DataflowState.RUNNING
    started_at = (status.started_at or run.started_at or datetime.now(UTC)) if is_running else None
    is_slow = entry.seconds_running > _USUAL_RUN_SECONDS if is_running else entry.seconds_asked > _USUAL_WAIT_SECONDS
    obstacle = find_obstacle() if is_slow else None
    if obstacle:
        return ledger.describe(connection, run, started_at, f"{name} waits. {obstacle.text}", obstacle.situation)
    if is_running and entry.seconds_running > LONGEST_RUN_SECONDS:
        text = f"{name} had not ended {LONGEST_RUN_SECONDS // 3600} hours after its start. Another one is asked for."
        return ledger.finish(connection, run.id, DataflowState.FAILED, text, DataflowSituation.OVERDUE)
    if run.situation == DataflowSituation.CLEARED or (run.started_at and started_at != run.started_at):
        text = f"{name} was cleared in Airflow, and runs again there."
        return ledger.describe(connection, run, started_at, text, DataflowSituation.CLEARED)
    if is_slow and not is_running:
        text = f"{name} waits for its turn in Airflow's queue, behind other runs, or for a free worker."
        return ledger.describe(connection, run, started_at, text, DataflowSituation.QUEUED)
    return ledger.describe(connection, run, started_at)

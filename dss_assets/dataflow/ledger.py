"""The ledger of data-flow's runs: `operations.dataflow_run`.

Each run that we ask for is a row. The registry's rows point at the run that serves them, so that a file without a run,
or with a failed one, is known to be due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import sql
from psycopg.rows import class_row

from dss_assets.database import Connection
from dss_assets.dataflow.api import AcceptedRun, Runner
from dss_web.shared.contract import DATAFLOW_RUN, REGISTRY, DataflowSituation, DataflowState, FileState

RUNS = sql.Identifier(*DATAFLOW_RUN)
REGISTRY_TABLE = sql.Identifier(*REGISTRY)

# Literals, since an index over a condition is used only where the plan has its values.
STATES: Final = {
    "processed": sql.Literal(FileState.PROCESSED),
    "failed": sql.Literal(DataflowState.FAILED),
    "requested": sql.Literal(DataflowState.REQUESTED),
    "running": sql.Literal(DataflowState.RUNNING),
    "success": sql.Literal(DataflowState.SUCCESS),
}
# A loaded file that no run serves: the condition of the partial index.
WAITS: Final = sql.SQL("concerns_dataflow AND dataflow_run_id IS NULL AND state = {}").format(STATES["processed"])

# Whoever asks for a run has an answer or a fault within this time (`http.TIMEOUT_SECONDS`, twice: it also looks), or
# is gone.
_ASKING: Final = sql.SQL("interval '2 minutes'")
# After a failure a run is asked for again after 5 s, 10 s, 20 s … up to an hour.
_BACKOFF: Final = sql.SQL("least(5 * power(2, least(attempt - 1, 20)), 3600) * interval '1 second'")
# When a run is asked for (again) by itself, NULL for never. Rows of the release before have no `next_attempt_at`.
DUE_AT: Final = sql.SQL("""
    coalesce(next_attempt_at, CASE
        WHEN is_stopped THEN NULL
        WHEN state = {failed} THEN finished_at + {backoff}
        WHEN state = {requested} THEN requested_at + {asking}
    END)
""").format(backoff=_BACKOFF, asking=_ASKING, **STATES)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of data-flow over one of our tables. `files` are those that it serves, by name.

    `error_message` is for operators, in our words; `reason` is the end of data-flow's log, which may quote values.
    """

    id: int
    schema_name: str
    table_name: str
    state: str
    run_id: str
    execution_date: str
    error_message: str
    situation: str
    reason: str
    link: str
    is_stopped: bool
    started_at: datetime | None
    files: Sequence[str] = ()


_COLUMNS: Final = sql.SQL(", ").join(
    sql.Identifier("run", name) for name in Run.__dataclass_fields__ if name != "files"
)
_FILES: Final = sql.SQL("array(SELECT file_name FROM {} WHERE dataflow_run_id = run.id ORDER BY file_name)").format(
    REGISTRY_TABLE
)


def last_run(connection: Connection, source: str) -> Run | None:
    """The run that was last asked for."""
    with connection.cursor(row_factory=class_row(Run)) as cursor:
        return cursor.execute(
            sql.SQL("SELECT {} FROM {} AS run WHERE schema_name = %s ORDER BY id DESC LIMIT 1").format(_COLUMNS, RUNS),
            [source],
        ).fetchone()


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is to ask: the run's row, and whether data-flow may know the run already."""

    number: int
    run_id: str
    seconds_to_wait: float
    is_repeated: bool


def take_turn(connection: Connection, runner: Runner, source: str, table: str) -> Turn | None:
    """The row of the run to ask for, which nobody else asks for meanwhile. Within `lock_dataflow`.

    None while data-flow works on an earlier run over the table, or while it is not time to ask again for one that may
    have been made.
    """
    unfinished = connection.execute(
        sql.SQL(
            "SELECT id, run_id, state = {requested} AND {due_at} <= now() FROM {runs}"
            " WHERE schema_name = %s AND state IN ({requested}, {running}) ORDER BY id DESC LIMIT 1"
        ).format(runs=RUNS, due_at=DUE_AT, **STATES),
        [source],
    ).fetchone()
    if unfinished and not unfinished[2]:
        return None
    if unfinished is None:
        return Turn(*_insert(connection, runner, source, table), is_repeated=False)
    number = unfinished[0]
    connection.execute(sql.SQL("UPDATE {} SET attempt = attempt + 1 WHERE id = %s").format(RUNS), [number])
    run_id, seconds = _turn(connection, runner, number)
    return Turn(number, run_id, seconds, is_repeated=True)


def _insert(connection: Connection, runner: Runner, source: str, table: str) -> tuple[int, str, float]:
    row = connection.execute(
        sql.SQL(
            "INSERT INTO {runs} (schema_name, table_name, state, attempt, requested_at)"
            " SELECT %(schema)s, %(table)s, {requested}, 1 + coalesce((SELECT attempt FROM {runs}"
            " WHERE schema_name = %(schema)s AND id > coalesce("
            "(SELECT max(id) FROM {runs} WHERE schema_name = %(schema)s AND state = {success}), 0)"
            " ORDER BY id DESC LIMIT 1), 0), clock_timestamp()"
            " RETURNING id"
        ).format(runs=RUNS, **STATES),
        {"schema": source, "table": table},
    ).fetchone()
    assert row is not None
    return row[0], *_turn(connection, runner, row[0])


# The id has the time, so that a restored database does not ask for the run of another life, and at most 31 characters,
# which is what MWAA leaves of its 64 for a path. It stays for all requests: only with it is a run the same one. Rows of
# Airflow 1.10, and of the release before, have none.
_TURN = sql.SQL("""
    UPDATE {runs} AS run SET asked_at = turn.at, next_attempt_at = turn.at + {asking},
        configuration = %(configuration)s, run_id = CASE
            WHEN NOT %(accepts_ids)s THEN ''
            WHEN run_id LIKE 'dss-%%' THEN run_id
            ELSE 'dss-' || id || '-' || extract(epoch FROM turn.at)::bigint END
    FROM (SELECT greatest(clock_timestamp(), CASE WHEN %(seconds)s > 0 THEN
        (SELECT max(greatest(requested_at, asked_at)) FROM {runs} WHERE id <> %(id)s)
        + %(seconds)s * interval '1 second' END) AS at) AS turn
    WHERE id = %(id)s RETURNING run_id, extract(epoch FROM greatest(asked_at - clock_timestamp(), '0'))::float
""").format(runs=RUNS, asking=_ASKING)


def _turn(connection: Connection, runner: Runner, number: int) -> tuple[str, float]:
    """Give a run its id and its time, `seconds_between_runs` after the last one: the id, and the seconds until then."""
    row = connection.execute(
        _TURN,
        {
            "id": number,
            "seconds": runner.seconds_between_runs,
            "configuration": runner.configuration,
            "accepts_ids": runner.accepts_run_ids,
        },
    ).fetchone()
    assert row is not None
    return row[0], row[1]


# An array, and not a join, so that the files of failed runs and those without a run are each found by their index.
_CLAIM = sql.SQL("""
    UPDATE {registry} SET dataflow_run_id = %(run)s
    WHERE source = %(schema)s AND (({waits}) OR (state = {processed} AND dataflow_run_id = ANY (
        ARRAY(SELECT id FROM {runs} WHERE schema_name = %(schema)s AND state = {failed}))))
""").format(registry=REGISTRY_TABLE, runs=RUNS, waits=WAITS, **STATES)


def claim_files(connection: Connection, number: int, source: str) -> None:
    """Let a run that has not begun serve all files that wait for one."""
    connection.execute(_CLAIM, {"run": number, "schema": source})


def requeue(connection: Connection, source: str, files: Sequence[str]) -> None:
    """Make loaded files wait for a run again, whatever became of the one that served them, and ask for it now.

    A file whose run failed, or has not been accepted yet, waits for another attempt already: it keeps its run, so that
    one which data-flow turns out to have is not asked for a second time.
    """
    if not files:
        return
    connection.execute(
        sql.SQL(
            "UPDATE {registry} AS entry SET concerns_dataflow = true, dataflow_run_id = (SELECT id FROM {runs} AS run"
            " WHERE run.id = entry.dataflow_run_id AND run.state IN ({failed}, {requested}))"
            " WHERE source = %s AND file_name = ANY (%s)"
        ).format(registry=REGISTRY_TABLE, runs=RUNS, **STATES),
        [source, list(files)],
    )
    # A run without an error is being asked for just now.
    connection.execute(
        sql.SQL(
            "UPDATE {runs} SET next_attempt_at = now() WHERE schema_name = %s AND error_message <> ''"
            " AND state IN ({failed}, {requested}) AND id = (SELECT max(id) FROM {runs} WHERE schema_name = %s)"
        ).format(runs=RUNS, **STATES),
        [source, source],
    )


def accept(
    connection: Connection, number: int, accepted: AcceptedRun, link: str = "", started_at: datetime | None = None
) -> Run:
    """The run was accepted: follow it from now on. `started_at` is None where it waits to begin."""
    return _change(
        connection,
        number,
        sql.SQL(
            "state = {running}, run_id = %s, execution_date = %s, link = %s, started_at = %s, error_message = '',"
            " situation = '', next_attempt_at = NULL"
        ).format(**STATES),
        [accepted.run_id, accepted.execution_date, link, started_at],
    )


def postpone(connection: Connection, number: int, error: str, situation: str) -> None:
    """The run may have been made, or not: ask again for the same one, later each time."""
    _change(
        connection,
        number,
        sql.SQL("error_message = %s, situation = %s, next_attempt_at = now() + {}").format(_BACKOFF),
        [error, situation],
    )


def finish(
    connection: Connection, number: int, state: DataflowState, error: str = "", situation: str = "", reason: str = ""
) -> Run:
    """The run has ended. A failed one is asked for again, as another run."""
    return _change(
        connection,
        number,
        sql.SQL(
            "state = %s, error_message = %s, situation = %s, reason = %s, finished_at = now(), next_attempt_at = NULL"
        ),
        [state, error, situation, reason],
    )


def stop(connection: Connection, number: int, error: str, situation: str, reason: str = "") -> Run:
    """The run was refused. Nobody asks again before a person says so, the settings change, or another is accepted."""
    return _change(
        connection,
        number,
        sql.SQL(
            "state = {failed}, error_message = %s, situation = %s, reason = %s, is_stopped = true,"
            " finished_at = now(), next_attempt_at = NULL"
        ).format(**STATES),
        [error, situation, reason],
    )


def resume(connection: Connection, number: int, started_at: datetime | None) -> Run:
    """Somebody cleared the failed run in data-flow: follow it, and ask for no other one."""
    return _change(
        connection,
        number,
        sql.SQL(
            "state = {running}, error_message = '', situation = %s, reason = '', started_at = %s, finished_at = NULL,"
            " next_attempt_at = NULL"
        ).format(**STATES),
        [DataflowSituation.CLEARED, started_at],
    )


def describe(
    connection: Connection,
    run: Run,
    started_at: datetime | None,
    error: str = "",
    situation: str = "",
    seconds_to_next_look: float = 0,
) -> Run:
    """What a run that has not ended looks like now; written where it has changed."""
    if not seconds_to_next_look and (started_at, error, situation) == (
        run.started_at,
        run.error_message,
        run.situation,
    ):
        return run
    return _change(
        connection,
        run.id,
        sql.SQL(
            "started_at = %s, error_message = %s, situation = %s,"
            " next_attempt_at = now() + nullif(%s::float, 0) * interval '1 second'"
        ),
        [started_at, error, situation, seconds_to_next_look],
    )


def _change(connection: Connection, number: int, changes: sql.Composable, values: Sequence[object]) -> Run:
    with connection.cursor(row_factory=class_row(Run)) as cursor:
        run = cursor.execute(
            sql.SQL("UPDATE {} AS run SET {} WHERE id = %s RETURNING {}, {} AS files").format(
                RUNS, changes, _COLUMNS, _FILES
            ),
            [*values, number],
        ).fetchone()
    assert run is not None
    return run


@dataclass(frozen=True, slots=True)
class RunningRun:
    """A run that data-flow has accepted and not ended.

    `seconds_asked` and `seconds_running` are how long ago it was asked for, and it began (0 where it has not).
    """

    run: Run
    seconds_asked: float
    seconds_running: float


def running(connection: Connection) -> list[RunningRun]:
    """The runs that are to be looked up now."""
    with connection.cursor() as cursor:
        rows = cursor.execute(
            sql.SQL(
                "SELECT extract(epoch FROM now() - coalesce(asked_at, requested_at))::float,"
                " coalesce(extract(epoch FROM now() - started_at), 0)::float, {}, {} FROM {} AS run"
                " WHERE state = {running} AND coalesce(next_attempt_at, now()) <= now() ORDER BY id"
            ).format(_COLUMNS, _FILES, RUNS, **STATES)
        ).fetchall()
    return [RunningRun(Run(*fields), asked, running) for asked, running, *fields in rows]

"""The ledger of data-flow's runs: `operations.dataflow_run`.

Each run that we ask for is a row. The registry's rows point at the run that serves them, so that a file without a run,
or with a failed one, is known to be due.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from psycopg import sql
from psycopg.rows import class_row

from dss_assets.database import Connection, lock_dataflow
from dss_assets.dataflow.client import DataFlow, UnknownRun
from dss_assets.errors import TransientError
from dss_web.shared.contract import DATAFLOW_RUN, REGISTRY, DataflowState, FileState

_RUNS = sql.Identifier(*DATAFLOW_RUN)
_REGISTRY = sql.Identifier(*REGISTRY)

# Literals, since an index over a condition is used only where the plan has its values.
_STATES: Final = {
    "processed": sql.Literal(FileState.PROCESSED),
    "failed": sql.Literal(DataflowState.FAILED),
    "requested": sql.Literal(DataflowState.REQUESTED),
    "running": sql.Literal(DataflowState.RUNNING),
}
# A loaded file that no run serves: the condition of the partial index.
_WAITS: Final = sql.SQL("concerns_dataflow AND dataflow_run_id IS NULL AND state = {}").format(_STATES["processed"])

# A run that data-flow neither ends nor knows any more is given up after this time, and asked for again.
LONGEST_RUN: Final = "6 hours"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of data-flow over one of our tables. `files` are those that it serves, by name."""

    id: int
    schema_name: str
    table_name: str
    state: str
    run_id: str
    execution_date: str
    error_message: str
    files: tuple[str, ...] = ()


def trigger(
    connection: Connection, dataflow: DataFlow, source: str, table: str, schema: str | None = None
) -> Run | None:
    """Ask for one run that serves all files of `source` that wait for one.

    `schema` is that of the table, if it is not that of the source in the registry. The ledger goes by the source.
    None where data-flow still works on an earlier run over the same table: the files wait until it ends, so that
    a burst of files ends in few runs. Raises TransientError after noting the failure, which makes the files due again.
    """
    with connection.transaction():
        lock_dataflow(connection)
        if _unfinished(connection, source):
            return None
        number, seconds_to_turn, files = _claim(connection, source, table)
    time.sleep(seconds_to_turn)
    try:
        run_id, execution_date = dataflow.start(schema or source, table)
    except TransientError as fault:
        _finish(connection, number, DataflowState.FAILED, str(fault))
        raise
    connection.execute(
        sql.SQL("UPDATE {} SET state = %s, run_id = %s, execution_date = %s WHERE id = %s").format(_RUNS),
        [DataflowState.RUNNING, run_id, execution_date, number],
    )
    return Run(number, source, table, DataflowState.RUNNING, run_id, execution_date, "", files)


def _unfinished(connection: Connection, schema: str) -> bool:
    found = connection.execute(
        sql.SQL("SELECT 1 FROM {} WHERE schema_name = %s AND state IN (%s, %s)").format(_RUNS),
        [schema, DataflowState.REQUESTED, DataflowState.RUNNING],
    ).fetchone()
    return found is not None


# An array, and not a join, so that the files of failed runs and those without a run are each found by their index.
_CLAIM = sql.SQL("""
    UPDATE {registry} SET dataflow_run_id = %(run)s
    WHERE source = %(schema)s AND (({waits}) OR (state = {processed} AND dataflow_run_id = ANY (
        ARRAY(SELECT id FROM {runs} WHERE schema_name = %(schema)s AND state = {failed}))))
    RETURNING file_name
""").format(registry=_REGISTRY, runs=_RUNS, waits=_WAITS, **_STATES)


def _claim(connection: Connection, schema: str, table: str) -> tuple[int, float, tuple[str, ...]]:
    """A new run's row, the seconds until its turn, and the files that wait for it.

    Airflow 1.10 names runs by the second and refuses the second one within it, so that turns are a second apart.
    """
    row = connection.execute(
        sql.SQL(
            "INSERT INTO {runs} (schema_name, table_name, state, attempt, requested_at)"
            " SELECT %(schema)s, %(table)s, %(state)s,"
            " 1 + (SELECT count(*) FROM {runs} WHERE schema_name = %(schema)s AND id > coalesce("
            "(SELECT max(id) FROM {runs} WHERE schema_name = %(schema)s AND state = %(success)s), 0)),"
            " greatest(clock_timestamp(), (SELECT max(requested_at) FROM {runs}) + interval '1.1 seconds')"
            " RETURNING id, extract(epoch FROM greatest(requested_at - clock_timestamp(), interval '0'))::float"
        ).format(runs=_RUNS),
        {"schema": schema, "table": table, "state": DataflowState.REQUESTED, "success": DataflowState.SUCCESS},
    ).fetchone()
    assert row is not None
    number, seconds_to_turn = row
    files = connection.execute(_CLAIM, {"run": number, "schema": schema}).fetchall()
    return number, seconds_to_turn, tuple(sorted(name for (name,) in files))


def requeue(connection: Connection, schema: str, files: Sequence[str]) -> None:
    """Make loaded files wait for a run again, whatever became of the one that served them."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET dataflow_run_id = NULL, concerns_dataflow = true WHERE source = %s AND file_name = ANY (%s)"
        ).format(_REGISTRY),
        [schema, list(files)],
    )


def poll(connection: Connection, dataflow: DataFlow) -> list[Run]:
    """Ask data-flow what became of the runs that it has not ended; those that ended now, with their files.

    A run of which data-flow says nothing final for LONGEST_RUN counts as failed. A run that data-flow cannot be
    asked about stays as it is, with the reason in its row.
    """
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %s, finished_at = now(), error_message ="
            " 'It was asked for, but our process ended before data-flow had answered. It is asked for again.'"
            " WHERE state = %s AND requested_at < now() - interval '2 minutes'"
        ).format(_RUNS),
        [DataflowState.FAILED, DataflowState.REQUESTED],
    )
    ended = []
    for run, is_overdue in _running(connection):
        try:
            state = dataflow.state(run.execution_date)
        except UnknownRun as fault:
            ended.append(_finish(connection, run.id, DataflowState.FAILED, str(fault)))
            continue
        except TransientError as fault:
            state = ""
            connection.execute(
                sql.SQL("UPDATE {} SET error_message = %s WHERE id = %s").format(_RUNS), [str(fault), run.id]
            )
        if state == DataflowState.SUCCESS:
            ended.append(_finish(connection, run.id, DataflowState.SUCCESS, ""))
        elif state == DataflowState.FAILED:
            reason = (
                f"data-flow's run {run.run_id} over {run.schema_name}.{run.table_name} failed. Its log in data-flow "
                "tells why. It is asked for again."
            )
            ended.append(_finish(connection, run.id, DataflowState.FAILED, reason))
        elif is_overdue:
            reason = f"data-flow had not ended run {run.run_id} after {LONGEST_RUN}. It is asked for again."
            ended.append(_finish(connection, run.id, DataflowState.FAILED, reason))
    return ended


def _running(connection: Connection) -> list[tuple[Run, bool]]:
    """The runs that data-flow has not ended, each with whether it is overdue."""
    rows = connection.execute(
        sql.SQL(
            "SELECT id, schema_name, table_name, state, run_id, execution_date, error_message,"
            " requested_at < now() - %s::interval FROM {} WHERE state = %s ORDER BY id"
        ).format(_RUNS),
        [LONGEST_RUN, DataflowState.RUNNING],
    ).fetchall()
    return [(Run(*fields), is_overdue) for *fields, is_overdue in rows]


def _finish(connection: Connection, number: int, state: DataflowState, reason: str) -> Run:
    with connection.cursor(row_factory=class_row(Run)) as cursor:
        run = cursor.execute(
            sql.SQL(
                "UPDATE {runs} AS run SET state = %s, error_message = %s, finished_at = now() WHERE id = %s"
                " RETURNING id, schema_name, table_name, state, run_id, execution_date, error_message,"
                " array(SELECT file_name FROM {registry} WHERE dataflow_run_id = run.id ORDER BY file_name) AS files"
            ).format(runs=_RUNS, registry=_REGISTRY),
            [state, reason, number],
        ).fetchone()
    assert run is not None
    return run


# Relies on the partial index over files that no run serves, and on that over the runs by source: both are read by
# leaps from one source to the next, so that the cost grows with the number of sources alone. Only the last run of a
# source can have failed with files that still wait for another one: each run claims those of the failed ones before it.
_DUE = sql.SQL("""
    WITH RECURSIVE unserved (source) AS (
        SELECT min(source) FROM {registry} WHERE {waits}
        UNION ALL
        SELECT (SELECT min(source) FROM {registry} WHERE {waits} AND source > unserved.source)
        FROM unserved WHERE source IS NOT NULL
    ), served (source) AS (
        SELECT min(schema_name) FROM {runs}
        UNION ALL
        SELECT (SELECT min(schema_name) FROM {runs} WHERE schema_name > served.source)
        FROM served WHERE source IS NOT NULL
    ), last AS (
        SELECT run.* FROM served CROSS JOIN LATERAL
            (SELECT * FROM {runs} WHERE schema_name = served.source ORDER BY id DESC LIMIT 1) AS run
    ), due (source, file_name) AS (
        SELECT source, (SELECT max(file_name) FROM {registry} AS entry WHERE {waits} AND entry.source = unserved.source)
        FROM unserved WHERE source IS NOT NULL
        UNION ALL
        SELECT last.schema_name,
            (SELECT max(file_name) FROM {registry} WHERE dataflow_run_id = last.id AND state = {processed})
        FROM last WHERE state = {failed} AND finished_at
            + least(5 * power(2, least(attempt - 1, 20)), 3600) * interval '1 second' <= now()
    )
    SELECT source, max(file_name) FROM due
    WHERE file_name IS NOT NULL AND NOT EXISTS
        (SELECT FROM {runs} AS run WHERE run.schema_name = due.source AND run.state IN ({requested}, {running}))
    GROUP BY source ORDER BY source
""").format(registry=_REGISTRY, runs=_RUNS, waits=_WAITS, **_STATES)


def due_sources(connection: Connection) -> dict[str, str]:
    """The sources in the registry for whose loaded files data-flow is to be asked now, each with one of these files.

    After a failed run its files wait 5 s, 10 s, 20 s … up to an hour. Files whose table data-flow is at work on are
    not due before it ends.
    """
    return dict(connection.execute(_DUE).fetchall())

"""6: tell data-flow that a table has new rows, and follow what becomes of it.

data-flow is an Airflow with the experimental API (contract of 1.10: POST …/dag_runs, GET …/dag_runs/{execution_date}).
Each run that we ask for is a row of `operations.dataflow_run`; the registry's rows point at the run that serves
them, so that a file without a run, or with a failed one, is known to wait.
"""

import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import mohawk
import requests
from psycopg import sql
from psycopg.rows import class_row

from dss_assets.faults import OutOfReach
from dss_assets.loading.connection import Connection
from dss_web.registry.contract import DATAFLOW_RUN, REGISTRY, DataflowState, FileState

_RUNS = sql.Identifier(*DATAFLOW_RUN)
_REGISTRY = sql.Identifier(*REGISTRY)

TIMEOUT_SECONDS: Final = (10, 30)
# A run that data-flow neither ends nor knows any more is given up after this time, and asked for again.
LONGEST_RUN: Final = "6 hours"
JSON_TYPE: Final = "application/json"


class UnknownRun(OutOfReach):
    """data-flow does not know the run that it was asked about: it will never end."""


class DataFlow:
    """data-flow's HTTP API. Each call raises OutOfReach where data-flow does not do its part."""

    def __init__(self, base_url: str, dag_id: str, hawk_id: str, hawk_key: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._runs_url = f"{self.base_url}/api/experimental/dags/{quote(dag_id)}/dag_runs"
        self._credentials = {"id": hawk_id, "key": hawk_key, "algorithm": "sha256"}
        self._session = requests.Session()

    def start(self, schema: str, table: str) -> tuple[str, str]:
        """Ask for a run over a table: its run id and execution date."""
        conf = {"data_uploader_schema_name": schema, "data_uploader_table_name": table}
        answer = self._call("POST", self._runs_url, json.dumps({"conf": conf}))
        try:
            return str(answer["run_id"]), str(answer["execution_date"])
        except KeyError as error:
            raise OutOfReach(f"{self._runs_url} accepted a run but named no {error}: {answer}.") from error

    def state(self, execution_date: str) -> str:
        """What data-flow says of a run; only 'success' and 'failed' are final. Raises UnknownRun, too."""
        url = f"{self._runs_url}/{execution_date.removesuffix('+00:00')}"
        return str(self._call("GET", url, "").get("state"))

    def _call(self, method: str, url: str, body: str) -> Mapping[str, Any]:
        content_type = JSON_TYPE if body else ""
        # As a file: mohawk writes a str or bytes content into a debug line even when nobody logs it.
        sender = mohawk.Sender(
            self._credentials, url, method, content=io.BytesIO(body.encode()), content_type=content_type
        )
        headers = {"Authorization": sender.request_header, "Content-Type": content_type}
        try:
            response = self._session.request(method, url, data=body.encode(), headers=headers, timeout=TIMEOUT_SECONDS)
        except requests.RequestException as error:
            raise OutOfReach(f"data-flow did not answer {method} {url}: {error}. It is asked again.") from error
        if response.status_code != HTTPStatus.OK:
            is_unknown_run = method == "GET" and response.status_code == HTTPStatus.NOT_FOUND
            raise (UnknownRun if is_unknown_run else OutOfReach)(
                f"data-flow answered {method} {url} with {response.status_code} {response.reason}, not with 200: "
                f"{response.text[:500]}. It is asked again."
            )
        try:
            answer = response.json()
        except ValueError as error:
            raise OutOfReach(f"data-flow answered {method} {url} without JSON: {response.text[:500]}.") from error
        if not isinstance(answer, dict):
            raise OutOfReach(f"data-flow answered {method} {url} with {answer!r}, not with an object.")
        return answer


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


def send(connection: Connection, dataflow: DataFlow, schema: str, table: str) -> Run | None:
    """Ask for one run that serves all files of `schema` that wait for one.

    None where data-flow still works on an earlier run over the same table: the files wait until it ends, so that
    a burst of files ends in few runs. Raises OutOfReach after noting the failure, which makes the files due again.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('dataflow', 0))")
        if _unfinished(connection, schema):
            return None
        number, seconds_to_turn, files = _claim(connection, schema, table)
    time.sleep(seconds_to_turn)
    try:
        run_id, execution_date = dataflow.start(schema, table)
    except OutOfReach as fault:
        _finish(connection, number, DataflowState.FAILED, str(fault))
        raise
    connection.execute(
        sql.SQL("UPDATE {} SET state = %s, run_id = %s, execution_date = %s WHERE id = %s").format(_RUNS),
        [DataflowState.RUNNING, run_id, execution_date, number],
    )
    return Run(number, schema, table, DataflowState.RUNNING, run_id, execution_date, "", files)


def _unfinished(connection: Connection, schema: str) -> bool:
    found = connection.execute(
        sql.SQL("SELECT 1 FROM {} WHERE schema_name = %s AND state IN (%s, %s)").format(_RUNS),
        [schema, DataflowState.REQUESTED, DataflowState.RUNNING],
    ).fetchone()
    return found is not None


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
    files = connection.execute(
        sql.SQL(
            "UPDATE {registry} AS entry SET dataflow_run_id = %(run)s"
            " WHERE source = %(schema)s AND state = %(processed)s AND (dataflow_run_id IS NULL OR EXISTS"
            " (SELECT FROM {runs} AS run WHERE run.id = entry.dataflow_run_id AND run.state = %(failed)s))"
            " RETURNING file_name"
        ).format(registry=_REGISTRY, runs=_RUNS),
        {"run": number, "schema": schema, "processed": FileState.PROCESSED, "failed": DataflowState.FAILED},
    ).fetchall()
    return number, seconds_to_turn, tuple(sorted(name for (name,) in files))


def forget(connection: Connection, schema: str, files: Sequence[str]) -> None:
    """Make loaded files wait for a run again, whatever became of the one that served them."""
    connection.execute(
        sql.SQL("UPDATE {} SET dataflow_run_id = NULL WHERE source = %s AND file_name = ANY (%s)").format(_REGISTRY),
        [schema, list(files)],
    )


def follow(connection: Connection, dataflow: DataFlow) -> list[Run]:
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
        except OutOfReach as fault:
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


def waiting(connection: Connection) -> dict[str, list[str]]:
    """The loaded files, by their dataset's key, that no run serves and that are due for one now.

    After a failed run its files wait 5 s, 10 s, 20 s … up to an hour. Files whose table data-flow is at work on are
    not due before it ends.
    """
    rows = connection.execute(
        sql.SQL(
            "SELECT entry.source, array_agg(entry.file_name ORDER BY entry.file_name) FROM {registry} AS entry"
            " LEFT JOIN {runs} AS run ON run.id = entry.dataflow_run_id"
            " WHERE entry.state = %(processed)s AND (run.id IS NULL OR (run.state = %(failed)s AND"
            " run.finished_at + least(5 * power(2, least(run.attempt - 1, 20)), 3600) * interval '1 second' <= now()))"
            " AND NOT EXISTS (SELECT FROM {runs} AS other WHERE other.schema_name = entry.source"
            " AND other.state IN (%(requested)s, %(running)s)) GROUP BY entry.source"
        ).format(registry=_REGISTRY, runs=_RUNS),
        {
            "processed": FileState.PROCESSED,
            "failed": DataflowState.FAILED,
            "requested": DataflowState.REQUESTED,
            "running": DataflowState.RUNNING,
        },
    ).fetchall()
    return {source: list(files) for source, files in rows}

"""data-flow's stand-in: the experimental API of Airflow 1.10 behind HAWK, with one DAG, DSSGenericPipeline.

API: https://airflow.apache.org/docs/apache-airflow/1.10.15/rest-api-ref.html (POST and GET …/dag_runs).
"""

import argparse
import io
import json
import os
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import mohawk
from mohawk.exc import HawkFail
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from infra.local.dataflow_pipeline import Pipeline, RunFailed
from infra.local.http import HttpServer, Request

DAG_ID = "DSSGenericPipeline"
RUNS_PATH = "/api/experimental/dags/<dag>/dag_runs"
# The stand-in does not need more, and a machine with two cores is not to be kept from other work.
RUNS_AT_ONCE = 2
# Longer than mohawk lets a timestamp be old (60 s), so that no nonce is forgotten while its request would be accepted.
NONCE_SECONDS = 300


class DataFlow(HttpServer):
    """Runs the pipeline over the tables that its callers name.

    Runs are stored in `folder`, so that a restart goes on with those that had not ended. For tests: the next
    `failing_runs` runs fail, and runs begin only while the event `may_run` is set.
    """

    routes: ClassVar[Map] = Map(
        [
            Rule("/", endpoint="list_runs"),
            Rule(RUNS_PATH, endpoint="create_run", methods=["POST"]),
            Rule(f"{RUNS_PATH}/<date>", endpoint="run_state", methods=["GET"]),
        ]
    )

    def __init__(self, pipeline: Pipeline, callers: dict[str, str], folder: Path, port: int = 0) -> None:
        """`callers` are the HAWK ids that may ask for runs, with their keys."""
        super().__init__(port)
        self.failing_runs = 0
        self.may_run = threading.Event()
        self.may_run.set()
        self.pipeline = pipeline
        self._callers = callers
        self._nonces: dict[tuple[str, str], float] = {}
        self._run_lock = threading.RLock()
        self._workers = ThreadPoolExecutor(RUNS_AT_ONCE)
        folder.mkdir(parents=True, exist_ok=True)
        self._runs = sqlite3.connect(folder / "dag_runs.sqlite3", check_same_thread=False, isolation_level=None)
        self._runs.row_factory = sqlite3.Row
        self._runs.execute("PRAGMA journal_mode = WAL")
        self._runs.execute(
            "CREATE TABLE IF NOT EXISTS dag_run (execution_date TEXT PRIMARY KEY, schema_name TEXT, table_name TEXT,"
            " state TEXT, log TEXT)"
        )

    def start(self) -> None:
        """Listen, and go on with the runs that had not ended."""
        super().start()
        for run in self.runs("running"):
            self._workers.submit(self._work, run["execution_date"], run["schema_name"], run["table_name"])

    def runs(self, state: str | None = None) -> list[dict[str, Any]]:
        """All runs in the order in which they were asked for; those in one state only."""
        with self._run_lock:
            rows = self._runs.execute("SELECT * FROM dag_run ORDER BY execution_date").fetchall()
        return [dict(row) for row in rows if state in {None, row["state"]}]

    def list_runs(self, request: Request) -> Response:
        """For people: every run with its end, one a line."""
        lines = (
            f"{run['execution_date']} {run['schema_name']}.{run['table_name']} {run['state']}: {run['log']}\n"
            for run in self.runs()
        )
        return Response("".join(lines), mimetype="text/plain")

    def create_run(self, request: Request, dag: str) -> Response:
        """Accept a run, and begin it as soon as a worker is free."""
        if (refusal := self._refusal(request, dag)) is not None:
            return refusal
        body = request.get_data()
        try:
            conf = json.loads(body)["conf"]
            schema, table = conf["data_uploader_schema_name"], conf["data_uploader_table_name"]
        except (ValueError, KeyError, TypeError) as error:
            return _json(400, {"error": f"The body is not {{'conf': {{…}}}} as DSSGenericPipeline takes it: {error!r}"})
        # Airflow cuts off the fraction: a second run within the second has the first one's id and is refused.
        execution_date = datetime.now(UTC).replace(microsecond=0).isoformat()
        run_id = f"manual__{execution_date}"
        with self._run_lock:
            try:
                self._runs.execute(
                    "INSERT INTO dag_run VALUES (?, ?, ?, 'running', '')", [execution_date, schema, table]
                )
            except sqlite3.IntegrityError:
                return _json(400, {"error": f"Run id {run_id} already exists for dag id {DAG_ID}"})
        self._workers.submit(self._work, execution_date, schema, table)
        message = f"Created <DagRun {DAG_ID} @ {execution_date}: {run_id}, externally triggered: True>"
        return _json(200, {"execution_date": execution_date, "message": message, "run_id": run_id})

    def run_state(self, request: Request, dag: str, date: str) -> Response:
        """How far a run is."""
        if (refusal := self._refusal(request, dag)) is not None:
            return refusal
        for run in self.runs():
            if run["execution_date"].removesuffix("+00:00") == date.removesuffix("+00:00"):
                return _json(200, {"state": run["state"]})
        return _json(404, {"error": f"Dag Run for date {date} not found in dag {DAG_ID}"})

    def _refusal(self, request: Request, dag: str) -> Response | None:
        """The answer to a caller who is not let in, or asks for a DAG that we do not have; otherwise None."""
        try:
            mohawk.Receiver(
                lambda caller: {"id": caller, "key": self._callers[caller], "algorithm": "sha256"},
                request.headers["Authorization"],
                request.signed_url,
                request.method,
                content=io.BytesIO(request.get_data()),
                content_type=request.headers.get("Content-Type", ""),
                seen_nonce=self._is_used,
            )
        except KeyError as error:
            return _json(401, {"error": f"unknown or missing: {error}"})
        except HawkFail as error:
            return _json(401, {"error": f"{type(error).__name__}: {error}"})
        return None if dag == DAG_ID else _json(404, {"error": f"Dag id {dag} not found in DagModel"})

    def _is_used(self, caller: str, nonce: str, timestamp: str) -> bool:
        with self._run_lock:
            oldest = time.monotonic() - NONCE_SECONDS
            self._nonces = {key: seen for key, seen in self._nonces.items() if seen > oldest}
            is_used = (caller, nonce) in self._nonces
            self._nonces[caller, nonce] = time.monotonic()
        return is_used

    def _work(self, execution_date: str, schema: str, table: str) -> None:
        self.may_run.wait()
        try:
            with self._run_lock:
                is_to_fail = self.failing_runs > 0
                self.failing_runs -= is_to_fail
            if is_to_fail:
                raise RunFailed("It was told to fail.")
            rows = self.pipeline.run(schema, table, execution_date.replace("+00:00", ""))
            state, log = "success", f"{rows:,} rows"
        except RunFailed as failure:
            state, log = "failed", str(failure)
        except Exception as error:  # whatever it is, the run has ended and its asker must learn that
            state, log = "failed", f"{type(error).__name__}: {error}"
        print(f"{execution_date} {schema}.{table}: {state}: {log}", flush=True)
        with self._run_lock:
            self._runs.execute(
                "UPDATE dag_run SET state = ?, log = ? WHERE execution_date = ?", [state, log, execution_date]
            )


def _json(status: int, body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")


def main() -> None:
    """Keys come from the environment, where other users of the machine do not see them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default=DataFlow.host)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--web-url", required=True)
    options = parser.parse_args()
    environment = os.environ
    pipeline = Pipeline(
        options.web_url,
        environment["DATAFLOW_READER_HAWK_ID"],
        environment["DATAFLOW_READER_HAWK_KEY"],
        environment["DATAFLOW_DATASETS_DATABASE_URL"],
        options.folder,
    )
    callers = {environment["DATAFLOW_HAWK_ID"]: environment["DATAFLOW_HAWK_KEY"]}
    dataflow = DataFlow(pipeline, callers, options.folder, options.port)
    dataflow.host = options.host
    with dataflow:
        threading.Event().wait()


if __name__ == "__main__":
    main()

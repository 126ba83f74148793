"""data-flow's stand-in: the APIs of Airflow 1.10 (with HAWK), 2 and 3, with one DAG, DSSGenericPipeline.

The experimental API: https://airflow.apache.org/docs/apache-airflow/1.10.15/rest-api-ref.html. The other two: as seen
on Airflow 2.11.2 and 3.3.2.
"""

import argparse
import io
import json
import os
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import mohawk
from mohawk.exc import HawkFail
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from infra.local.airflow_rest import DAG_ID, AirflowRest
from infra.local.dag_runs import DagRuns, DuplicateRun
from infra.local.dataflow_pipeline import Pipeline
from infra.local.http import HttpServer, Request

RUNS_PATH = "/api/experimental/dags/<dag>/dag_runs"
# Longer than mohawk lets a timestamp be old (60 s), so that no nonce is forgotten while its request would be accepted.
NONCE_SECONDS = 300


def _rest_rules(version: int) -> list[Rule]:
    """The routes of Airflow 2 or 3 below /api/v1 or /api/v2."""
    prefix, run = f"/api/v{version - 1}", "dagRuns/<run_id>"
    paths = {
        "rest_health": {2: "/health", 3: "/monitor/health"}[version],
        "rest_dag": "/dags/<dag>",
        "rest_create_run": "/dags/<dag>/dagRuns",
        "rest_run": f"/dags/<dag>/{run}",
        "rest_tasks": f"/dags/<dag>/{run}/taskInstances",
        "rest_log": f"/dags/<dag>/{run}/taskInstances/<task>/logs/<int:number>",
    }
    return [
        Rule(
            prefix + path,
            endpoint=endpoint,
            methods=["POST" if endpoint == "rest_create_run" else "GET"],
            defaults={"version": version},
        )
        for endpoint, path in paths.items()
    ]


class DataFlow(HttpServer):
    """Runs the pipeline over the tables that its callers name. `dag` has its runs, `rest` what Airflow 2 and 3 say."""

    routes: ClassVar[Map] = Map(
        [
            Rule("/", endpoint="list_runs"),
            Rule(RUNS_PATH, endpoint="create_run", methods=["POST"]),
            Rule(f"{RUNS_PATH}/<date>", endpoint="run_state", methods=["GET"]),
            Rule("/auth/token", endpoint="create_token", methods=["POST"]),
            *_rest_rules(2),
            *_rest_rules(3),
        ]
    )

    def __init__(
        self,
        pipeline: Pipeline,
        callers: dict[str, str],
        folder: Path,
        port: int = 0,
        people: Mapping[str, str] | None = None,
    ) -> None:
        """`callers` are the HAWK ids that may ask for runs, with their keys; `people` the users and their passwords."""
        super().__init__(port)
        self.dag = DagRuns(pipeline, folder)
        self.rest = AirflowRest(self.dag, people or {})
        self._callers = callers
        self._nonces: dict[tuple[str, str], float] = {}
        self._nonce_lock = threading.Lock()

    def start(self) -> None:
        """Listen, and go on with the runs that had not ended."""
        super().start()
        self.dag.go_on()

    def list_runs(self, request: Request) -> Response:
        """For people: every run with its end, one a line."""
        lines = (
            f"{run['run_id']} {run['schema_name']}.{run['table_name']} {run['state']}: {run['log']}\n"
            for run in self.dag.all()
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
        try:
            self.dag.add(run_id, execution_date, schema, table)
        except DuplicateRun:
            return _json(400, {"error": f"Run id {run_id} already exists for dag id {DAG_ID}"})
        message = f"Created <DagRun {DAG_ID} @ {execution_date}: {run_id}, externally triggered: True>"
        return _json(200, {"execution_date": execution_date, "message": message, "run_id": run_id})

    def run_state(self, request: Request, dag: str, date: str) -> Response:
        """How far a run is. Airflow 1.10 has no queue before its runs."""
        if (refusal := self._refusal(request, dag)) is not None:
            return refusal
        for run in self.dag.all():
            if (run["execution_date"] or "").removesuffix("+00:00") == date.removesuffix("+00:00"):
                return _json(200, {"state": "running" if run["state"] == "queued" else run["state"]})
        return _json(404, {"error": f"Dag Run for date {date} not found in dag {DAG_ID}"})

    def create_token(self, request: Request) -> Response:
        """A token for a user and a password."""
        return self.rest.create_token(request)

    def rest_create_run(self, request: Request, version: int, dag: str) -> Response:
        """Accept a run, with the id that it is given."""
        return self.rest.refusal(request, version, dag) or self.rest.create_run(request, version)

    def rest_run(self, request: Request, version: int, dag: str, run_id: str) -> Response:
        """How far a run is."""
        return self.rest.refusal(request, version, dag) or self.rest.show_run(run_id)

    def rest_dag(self, request: Request, version: int, dag: str) -> Response:
        """Whether the DAG can run."""
        return self.rest.refusal(request, version, dag) or self.rest.show_dag()

    def rest_tasks(self, request: Request, version: int, dag: str, run_id: str) -> Response:
        """The tasks of a run."""
        return self.rest.refusal(request, version, dag) or self.rest.list_tasks(run_id)

    def rest_log(self, request: Request, version: int, dag: str, run_id: str, task: str, number: int) -> Response:
        """The log of a task's try."""
        return self.rest.refusal(request, version, dag) or self.rest.show_log(version, run_id)

    def rest_health(self, request: Request, version: int) -> Response:
        """How Airflow is, without a login."""
        return self.rest.show_health()

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
        with self._nonce_lock:
            oldest = time.monotonic() - NONCE_SECONDS
            self._nonces = {key: seen for key, seen in self._nonces.items() if seen > oldest}
            is_used = (caller, nonce) in self._nonces
            self._nonces[caller, nonce] = time.monotonic()
        return is_used


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
    # Airflow 1.10 knows us by a key, and the others know the same name by a password.
    dataflow = DataFlow(pipeline, callers, options.folder, options.port, people=callers)
    dataflow.host = options.host
    with dataflow:
        threading.Event().wait()


if __name__ == "__main__":
    main()

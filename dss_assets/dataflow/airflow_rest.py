"""What the REST APIs of Airflow 2 and 3 have in common: runs with ids of ours, and what they say of themselves.

Sources, seen 2026-11: https://airflow.apache.org/docs/apache-airflow/2.11.2/stable-rest-api-ref.html and
https://airflow.apache.org/docs/apache-airflow/3.3.2/stable-rest-api-ref.html.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar, Final
from urllib.parse import quote

import requests

from dss_assets.dataflow.api import AcceptedRun, Obstacle, RequestRefused, RunStatus, StaleDag, UnknownRun
from dss_assets.dataflow.credentials import Credentials
from dss_assets.dataflow.http import JSON_TYPE, Answer, UnexpectedStatus, as_refusal, json_object, send
from dss_assets.errors import IngestionError, TransientError
from dss_web.shared.contract import DataflowSituation

# A reason is read by people: the end of a log that is longer says no more.
MAX_REASON_CHARACTERS: Final = 1000
_UNPAUSE: Final = "It begins by itself once somebody unpauses the DAG in Airflow."


class AirflowRest:
    """One DAG of an Airflow. A subclass says where its API is, what a request looks like, and how logs are read."""

    accepts_run_ids = True
    seconds_between_runs = 0.0
    prefix: ClassVar[str]
    # Where Airflow says how it is, without a login.
    health_path: ClassVar[str]

    def __init__(
        self, base_url: str, dag_id: str, credentials: Credentials, configuration: str = "", web_url: str = ""
    ) -> None:
        """`web_url` is where people open Airflow, if not at `base_url`."""
        self.base_url = base_url.rstrip("/")
        self.configuration = configuration
        self.web_url = web_url.rstrip("/") or self.base_url
        self.dag_id = dag_id
        self._dag_url = f"{self.base_url}{self.prefix}/dags/{quote(dag_id, safe='')}"
        self._credentials = credentials
        self._session = requests.Session()

    def begin(self, run_id: str, conf: Mapping[str, Any]) -> AcceptedRun:
        """Ask for a run of this id. A second time, Airflow answers 409, and makes no other one."""
        try:
            answer = self._json("POST", f"{self._dag_url}/dagRuns", self.request_body(run_id, conf))
        except UnexpectedStatus as error:
            if error.status == HTTPStatus.NOT_FOUND:
                raise self._no_dag(error) from error
            raise as_refusal(error) from error
        return AcceptedRun(str(answer.get("dag_run_id") or run_id))

    def look_up(self, run_id: str, execution_date: str) -> RunStatus:
        """How far the run of this id is."""
        try:
            answer = self._json("GET", self._run_url(run_id))
        except UnexpectedStatus as error:
            if error.status == HTTPStatus.NOT_FOUND and _is_of_airflow(error):
                raise UnknownRun(f"{error}. It never began, or was deleted in Airflow.") from error
            raise as_refusal(error) from error
        return RunStatus(str(answer.get("state")), _moment(answer.get("start_date")))

    def failure_reason(self, run_id: str) -> str:
        """The task that failed first, and the end of its log; '' where Airflow does not tell."""
        try:
            tasks = self._json("GET", f"{self._run_url(run_id)}/taskInstances").get("task_instances")
            failed = [task for task in tasks or () if task.get("state") == "failed"]
            if not failed:
                return ""
            task = min(failed, key=lambda task: str(task.get("end_date")))
            log = self.end_of_log(
                f"{self._run_url(run_id)}/taskInstances/{quote(str(task['task_id']), safe='')}"
                f"/logs/{int(task['try_number'])}?full_content=true"
                + (f"&map_index={int(task['map_index'])}" if task.get("map_index", -1) != -1 else "")
            )
        # Whatever its shape, what Airflow says of a failure must not become another one.
        except (IngestionError, AttributeError, KeyError, TypeError, ValueError):
            return ""
        return f"Task {task['task_id']}, try {task['try_number']}: {log}"[:MAX_REASON_CHARACTERS]

    def find_obstacle(self) -> Obstacle | None:
        """A DAG that is paused or gone, or no scheduler."""
        try:
            dag = self._json("GET", self._dag_url)
            if dag.get("is_paused"):
                return Obstacle(DataflowSituation.PAUSED, f"The DAG {self.dag_id} is paused in Airflow. {_UNPAUSE}")
            if self.is_stale(dag):
                text = f"Airflow's parser has not found the DAG {self.dag_id} lately. Look at its import errors."
                return Obstacle(DataflowSituation.STALE, text)
            scheduler = self._json("GET", f"{self.base_url}{self.health_path}").get("scheduler")
        except IngestionError:
            return None
        if isinstance(scheduler, dict) and scheduler.get("status") == "unhealthy":
            since = scheduler.get("latest_scheduler_heartbeat")
            text = f"Airflow's scheduler has not been heard of since {since}. Runs begin once it is back."
            return Obstacle(DataflowSituation.NO_SCHEDULER, text)
        return None

    def request_body(self, run_id: str, conf: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is sent to ask for a run."""
        raise NotImplementedError

    def is_stale(self, dag: Mapping[str, Any]) -> bool:
        """Whether Airflow knows a DAG only from earlier."""
        raise NotImplementedError

    def end_of_log(self, url: str) -> str:
        """Why a task failed, from its log."""
        raise NotImplementedError

    def link(self, run_id: str) -> str:
        """The page of a run, for people."""
        raise NotImplementedError

    def _no_dag(self, error: UnexpectedStatus) -> IngestionError:
        """A DAG whose file is read just now gets 404 like one that was never there. Airflow tells them apart here."""
        try:
            self._json("GET", self._dag_url)
        except UnexpectedStatus as second:
            return as_refusal(error if second.status == HTTPStatus.NOT_FOUND else second)
        except (TransientError, RequestRefused) as fault:
            return fault
        return StaleDag(
            f"{error}. Airflow knows the DAG and does not run it at present: its parser is behind, or its file has an "
            "error, which Airflow shows as an import error. It is asked again."
        )

    def _run_url(self, run_id: str) -> str:
        return f"{self._dag_url}/dagRuns/{quote(run_id, safe='')}"

    def _json(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        return json_object(self.call(method, url, body))

    def call(self, method: str, url: str, body: Mapping[str, Any] | None = None, accept: str = JSON_TYPE) -> Answer:
        """The answer to a request of ours; repeated once with a new token if the old one has expired."""
        headers = {"Accept": accept} | ({"Content-Type": JSON_TYPE} if body is not None else {})
        content = None if body is None else json.dumps(body).encode()
        try:
            return send(self._session, method, url, headers, content, self._credentials.auth())
        except UnexpectedStatus as error:
            if not (_is_about_token(error) and self._credentials.renew()):
                raise
        return send(self._session, method, url, headers, content, self._credentials.auth())


def _is_about_token(error: UnexpectedStatus) -> bool:
    """Expired ones get 401; ones that another key has signed, 403 with this text (seen on 3.3.2)."""
    return error.status == HTTPStatus.UNAUTHORIZED or (
        error.status == HTTPStatus.FORBIDDEN and "Invalid JWT token" in error.text
    )


def _is_of_airflow(error: UnexpectedStatus) -> bool:
    """Whether Airflow itself says so, and not a proxy before it whose Airflow is being replaced."""
    try:
        answer = json.loads(error.text)
    except ValueError:
        return False
    return isinstance(answer, dict) and "detail" in answer


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return None

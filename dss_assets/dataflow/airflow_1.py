"""The experimental API of Airflow 1.10, signed with HAWK; that of Airflow 2 is the same where it is enabled.

POST /api/experimental/dags/{dag}/dag_runs, GET …/dag_runs/{execution_date}.
Source: https://airflow.apache.org/docs/apache-airflow/1.10.15/rest-api-ref.html, seen 2026-11.
"""

import io
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import mohawk
import requests

from dss_assets.dataflow.api import AcceptedRun, Obstacle, RunStatus, UnknownRun
from dss_assets.dataflow.http import JSON_TYPE, UnexpectedStatus, as_refusal, json_object, send
from dss_assets.errors import IngestionError, TransientError

# Airflow 1.10 names runs by the second and refuses the second one within it.
SECONDS_BETWEEN_RUNS: Final = 1.1


class Airflow1:
    """data-flow in Airflow 1.10. It names runs itself: whether a request that got no answer made a run is not known."""

    accepts_run_ids = False
    seconds_between_runs = SECONDS_BETWEEN_RUNS

    def __init__(self, base_url: str, dag_id: str, hawk_id: str, hawk_key: str, configuration: str = "") -> None:
        self.base_url = base_url.rstrip("/")
        self.configuration = configuration
        self._runs_url = f"{self.base_url}/api/experimental/dags/{quote(dag_id)}/dag_runs"
        self._credentials = {"id": hawk_id, "key": hawk_key, "algorithm": "sha256"}
        self._session = requests.Session()

    def begin(self, run_id: str, conf: Mapping[str, Any]) -> AcceptedRun:
        """Ask for a run, which data-flow names: `run_id` is not sent."""
        try:
            answer = self._call("POST", self._runs_url, json.dumps({"conf": conf}))
        except UnexpectedStatus as error:
            raise _refusal(error) from error
        try:
            return AcceptedRun(str(answer["run_id"]), str(answer["execution_date"]))
        except KeyError as error:
            raise TransientError(f"{self._runs_url} accepted a run but named no {error}: {answer}.") from error

    def look_up(self, run_id: str, execution_date: str) -> RunStatus:
        """How far the run of this execution date is."""
        url = f"{self._runs_url}/{execution_date.removesuffix('+00:00')}"
        try:
            return RunStatus(str(self._call("GET", url, "").get("state")))
        except UnexpectedStatus as error:
            if error.status == HTTPStatus.NOT_FOUND:
                raise UnknownRun(str(error)) from error
            raise as_refusal(error) from error

    def failure_reason(self, run_id: str) -> str:
        """Nothing: this API has no logs."""
        return ""

    def find_obstacle(self) -> Obstacle | None:
        """None: this API does not say."""
        return None

    def link(self, run_id: str) -> str:
        """No page: where the UI is, this API does not say."""
        return ""

    def _call(self, method: str, url: str, body: str) -> Mapping[str, Any]:
        content_type = JSON_TYPE if body else ""
        # As a file: mohawk writes a str or bytes content into a debug line even when nobody logs it.
        sender = mohawk.Sender(
            self._credentials, url, method, content=io.BytesIO(body.encode()), content_type=content_type
        )
        headers = {"Authorization": sender.request_header, "Content-Type": content_type}
        return json_object(send(self._session, method, url, headers, body.encode()))


def _refusal(error: UnexpectedStatus) -> IngestionError:
    # Two runs within a second, of which the other was not ours: it passes.
    if error.status == HTTPStatus.BAD_REQUEST and "already exists" in error.text:
        return TransientError(f"{error}. It is asked again.")
    return as_refusal(error)

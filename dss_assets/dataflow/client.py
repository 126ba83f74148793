"""data-flow's HTTP API: the experimental one of Airflow 1.10, signed with HAWK.

POST /api/experimental/dags/{dag}/dag_runs, GET …/dag_runs/{execution_date}.
"""

import io
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import mohawk
import requests

from dss_assets.errors import TransientError

# To connect, and to wait for each part of the answer.
TIMEOUT_SECONDS: Final = (10, 30)
JSON_TYPE: Final = "application/json"


class UnknownRun(TransientError):
    """data-flow does not know the run that it was asked about: it will never end."""


class DataFlow:
    """data-flow's HTTP API. Each call raises TransientError where data-flow does not do its part."""

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
            raise TransientError(f"{self._runs_url} accepted a run but named no {error}: {answer}.") from error

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
            raise TransientError(f"data-flow did not answer {method} {url}: {error}. It is asked again.") from error
        if response.status_code != HTTPStatus.OK:
            is_unknown_run = method == "GET" and response.status_code == HTTPStatus.NOT_FOUND
            raise (UnknownRun if is_unknown_run else TransientError)(
                f"data-flow answered {method} {url} with {response.status_code} {response.reason}, not with 200: "
                f"{response.text[:500]}. It is asked again."
            )
        try:
            answer = response.json()
        except ValueError as error:
            raise TransientError(f"data-flow answered {method} {url} without JSON: {response.text[:500]}.") from error
        if not isinstance(answer, dict):
            raise TransientError(f"data-flow answered {method} {url} with {answer!r}, not with an object.")
        return answer

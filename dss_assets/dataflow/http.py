"""HTTP to data-flow: one request, its JSON, and what a status means for a run that was asked for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import requests
from requests.auth import AuthBase

from dss_assets.dataflow.api import RequestRefused
from dss_assets.errors import IngestionError, TransientError
from dss_web.shared.contract import DataflowSituation

# To connect, and to wait for each part of the answer.
TIMEOUT_SECONDS: Final = (10, 30)
JSON_TYPE: Final = "application/json"
# A log of more is not read: its end is not worth the memory.
MAX_BYTES: Final = 4_000_000
# An error page is cut off here.
_SHOWN_CHARACTERS: Final = 500

_SUCCESS: Final = frozenset({HTTPStatus.OK, HTTPStatus.CREATED})
# Statuses that the same request gets again, however often it is sent, with what that tells.
_FINAL: Final = {
    HTTPStatus.BAD_REQUEST: DataflowSituation.REFUSED,
    HTTPStatus.UNAUTHORIZED: DataflowSituation.CREDENTIALS,
    HTTPStatus.FORBIDDEN: DataflowSituation.FORBIDDEN,
    HTTPStatus.NOT_FOUND: DataflowSituation.UNKNOWN_DAG,
    HTTPStatus.METHOD_NOT_ALLOWED: DataflowSituation.UNKNOWN_DAG,
    HTTPStatus.UNPROCESSABLE_ENTITY: DataflowSituation.REFUSED,
}
_REMEDIES: Final = {
    DataflowSituation.REFUSED: "The DAG does not take what it is sent: compare it with docs/data-flow.md.",
    DataflowSituation.CREDENTIALS: "Check the credentials in the DATAFLOW_… settings, and the clocks of both machines.",
    DataflowSituation.FORBIDDEN: "Give our user in Airflow the right to read and trigger the DAG, and check its "
    "password.",
    DataflowSituation.UNKNOWN_DAG: "Check DATAFLOW_UPLOADER_DAG_ID, DATAFLOW_BASE_URL and DATAFLOW_API, and whether "
    "the DAG is deployed.",
}


class UnexpectedStatus(TransientError):
    """data-flow answered with a status that we did not ask for. `text` is its answer."""

    def __init__(self, message: str, status: int, text: str) -> None:
        super().__init__(message)
        self.status, self.text = status, text


@dataclass(frozen=True, slots=True)
class Answer:
    """What data-flow answered: `asked` is the method and the URL."""

    asked: str
    text: str


def send(
    session: requests.Session,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    auth: AuthBase | None = None,
) -> Answer:
    """The answer, if its status is 200 or 201. Raises UnexpectedStatus, and TransientError where none came.

    Redirects are not followed, since a POST would become a GET.
    """
    try:
        with session.request(
            method,
            url,
            data=body,
            headers=dict(headers),
            auth=auth,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            stream=True,
        ) as response:
            text = _read(response)
    except requests.RequestException as error:
        raise TransientError(f"data-flow did not answer {method} {url}: {error}. It is asked again.") from error
    if response.status_code not in _SUCCESS:
        raise UnexpectedStatus(
            f"data-flow answered {method} {url} with {response.status_code} {response.reason}, not with 200: "
            f"{text[:_SHOWN_CHARACTERS]}",
            response.status_code,
            text,
        )
    return Answer(f"{method} {url}", text)


def _read(response: requests.Response) -> str:
    content = bytearray()
    for chunk in response.iter_content(65536):
        content += chunk
        if len(content) > MAX_BYTES:
            raise requests.RequestException(f"the answer is longer than {MAX_BYTES:,} bytes")
    # Postgres stores no NUL.
    return content.decode(errors="replace").replace("\0", "")


def json_object(answer: Answer) -> Mapping[str, Any]:
    """The JSON object that an answer is. Raises TransientError where it is something else."""
    shown = answer.text[:_SHOWN_CHARACTERS]
    try:
        content = json.loads(answer.text)
    except ValueError as error:
        raise TransientError(f"data-flow answered {answer.asked} without JSON: {shown}. It is asked again.") from error
    if not isinstance(content, dict):
        raise TransientError(f"data-flow answered {answer.asked} with {shown}, not with an object. It is asked again.")
    return content


def as_refusal(error: UnexpectedStatus) -> IngestionError:
    """The error to raise for this status of a request for a run: permanent where the same request gets it again."""
    situation = _FINAL.get(HTTPStatus(error.status)) if error.status in set(HTTPStatus) else None
    if situation is None:
        return TransientError(f"{error}. It is asked again.")
    return RequestRefused(f"{error}. {_REMEDIES[situation]}", situation)

"""Log lines in the words of Elastic and of Microsoft Sentinel say what ours say."""

import json
import subprocess
import sys

import pytest

from dss_web.shared.log_shapes import as_asim, as_ecs
from tests.conftest import REPOSITORY

REQUEST = {
    "time": "2026-11-26T09:15:00.123+00:00",
    "level": "INFO",
    "logger": "dss_web.request",
    "message": "answered",
    "request_id": "7d6e",
    "client": "data-flow",
    "method": "GET",
    "route": "api/v1/table-data/<schema_name>/<table_name>",
    "table": "ons.pd",
    "status": 404,
    "rows": None,
    "bytes": 12,
    "ms": 1.5,
    "outcome": "Not Found",
}
ERROR = {
    "time": "2026-11-26T09:15:00.123+00:00",
    "level": "ERROR",
    "logger": "dss_web.worker",
    "message": "it failed",
    "traceback": "Traceback …",
}


def test_a_request_in_ecs() -> None:
    assert as_ecs(REQUEST) == {
        "@timestamp": "2026-11-26T09:15:00.123+00:00",
        "log.level": "info",
        "log.logger": "dss_web.request",
        "message": "answered",
        "ecs.version": "8.11.0",
        "service.name": "data-store-service",
        "http.request.id": "7d6e",
        "http.request.method": "GET",
        "http.response.status_code": 404,
        "http.response.body.bytes": 12,
        "client.user.id": "data-flow",
        "event.outcome": "failure",
        "event.duration": 1_500_000,
        "dss.route": "api/v1/table-data/<schema_name>/<table_name>",
        "dss.table": "ons.pd",
        "dss.rows": None,
        "dss.outcome": "Not Found",
    }


def test_an_error_in_ecs() -> None:
    shaped = as_ecs(ERROR)
    assert (shaped["log.level"], shaped["error.stack_trace"]) == ("error", "Traceback …")
    assert "event.outcome" not in shaped


def test_a_request_in_asim_is_a_web_session() -> None:
    shaped = as_asim(REQUEST)
    assert shaped["EventSchema"] == "WebSession"
    assert (shaped["EventResult"], shaped["EventResultDetails"]) == ("Failure", "404")
    assert (shaped["HttpRequestMethod"], shaped["SrcUserId"]) == ("GET", "data-flow")
    assert shaped["AdditionalFields"] == {
        "logger": "dss_web.request",
        "request_id": "7d6e",
        "table": "ons.pd",
        "rows": None,
        "outcome": "Not Found",
    }


def test_an_error_in_asim() -> None:
    shaped = as_asim(ERROR)
    assert (shaped["EventSeverity"], shaped["EventMessage"]) == ("Medium", "it failed")
    assert shaped["AdditionalFields"] == {"logger": "dss_web.worker", "traceback": "Traceback …"}


@pytest.mark.parametrize(("name", "key"), [("json", "level"), ("ecs", "log.level"), ("asim", "EventSeverity")])
def test_the_setting_names_the_shape(name: str, key: str) -> None:
    script = (
        "import logging; from dss_web.shared.json_lines import JsonFormatter;"
        "print(JsonFormatter().format(logging.makeLogRecord({'msg': 'hello', 'levelname': 'INFO'})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, env={"DSS_LOG_FORMAT": name}, check=True, capture_output=True
    )
    assert key in json.loads(done.stdout)

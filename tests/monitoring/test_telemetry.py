"""Errors that nobody foresaw are reported, and requests traced to SQL: where a setting says so, and without values."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY, web_environment
from tests.monitoring.streams import SETTINGS
from tests.parts.receiver import Delivery, Receiver, running_receiver
from tests.parts.service import Service, running
from tests.parts.site import collect_static
from tests.parts.waiting import wait_until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def watched(
    postgres_server: Postgres,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    receiver: Receiver,
) -> Iterator[Service]:
    """A web app whose errors and traces go to the receiver."""
    postgres_server.create_database("watched", template=migrated_template)
    folder = tmp_path_factory.mktemp("web")
    collect_static(folder / "static")
    settings = {
        **SETTINGS,
        "DSS_STATIC_FOLDER": str(folder / "static"),
        "DSS_WEB_WORKERS": "1",
        "SENTRY_DSN": f"http://public@{receiver.address}/1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{receiver.address}",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    with running(postgres_server.url("watched"), folder, **settings) as service:
        service.execute(
            "CREATE SCHEMA x",
            'CREATE TABLE x."L1" (id int PRIMARY KEY, town text)',
            "INSERT INTO x.\"L1\" VALUES (4711, 'Hull')",
        )
        yield service


def until(receiver: Receiver, find: Callable[[Delivery], Any]) -> Any:
    found: list[Any] = []

    def is_there() -> bool:
        found[:] = [one for delivery in list(receiver.deliveries) if (one := find(delivery))]
        return bool(found)

    wait_until(is_there, lambda: [delivery.path for delivery in receiver.deliveries])
    return found[0]


def report(delivery: Delivery) -> dict[str, Any] | None:
    """The event of an envelope of Sentry's."""
    if delivery.path != "/api/1/envelope/":
        return None
    events = [json.loads(line) for line in delivery.body.splitlines() if b'"exception"' in line]
    return events[0] if events else None


def test_an_error_is_reported_without_the_request_and_without_its_text(watched: Service, receiver: Receiver) -> None:
    answer = requests.get(
        f"{watched.url}/test/surprise/?postcode=AB1",
        headers={"Authorization": "Hawk key", "Cookie": "sessionid=private", "X-Forwarded-For": "192.0.2.1"},
        timeout=30,
    )
    assert answer.status_code == 500

    event = until(receiver, report)

    (error,) = event["exception"]["values"]
    assert (error["type"], error["value"]) == ("RuntimeError", "")
    assert error["stacktrace"]["frames"][-1]["function"] == "surprise"
    assert event["transaction"] == "/test/surprise/"
    assert event["request"] == {"method": "GET"}
    assert event["tags"]["half"] == "web"
    text = json.dumps(event)
    for private in ("key=secret", "AB1", "private", "192.0.2.1", "Hawk key", '"vars"', "breadcrumbs"):
        assert private not in text.replace('raise RuntimeError(\\"key=secret\\")', "")


def spans(delivery: Delivery) -> list[Any] | None:
    """The spans of a client's trace, once the request itself has ended."""
    if delivery.path != "/v1/traces":
        return None
    request = ExportTraceServiceRequest.FromString(delivery.body)
    found = [
        span
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
        if span.trace_id.hex() == TRACE
    ]
    return found if any("table-data" in span.name for span in found) else None


def test_a_request_is_traced_from_its_client_to_sql(watched: Service, receiver: Receiver) -> None:
    page = watched.client().get(
        "/api/v1/table-data/x/L1?id=4711", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    )
    assert page.status_code == 200, page.text

    found = until(receiver, spans)

    (request,) = [span for span in found if "table-data" in span.name]
    assert request.name == "GET api/v1/table-data/<schema_name>/<table_name>"
    assert request.parent_span_id.hex() == "00f067aa0ba902b7"
    facts = {one.key: one.value for one in request.attributes}
    assert facts["http.response.status_code"].int_value == 200
    assert (facts["dss.client"].string_value, facts["dss.rows"].int_value) == ("all", 1)
    statements = [span for span in found if span.parent_span_id == request.span_id]
    texts = [one.value.string_value for span in statements for one in span.attributes if one.key == "db.query.text"]
    assert any(text.startswith("COPY") and '"town"' in text for text in texts), texts
    assert "4711" not in str(texts)


ASSETS = """
import psycopg
from dss_assets.database import Database
from dss_assets.errors import TransientError
from dss_web.shared.error_reports import start_error_reports

start_error_reports({dsn!r}, "assets")
for error in (TransientError("the publisher is down"), KeyError("Erika")):
    try:
        with Database({url!r}).connect("test"):
            raise error
    except (TransientError, KeyError):
        pass
"""


def test_the_assets_half_reports_what_nobody_foresaw_alone(database_url: str) -> None:
    with running_receiver() as receiver:
        script = ASSETS.format(dsn=f"http://public@{receiver.address}/1", url=database_url)
        subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, check=True)
        events = [event for delivery in receiver.deliveries if (event := report(delivery))]

    ((error,),) = [event["exception"]["values"] for event in events]
    assert (error["type"], error["value"]) == ("KeyError", "")
    assert events[0]["tags"]["half"] == "assets"
    assert "Erika" not in json.dumps(events[0])


def test_without_the_settings_neither_library_is_imported() -> None:
    script = (
        "import sys, dss_web.wsgi, dss_assets.ingestion, dss_web.urls;"
        "print([name for name in sys.modules if name.startswith(('sentry', 'opentelemetry.exporter'))])"
    )
    environment = web_environment("postgresql://nowhere/x", "file:///nowhere")
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"

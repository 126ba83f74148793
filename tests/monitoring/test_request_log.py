"""Every request leaves one line in the log, whatever became of it, and no secret."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import requests

from infra.local.postgres import Postgres
from tests.conftest import REPOSITORY
from tests.monitoring.streams import CHUNK, SETTINGS
from tests.parts.log import entries, line_of, request_lines
from tests.parts.service import Client, Service, running
from tests.parts.site import collect_static

TABLE_ROUTE = "api/v1/table-data/<schema_name>/<table_name>"


@pytest.fixture(scope="module")
def logged(
    postgres_server: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A web app that does not wait long, with streams."""
    postgres_server.create_database("logged", template=migrated_template)
    folder = tmp_path_factory.mktemp("web")
    settings = {
        **SETTINGS,
        "DSS_LOCK_TIMEOUT_SECONDS": "0.3",
        "DSS_STATIC_FOLDER": str(folder / "static"),
        "DSS_WEB_WORKERS": "1",
    }
    collect_static(folder / "static")
    with running(postgres_server.url("logged"), folder, **settings) as service:
        service.execute(
            "CREATE SCHEMA x",
            'CREATE TABLE x."L1" (id int PRIMARY KEY)',
            'INSERT INTO x."L1" SELECT generate_series(1, 3)',
            "CREATE VIEW x.failing AS SELECT 1 AS id, 1 / (random() * 0)::int AS n",
            "CREATE TABLE x.idless (n int)",
            "CREATE FUNCTION x.surprise() RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'unforeseen'; END$$",
            'CREATE VIEW x.surprising AS SELECT id, x.surprise() AS t FROM x."L1"',
        )
        service.add_client("narrow", "table:y")
        yield service


def shown(entry: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(entry[name] for name in names)


def test_a_page_leaves_its_client_its_table_and_what_was_sent(logged: Service) -> None:
    answer = logged.client().get("/api/v1/table-data/x/L1")

    entry = line_of(logged.log, answer.headers["X-Request-ID"])
    assert shown(entry, "client", "method", "route", "table", "status", "rows", "bytes", "outcome") == (
        "all",
        "GET",
        TABLE_ROUTE,
        "x.L1",
        200,
        3,
        len(answer.content),
        "ok",
    )
    assert 0 < entry["ms"] < 10_000


@pytest.mark.parametrize(
    ("path", "client", "status", "table", "outcome"),
    [
        ("/api/v1/table-data/x/L1?next-id=one", "all", 400, "x.L1", "Bad Request"),
        ("/api/v1/table-data/x/L1", "nobody", 401, "x.L1", "not authenticated: unknown id"),
        ("/api/v1/table-data/x/L1", "narrow", 403, "x.L1", "scope lacks get_table_data"),
        ("/api/v1/table-data/x/L9", "all", 404, "x.L9", "Not Found"),
        ("/api/v1/get-everything/", "all", 404, None, "Not Found"),
        ("/api/v1/table-data/x/failing", "all", 422, "x.failing", "Unprocessable Content"),
        ("/api/v1/table-data/x/idless", "all", 422, "x.idless", "Unprocessable Content"),
        ("/api/v1/table-data/x/surprising", "all", 500, "x.surprising", "Internal Server Error"),
    ],
)
def test_what_is_refused_leaves_why(
    logged: Service, path: str, client: str, status: int, table: str | None, outcome: str
) -> None:
    answer = Client(logged.url, client, f"the key of a client: {client}").get(path)

    assert answer.status_code == status
    entry = line_of(logged.log, answer.headers["X-Request-ID"])
    assert shown(entry, "status", "table", "outcome", "rows") == (status, table, outcome, None)
    assert shown(entry, "bytes") == (len(answer.content),)


def test_what_is_unavailable_leaves_its_line(logged: Service) -> None:
    with psycopg.connect(logged.database_url) as connection:
        connection.execute('LOCK TABLE x."L1" IN ACCESS EXCLUSIVE MODE')
        answer = logged.client().get("/api/v1/table-data/x/L1")

    entry = line_of(logged.log, answer.headers["X-Request-ID"])
    assert shown(entry, "status", "client", "table") == (503, "all", "x.L1")
    assert entry["ms"] >= 300


def test_an_exception_in_a_view_leaves_its_line(logged: Service) -> None:
    answer = requests.get(f"{logged.url}/test/surprise/", timeout=30)

    assert answer.status_code == 500
    entry = line_of(logged.log, answer.headers["X-Request-ID"])
    assert shown(entry, "status", "route", "outcome") == (500, "test/surprise/", "Internal Server Error")


def test_an_error_page_that_fails_itself_leaves_its_line(logged: Service) -> None:
    answer = requests.get(f"{logged.url}/test/surprise/twice/", timeout=30)

    assert answer.status_code == 500
    (entry,) = [entry for entry in request_lines(logged.log) if entry["route"] == "test/surprise/twice/"]
    assert shown(entry, "status", "outcome") == (500, "failed: LookupError")


def test_a_host_that_is_not_ours_leaves_its_line(logged: Service) -> None:
    answer = requests.get(f"{logged.url}/api/v1/table-data/x/L1", headers={"Host": "evil.example"}, timeout=30)

    entry = line_of(logged.log, answer.headers["X-Request-ID"])
    assert shown(entry, "client", "status") == (None, answer.status_code)


def test_files_of_pages_leave_their_lines(logged: Service) -> None:
    url = f"{logged.url}/static/dss/service.css"
    answer = requests.get(url, headers={"Accept-Encoding": "identity"}, timeout=30)
    unchanged = requests.get(url, headers={"If-Modified-Since": answer.headers["Last-Modified"]}, timeout=30)
    head = requests.head(url, timeout=30)
    absent = requests.get(f"{logged.url}/static/absent.css", timeout=30)

    assert [
        shown(line_of(logged.log, each.headers["X-Request-ID"]), "route", "method", "status", "bytes")
        for each in (answer, unchanged, head, absent)
    ] == [
        ("static/<path>", "GET", 200, len(answer.content)),
        ("static/<path>", "GET", 304, 0),
        ("static/<path>", "HEAD", 200, 0),
        ("static/<path>", "GET", 404, len(absent.content)),
    ]
    assert answer.content == (REPOSITORY / "dss_web/static/dss/service.css").read_bytes()


def test_pages_for_people_leave_their_lines(logged: Service) -> None:
    start = requests.get(f"{logged.url}/", timeout=30)
    hidden = requests.get(f"{logged.url}/upload/data/a-dataset/", allow_redirects=False, timeout=30)

    assert [
        shown(line_of(logged.log, each.headers["X-Request-ID"]), "client", "route", "status", "table")
        for each in (start, hidden)
    ] == [(None, "", 200, None), (None, "upload/data/<slug:slug>/", 302, None)]


def test_a_stream_leaves_its_line_when_it_has_ended(logged: Service) -> None:
    answer = requests.get(f"{logged.url}/test/stream/5/100/", timeout=30)

    entry = line_of(logged.log, answer.headers["X-Request-ID"])
    assert shown(entry, "rows", "bytes", "outcome") == (5, 5 * CHUNK, "ok")
    assert entry["ms"] >= 500


def test_a_stream_that_fails_leaves_what_was_sent_until_then(logged: Service) -> None:
    with requests.get(f"{logged.url}/test/failing/", stream=True, timeout=30) as answer:
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            len(answer.content)
        identifier = answer.headers["X-Request-ID"]

    entry = line_of(logged.log, identifier)
    assert shown(entry, "status", "rows", "bytes", "outcome") == (200, 7, 2 * CHUNK, "failed: ZeroDivisionError")
    told = [entry.get("traceback", "") for entry in entries(logged.log) if entry.get("request_id") == identifier]
    assert any("ZeroDivisionError" in traceback for traceback in told), "and why, under the same id"


def test_a_stream_that_its_client_breaks_off_says_so(logged: Service) -> None:
    with requests.get(f"{logged.url}/test/stream/100000/1/", stream=True, timeout=30) as answer:
        identifier = answer.headers["X-Request-ID"]
        answer.raw.read(3 * CHUNK)

    entry = line_of(logged.log, identifier)
    assert shown(entry, "outcome") == ("broken off by the client",)
    assert 3 * CHUNK <= entry["bytes"] < 1000 * CHUNK
    assert entry["rows"] <= entry["bytes"] // CHUNK + 1


def test_a_request_that_is_no_http_is_told_of_by_the_server(logged: Service) -> None:
    address = logged.url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1]))) as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        assert b"400" in connection.recv(1000)

    assert "Invalid request from ip=127.0.0.1" in logged.log.read_text()


def test_no_line_holds_a_secret_or_what_was_asked_for(logged: Service) -> None:
    sender = logged.client().sign(f"{logged.url}/api/v1/get-postcode-data/?postcode=SW1A1AA")
    for header in (sender.request_header, sender.request_header.replace("mac=", "mac=x")):
        requests.get(
            f"{logged.url}/api/v1/get-postcode-data/?postcode=SW1A1AA",
            headers={"Authorization": header, "Cookie": "sessionid=a-session"},
            timeout=30,
        )
    requests.get(f"{logged.url}/test/surprise/?password=a-password", timeout=30)

    text = "\n".join(json.dumps(entry) for entry in request_lines(logged.log))
    for secret in ("the key of", "mac=", sender.req_resource.credentials["key"], "SW1A1AA", "a-session", "a-password"):
        assert secret not in text
    assert "key=secret" not in text

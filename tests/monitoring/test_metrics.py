"""What Prometheus reads: parsed by its own parser, over HTTP, of two workers together."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from infra.local.postgres import Postgres
from tests.monitoring.streams import CHUNK, SETTINGS
from tests.parts.log import request_lines
from tests.parts.service import Client, Service, running
from tests.parts.waiting import wait_until

TOKEN = "a-token-for-tests-alone"
TABLE_ROUTE = "api/v1/table-data/<schema_name>/<table_name>"
MEMORY = Path("/dev/shm")  # noqa: S108 where gunicorn's first process has its workers count
Labels = frozenset[tuple[str, str]]


@pytest.fixture(scope="module")
def measured(
    postgres_server: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A web app of two workers, with streams, whose metrics may be read."""
    postgres_server.create_database("measured", template=migrated_template)
    settings = {**SETTINGS, "DSS_METRICS_TOKEN": TOKEN, "DSS_BUILD": "1.2.3"}
    with running(postgres_server.url("measured"), tmp_path_factory.mktemp("web"), **settings) as service:
        service.execute(
            "CREATE SCHEMA x",
            'CREATE TABLE x."L1" (id int PRIMARY KEY)',
            'INSERT INTO x."L1" SELECT generate_series(1, 3)',
        )
        yield service


def scrape(service: Service, token: str = TOKEN) -> requests.Response:
    return requests.get(f"{service.url}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=30)


def samples(service: Service) -> dict[tuple[str, Labels], float]:
    """All values by their name and labels."""
    answer = scrape(service)
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(service: Service, name: str, **labels: str) -> float:
    return samples(service).get((name, frozenset(labels.items())), 0)


def until(service: Service, expected: float, name: str, **labels: str) -> None:
    """Wait for a value that follows by itself: of datasets within ten seconds, for which a scrape is shared."""
    wait_until(
        lambda: value(service, name, **labels) == expected,
        lambda: f"{name} is {value(service, name, **labels)}, not {expected}",
    )


def folders(service: Service) -> list[Path]:
    return list(MEMORY.glob(f"dss-metrics-{service.process.pid}-*"))


def workers(service: Service) -> list[psutil.Process]:
    return psutil.Process(service.process.pid).children()


def test_the_workers_count_together(measured: Service) -> None:
    page = {"route": TABLE_ROUTE, "method": "GET", "status": "200"}
    before = samples(measured)
    client = measured.client()
    size = 0
    for idle in workers(measured):  # so that each of the two answers a half
        idle.suspend()
        try:
            for _ in range(20):
                size += len(client.get("/api/v1/table-data/x/L1").content)
        finally:
            idle.resume()
    assert client.get("/api/v1/table-data/x/L9").status_code == 404

    after = samples(measured)
    gained = {key: after[key] - before.get(key, 0) for key in after}
    route = frozenset({("route", TABLE_ROUTE)})
    assert gained["dss_requests_total", frozenset(page.items())] == 40
    assert gained["dss_requests_total", frozenset({**page, "status": "404"}.items())] == 1
    assert gained["dss_rows_total", route] == 120
    assert gained["dss_response_body_bytes_total", route] == size + len(b"{}")
    assert gained["dss_request_duration_seconds_count", route] == 41
    assert gained["dss_request_duration_seconds_bucket", route | {("le", "60.0")}] == 41
    assert 0 < gained["dss_request_duration_seconds_sum", route] < 41
    (folder,) = folders(measured)
    assert len(list(folder.glob("counter_*.db"))) == len(workers(measured)) == 2


def test_paths_that_clients_make_up_are_one_route(measured: Service) -> None:
    for number in range(5):
        requests.get(f"{measured.url}/made/up/{number}", timeout=30)
        requests.request(f"MADEUP{number}", f"{measured.url}/made/up", timeout=30)
        requests.get(f"{measured.url}/api/v1/table-data/made/up{number}", timeout=30)

    labels = [dict(labels) for name, labels in samples(measured) if name == "dss_requests_total"]
    assert not any("made" in label.get("route", "") for label in labels)
    assert {label["method"] for label in labels if label["route"] == "unmatched"} == {"GET", "other"}


def test_failed_authentications_are_counted_by_reason(measured: Service) -> None:
    Client(measured.url, "nobody", "a key").get("/api/v1/table-data/x/L1")
    Client(measured.url, "all", "a wrong key").get("/api/v1/table-data/x/L1")
    requests.get(f"{measured.url}/api/v1/table-data/x/L1", timeout=30)

    for reason in ("unknown id", "bad mac", "no header"):
        assert value(measured, "dss_authentication_failures_total", reason=reason) >= 1


def test_streams_are_seen_while_they_run_and_when_they_break(measured: Service) -> None:
    route = "test/stream/<int:chunks>/<pause>/"
    streaming = requests.get(f"{measured.url}/test/stream/100000/5/", stream=True, timeout=30)
    streaming.raw.read(CHUNK)
    until(measured, 1, "dss_streams_in_progress", route=route)
    # The stream, and the request that asks.
    assert value(measured, "dss_requests_in_progress") == 2

    streaming.close()
    until(measured, 0, "dss_streams_in_progress", route=route)
    assert value(measured, "dss_streams_broken_total", route=route, by="client") == 1
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(f"{measured.url}/test/failing/", timeout=30)
    until(measured, 1, "dss_streams_broken_total", route="test/failing/", by="server")


def test_connections_are_seen_while_a_request_holds_them(measured: Service) -> None:
    streaming = requests.get(f"{measured.url}/test/holding/", stream=True, timeout=30)
    streaming.raw.read(CHUNK)
    until(measured, 1, "dss_database_connections_in_use")

    streaming.close()
    until(measured, 0, "dss_database_connections_in_use")


def test_requests_that_gave_up_wait_no_longer(measured: Service) -> None:
    name = urlsplit(measured.database_url).path.strip("/")
    before = value(measured, "dss_database_timeouts_total")
    # As if the database were down: who is connected is ended, and nobody gets in.
    with psycopg.connect(measured.database_url, autocommit=True, dbname="postgres") as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        try:
            ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
            connection.execute(ended, [name])
            with ThreadPoolExecutor(3) as clients:
                answers = [clients.submit(measured.client().get, "/api/v1/table-data/x/L1") for _ in range(3)]
                until(measured, 3, "dss_database_requests_waiting")
                assert {answer.result().status_code for answer in answers} == {503}
            until(measured, 0, "dss_database_requests_waiting")
            until(measured, before + 3, "dss_database_timeouts_total")
        finally:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())


def test_the_build_is_told_once(measured: Service) -> None:
    told = [dict(labels) for name, labels in samples(measured) if name == "dss_build_info"]

    assert [(labels["build"], set(labels)) for labels in told] == [("1.2.3", {"build", "python", "django"})]


def test_a_worker_that_died_leaves_its_counts_and_not_its_present(measured: Service) -> None:
    page = {"route": TABLE_ROUTE, "method": "GET", "status": "200"}
    route = "test/stream/<int:chunks>/<pause>/"
    client = measured.client()
    client.get("/api/v1/table-data/x/L1")
    before = value(measured, "dss_requests_total", **page)
    streaming = requests.get(f"{measured.url}/test/stream/100000/5/", stream=True, timeout=30)
    until(measured, 1, "dss_streams_in_progress", route=route)

    old = workers(measured)
    for worker in old:
        os.kill(worker.pid, signal.SIGKILL)
    psutil.wait_procs(old, timeout=10)
    until(measured, 0, "dss_streams_in_progress", route=route)

    streaming.close()
    client.get("/api/v1/table-data/x/L1")
    assert value(measured, "dss_requests_total", **page) == before + 1
    assert len(workers(measured)) == 2
    assert value(measured, "dss_requests_in_progress") == 1, "the one that asks"


def test_metrics_are_for_whoever_bears_the_token(measured: Service) -> None:
    for header in ({}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": TOKEN}, {"Authorization": "Bearer ü"}):
        encoded = {name: text.encode() for name, text in header.items()}
        answer = requests.get(f"{measured.url}/metrics", headers=encoded, timeout=30)
        assert (answer.status_code, answer.content) == (401, b"")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert (
        requests.post(f"{measured.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=9).status_code
        == 405
    )
    assert TOKEN not in str(request_lines(measured.log))


def test_the_folder_of_the_counts_goes_with_the_server(database_url: str, tmp_path: Path) -> None:
    left = MEMORY / "dss-metrics-999999999-left"
    left.mkdir(exist_ok=True)
    with running(database_url, tmp_path, DSS_METRICS_TOKEN=TOKEN, DSS_WEB_WORKERS="1") as service:
        (folder,) = folders(service)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert not left.exists(), "what a server that was killed has left is cleared away"
        service.process.ask_to_stop()
        service.process.wait()

        assert not folder.exists()


def test_datasets_deliveries_uploads_and_processes_are_measured_from_the_registry(measured: Service) -> None:
    measured.execute(
        "INSERT INTO operations.dataset (key, schema_name, title, description, owner, contact, licence, licence_url,"
        " source_page, tables, declared_at) SELECT key, key, '', '', '', '', '', '', '', '[]', now()"
        " FROM unnest('{a.good,a.failing}'::text[]) AS key",
        "INSERT INTO operations.datafile_registry (source, file_name, state, rows, seconds, loaded_at, attempts,"
        " failing_since, error_message, created_timestamp, updated_timestamp) VALUES"
        " ('a.good', '1', 'processed', 12, 0.5, now() - interval '1 hour', 0, NULL, NULL, now(), now()),"
        " ('a.failing', '1', 'failed', NULL, NULL, NULL, 3, now(), 'line 3', now(), now())",
        "INSERT INTO operations.dataflow_run (schema_name, table_name, state, requested_at)"
        " VALUES ('a.good', 'L1', 'failed', now()), ('a.good', 'L1', 'success', now())",
        "INSERT INTO operations.daemon_heartbeat VALUES ('worker', now() - interval '90 seconds')",
        "INSERT INTO pipeline (organisation, dataset, slug) VALUES ('b', 'up', 'b-up')",
        "INSERT INTO pipeline_data_file (id, pipeline_id, data_file_url, original_name, uploaded_by, state,"
        " uploaded_at, encoding, delimiter, quote) SELECT gen_random_uuid(), id, '', '', '', 'uploaded',"
        " now() - interval '2 minutes', 'utf-8', ',', '' FROM pipeline",
        "INSERT INTO operations.upload_task (version_id, kind, requested_at)"
        " SELECT id, 'check', now() - interval '2 minutes' FROM pipeline_data_file",
        "INSERT INTO operations.alert (kind, dataset, since, noticed_at, over_at) VALUES"
        " ('failing', 'a.failing', now(), now() - interval '10 minutes', now() - interval '1 minute')",
        # One is tried again in an hour, one was sent, one is younger than five minutes, and one was given up.
        "INSERT INTO operations.alert_message"
        " (alert_id, event, channel, attempts, next_attempt_at, settled_at, outcome)"
        " SELECT id, event, channel, 1, now() + interval '1 hour', settled_at, outcome FROM operations.alert, (VALUES"
        " ('began', 'mail', NULL, 'ConnectionError'), ('began', 'webhook', now(), 'sent'),"
        " ('over', 'mail', NULL::timestamptz, ''), ('over', 'webhook', now(), 'given up: ConnectionError'))"
        " AS message (event, channel, settled_at, outcome)",
    )
    found: dict[tuple[str, Labels], float] = {}

    def is_seen() -> bool:
        found.clear()
        found.update(samples(measured))
        return found.get(("dss_dataset_failures", frozenset({("dataset", "a.failing")}))) == 3

    # What a scrape has read is shared for ten seconds, by each process for itself: the next may not have it yet.
    wait_until(is_seen, "the failures of the dataset")

    def sample(name: str, **labels: str) -> float:
        return found[name, frozenset(labels.items())]

    assert sample("dss_registry_up") == 1
    assert sample("dss_dataset_problem", dataset="a.failing", problem="failing") == 1
    assert sample("dss_dataset_problem", dataset="a.good", problem="changed_columns") == 0
    assert 3600 <= sample("dss_dataset_age_seconds", dataset="a.good") < 3700
    assert sample("dss_dataset_last_load_rows", dataset="a.good") == 12
    assert sample("dss_dataset_last_load_seconds", dataset="a.good") == 0.5
    assert sample("dss_deliveries", state="success") == 1
    assert sample("dss_deliveries", state="failed") == 0
    assert sample("dss_uploads_waiting", waits_for="check") == 1
    assert 120 <= sample("dss_uploads_waiting_seconds", waits_for="check") < 200
    assert 90 <= sample("dss_heartbeat_age_seconds", process="worker") < 200
    assert sample("dss_heartbeat_age_seconds", process="dagster-daemon") == float("inf")
    assert sample("dss_alert_messages_untold") == 2
    assert sample("dss_datasets_unlisted") == 0

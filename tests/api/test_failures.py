"""When things go wrong underneath: what a client is told, and that all is well afterwards."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import requests

from infra.local.postgres import Postgres
from tests.parts.service import Client, Service, running
from tests.parts.stoppable import own_postgres


@pytest.fixture(scope="module")
def impatient(
    postgres_server: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A web app that does not wait long."""
    postgres_server.create_database("failures", template=migrated_template)
    settings = {
        "DSS_LOCK_TIMEOUT_SECONDS": "0.3",
        "DSS_STATEMENT_TIMEOUT_SECONDS": "0.5",
        "DSS_WEB_WORKERS": "1",
    }
    with running(postgres_server.url("failures"), tmp_path_factory.mktemp("web"), **settings) as service:
        service.execute("CREATE SCHEMA x", 'CREATE TABLE x."L1" (id int PRIMARY KEY)', 'INSERT INTO x."L1" VALUES (1)')
        yield service


def test_a_table_that_is_locked_for_long_is_unavailable(impatient: Service) -> None:
    client = impatient.client()
    with psycopg.connect(impatient.database_url) as connection:
        connection.execute('LOCK TABLE x."L1" IN ACCESS EXCLUSIVE MODE')
        answer = client.get("/api/v1/table-data/x/L1")
        assert_unavailable(answer, "being replaced")
        assert "Server-Authorization" in answer.headers

    assert client.get("/api/v1/table-data/x/L1").status_code == 200


def test_a_page_that_takes_too_long_is_unavailable(impatient: Service) -> None:
    impatient.execute("CREATE VIEW x.slow AS SELECT 1 AS id, pg_sleep(5)::text AS t")

    assert_unavailable(impatient.client().get("/api/v1/table-data/x/slow"), "too long")


def test_a_materialised_view_without_rows_yet_is_unavailable(impatient: Service) -> None:
    impatient.execute("CREATE MATERIALIZED VIEW x.later AS SELECT 1 AS id WITH NO DATA")

    assert_unavailable(impatient.client().get("/api/v1/table-data/x/later"), "not been filled")


def test_a_view_that_fails_on_its_rows_says_so(impatient: Service) -> None:
    impatient.execute('CREATE VIEW x.failing AS SELECT id, 1 / (id - 1) AS n FROM x."L1"')

    answer = impatient.client().get("/api/v1/table-data/x/failing")

    assert answer.status_code == 422
    assert "division by zero" in answer.json()["error"]


def test_an_unforeseen_error_is_signed_and_found_in_the_log_by_its_id(impatient: Service) -> None:
    impatient.execute(
        "CREATE FUNCTION x.surprise() RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'unforeseen'; END$$",
        'CREATE VIEW x.surprising AS SELECT id, x.surprise() AS t FROM x."L1"',
    )

    answer = impatient.client().get("/api/v1/table-data/x/surprising")

    assert answer.status_code == 500
    assert answer.json()["error"] == "Internal server error"
    assert "Server-Authorization" in answer.headers
    entries = [json.loads(line) for line in impatient.log.read_text().splitlines() if line.startswith("{")]
    assert any(
        entry.get("request_id") == answer.json()["id"] and "RaiseException" in entry.get("traceback", "")
        for entry in entries
    )


def test_the_database_goes_and_comes_back(postgres_of_its_own: Postgres, tmp_path: Path) -> None:
    database_url = postgres_of_its_own.url("dss")
    with running(database_url, tmp_path) as service:
        service.execute("CREATE SCHEMA x", 'CREATE TABLE x."L1" (id int PRIMARY KEY)')
        client = service.client()
        assert client.get("/api/v1/table-data/x/L1").status_code == 200

        postgres_of_its_own.stop()
        assert_unavailable(client.get("/api/v1/table-data/x/L1"), "cannot check credentials")
        assert requests.get(f"{service.url}/healthcheck/", timeout=10).status_code == 200

        postgres_of_its_own.start()
        answers = [client.get("/api/v1/table-data/x/L1").status_code for _ in range(10)]
        assert answers == [200] * 10, "broken connections in the pool are noticed before a request gets them"


def test_a_connection_that_postgres_ended_while_it_was_idle_is_given_to_nobody(service: Service) -> None:
    service.execute("CREATE SCHEMA idle", 'CREATE TABLE idle."L1" (id int PRIMARY KEY)')

    def ask(_: int) -> int:
        return service.client().get("/api/v1/table-data/idle/L1").status_code

    with ThreadPoolExecutor(8) as clients:
        assert set(clients.map(ask, range(40))) == {200}
        ended = service.ask(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE application_name = 'dss-web' AND datname = current_database()"
        )
        assert ended >= 2
        assert set(clients.map(ask, range(40))) == {200}


@pytest.fixture
def postgres_of_its_own() -> Iterator[Postgres]:
    with own_postgres() as server:
        yield server


def assert_unavailable(answer: requests.Response, words: str) -> None:
    assert answer.status_code == 503, answer.text
    assert words in answer.json()["error"]
    assert int(answer.headers["Retry-After"]) > 0


def test_nobody_gets_in_while_nonces_cannot_be_remembered(impatient: Service) -> None:
    client: Client = impatient.client()
    with psycopg.connect(impatient.database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE operations.hawk_nonce RENAME TO away")
        answer = client.get("/api/v1/table-data/x/L1")
        connection.execute("ALTER TABLE operations.away RENAME TO hawk_nonce")

    assert_unavailable(answer, "cannot check credentials")
    assert "Server-Authorization" in answer.headers
    assert client.get("/api/v1/table-data/x/L1").status_code == 200


def test_stopping_finishes_the_requests_in_flight(database_url: str, tmp_path: Path) -> None:
    with running(database_url, tmp_path, DSS_WEB_WORKERS="1") as service:
        service.execute("CREATE SCHEMA x", "CREATE VIEW x.slow AS SELECT 1 AS id, pg_sleep(4)::text AS t")
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(service.client().get, "/api/v1/table-data/x/slow")
            while not is_reading_slowly(service):
                assert not answer.done(), "the request is in flight until the server is asked to stop"
            service.process.ask_to_stop()

            assert answer.result().status_code == 200


def is_reading_slowly(service: Service) -> bool:
    with psycopg.connect(service.database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dss-web'"
            " AND datname = current_database() AND query LIKE '%slow%' AND state = 'active'"
        ).fetchone()
    return bool(row and row[0])

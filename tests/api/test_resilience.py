"""Under load, with clients that are slow or stop, and with workers that die."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil
import psycopg
import pytest
import requests

from infra.local.postgres import Postgres
from tests.monitoring.streams import CHUNK, SETTINGS
from tests.parts.log import request_lines
from tests.parts.service import Service, running
from tests.parts.stoppable import own_postgres

TOKEN = "a-token-for-tests-alone"
THREADS = 3
PATIENCE_SECONDS = 1.5
PAGE = "/api/v1/table-data/x/L1"


@pytest.fixture(scope="module")
def guarded(
    postgres_server: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A web app of one process with few threads, which does not wait long for clients."""
    postgres_server.create_database("guarded", template=migrated_template)
    settings = {
        **SETTINGS,
        "DSS_CLIENT_TIMEOUT_SECONDS": str(PATIENCE_SECONDS),
        "DSS_WEB_THREADS": str(THREADS),
        "DSS_WEB_WORKERS": "1",
    }
    with running(postgres_server.url("guarded"), tmp_path_factory.mktemp("web"), **settings) as service:
        service.execute("CREATE SCHEMA x", 'CREATE TABLE x."L1" (id int PRIMARY KEY)')
        yield service


def connect(service: Service, request: str) -> socket.socket:
    """A client with little room for what it is sent."""
    host, port = service.url.removeprefix("http://").split(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(10)
    client.connect((host, int(port)))
    client.sendall(request.encode())
    return client


def get(path: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def test_a_database_restarted_under_load(tmp_path_factory: pytest.TempPathFactory) -> None:
    with own_postgres() as postgres, running(postgres.url("dss"), tmp_path_factory.mktemp("web")) as service:
        service.execute("CREATE SCHEMA x", 'CREATE TABLE x."L1" (id int PRIMARY KEY)')
        stop = threading.Event()
        answers: list[tuple[float, int]] = []

        def hammer() -> None:
            client = service.client()
            while not stop.is_set():
                began = time.monotonic()
                answers.append((began, client.get(PAGE).status_code))

        with ThreadPoolExecutor(4) as pool:
            clients = [pool.submit(hammer) for _ in range(4)]
            time.sleep(1)
            postgres.stop()
            time.sleep(4)
            postgres.start()
            back = time.monotonic()
            time.sleep(4)
            stop.set()
            for client in clients:
                client.result()

    statuses = {status for _, status in answers}
    later = [status for began, status in answers if began > back + 2]
    assert statuses == {200, 503}
    assert len(later) > 20
    assert set(later) == {200}


def test_slow_clients_hold_no_connection_to_the_database(guarded: Service) -> None:
    with ExitStack() as stack:
        for _ in range(THREADS):
            client = stack.enter_context(connect(guarded, get("/test/large/20/")))
            assert client.recv(16).startswith(b"HTTP/1.1 200")
        # All threads are writing now. Their connections lie in the pool: each would be active or in a transaction.
        states = states_of_connections(guarded)

    assert states <= {"idle"}
    assert len(request_lines(guarded.log)) >= THREADS, "what was asked of the database was done before"


def states_of_connections(service: Service) -> set[str]:
    with psycopg.connect(service.database_url) as connection:
        rows = connection.execute(
            "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dss-web'"
        ).fetchall()
    return {row[0] for row in rows}


def test_clients_that_stop_reading_do_not_hold_the_threads(guarded: Service) -> None:
    with ExitStack() as stack:
        for path in ("/test/large/20/", "/test/stream/100000/0/", "/test/holding/"):
            client = stack.enter_context(connect(guarded, get(path)))
            assert client.recv(16).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        assert requests.get(f"{guarded.url}/healthcheck/", timeout=20).status_code == 200
        assert time.monotonic() - began < 10 * PATIENCE_SECONDS


def test_clients_that_stop_sending_do_not_hold_the_threads(guarded: Service) -> None:
    with ExitStack() as stack:
        for _ in range(THREADS):
            stack.enter_context(connect(guarded, "GET /healthcheck/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"))
        time.sleep(0.2)
        began = time.monotonic()
        assert requests.get(f"{guarded.url}/healthcheck/", timeout=20).status_code == 200
        assert time.monotonic() - began < 4 * PATIENCE_SECONDS


def test_a_client_that_reads_slowly_but_reads_gets_everything(guarded: Service) -> None:
    with requests.get(f"{guarded.url}/test/large/1/", stream=True, timeout=30) as answer:
        received = 0
        while part := answer.raw.read(100_000):
            received += len(part)
            time.sleep(PATIENCE_SECONDS / 5)

    assert received == 1_000_000


def test_workers_that_are_killed_are_replaced(guarded: Service) -> None:
    (worker,) = psutil.Process(guarded.process.pid).children()
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(10)

    assert requests.get(f"{guarded.url}/healthcheck/", timeout=20).status_code == 200


def test_stopping_lets_a_stream_come_to_its_end(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(database_url, tmp_path_factory.mktemp("web"), **SETTINGS, DSS_WEB_WORKERS="1") as service:
        with requests.get(f"{service.url}/test/stream/20/100/", stream=True, timeout=30) as answer:
            first = answer.raw.read(CHUNK)
            service.process.ask_to_stop()
            rest = answer.raw.read()
        service.process.wait()

        assert len(first + rest) == 20 * CHUNK
        (line,) = [entry for entry in request_lines(service.log) if entry["route"].startswith("test/stream")]
        assert (line["bytes"], line["outcome"]) == (20 * CHUNK, "ok")

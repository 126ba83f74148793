"""/readiness/: each part is taken away, and given back."""

import os
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from infra.local.postgres import Postgres
from infra.local.process import session_members
from tests.parts.log import entries
from tests.parts.service import Service, running
from tests.parts.stoppable import OwnS3, own_postgres
from tests.parts.waiting import PATIENCE_SECONDS

BEAT = (
    "INSERT INTO operations.daemon_heartbeat VALUES ('dagster-daemon', now() - interval '{} seconds')"
    " ON CONFLICT (daemon) DO UPDATE SET beat_at = excluded.beat_at"
)
TIMEOUT_SECONDS = 1


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with own_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnS3]:
    server = OwnS3(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def service(postgres: Postgres, s3: OwnS3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A web app on parts that can be taken away, whose daemon has just given a sign of life."""
    settings = {
        "DSS_HEARTBEAT_LIMIT_SECONDS": "60",
        "DSS_READINESS_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
        "DSS_WEB_WORKERS": "1",
        **s3.settings,
    }
    with running(postgres.url("dss"), tmp_path_factory.mktemp("web"), **settings) as service:
        service.execute(BEAT.format(1))
        yield service


def ask(service: Service) -> tuple[int, dict[str, Any]]:
    """The answer, which must come soon whatever hangs."""
    began = time.monotonic()
    answer = requests.get(f"{service.url}/readiness/", timeout=30)
    assert time.monotonic() - began < TIMEOUT_SECONDS + 5
    assert requests.get(f"{service.url}/healthcheck/", timeout=10).json() == {"status": "OK"}
    return answer.status_code, answer.json()


def until(service: Service, **wrong: str) -> None:
    """Wait until exactly these checks fail, each with words that match."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        status, body = ask(service)
        found = {name: check["wrong"] for name, check in body["checks"].items() if not check["ok"]}
        if found.keys() == wrong.keys() and all(re.search(wrong[name], found[name]) for name in wrong):
            break
        assert time.monotonic() < deadline, body
        time.sleep(0.2)
    assert (status, body["ready"]) == ((503, False) if wrong.keys() - {"datasets"} else (200, True))


def test_all_is_ready(service: Service) -> None:
    until(service)

    _, body = ask(service)
    assert body["checks"].keys() == {"database", "storage", "dagster", "datasets"}
    assert all(0 < check["ms"] < 1000 and check["wrong"] is None for check in body["checks"].values())


def test_a_database_that_is_away(service: Service, postgres: Postgres) -> None:
    postgres.stop()
    until(service, database="out of reach", dagster="database is out of reach", datasets="database is out of reach")

    postgres.start()
    until(service)


def test_a_database_that_hangs(service: Service, postgres: Postgres) -> None:
    with stopped([member.pid for member in session_members([postgres.process.pid])]):
        silent = "does not answer|out of reach"
        until(service, database=silent, dagster=silent, datasets=silent)

    until(service)


@contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    """Processes that are there and do nothing."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_a_database_that_takes_no_writes(service: Service, postgres: Postgres) -> None:
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("ALTER DATABASE dss SET default_transaction_read_only = on")
        until(service, database="read-only")

        connection.execute("ALTER DATABASE dss RESET default_transaction_read_only")
        until(service)


def test_a_storage_that_is_away(service: Service, s3: OwnS3) -> None:
    s3.stop()
    until(service, storage="out of reach")

    s3.start()
    until(service)


def test_a_storage_that_hangs(service: Service, s3: OwnS3) -> None:
    with stopped([s3.process.pid]):
        until(service, storage="does not answer|out of reach")

    until(service)


def test_a_daemon_that_was_never_there_and_one_that_is_gone(service: Service) -> None:
    service.execute("DELETE FROM operations.daemon_heartbeat")
    until(service, dagster="no heartbeat of the daemon was ever seen")

    service.execute(BEAT.format(100))
    until(service, dagster=r"last heartbeat is 10\d s old")

    service.execute(BEAT.format(5))
    until(service)


def test_a_dataset_that_stands_still_is_told_and_leaves_the_service_ready(service: Service) -> None:
    service.execute(
        "INSERT INTO operations.datafile_registry (source, file_name, state, created_timestamp, updated_timestamp)"
        " VALUES ('a.b', 'secret.csv', 'due', now(), '2026-01-01 12:00Z')"
    )
    until(service, datasets=r"^1 stand still, the first since 2026-01-01 12:00 UTC: not started$")
    told = [entry for entry in entries(service.log) if entry["logger"] == "dss_web.readiness"][-1]
    assert "a.b since 2026-01-01 12:00: No run was started for it." in str(told)

    service.execute("DELETE FROM operations.datafile_registry")
    until(service)


def test_what_has_gone_wrong_is_logged_once_and_its_return_too(service: Service) -> None:
    service.execute(BEAT.format(1000))
    until(service, dagster="old")
    for _ in range(3):
        time.sleep(1.05)
        ask(service)
    service.execute(BEAT.format(1))
    until(service)

    messages = [entry["message"] for entry in entries(service.log) if entry["logger"] == "dss_web.readiness"]
    told = [message for message in messages if "dagster" in message]
    assert sum("1000 s old" in message or "100" in message for message in told[-2:]) == 1
    assert told[-1] == "dagster is ready again"


def test_strangers_who_ask_a_lot_share_what_is_found(service: Service, postgres: Postgres) -> None:
    count = "SELECT sum(sessions) FROM pg_stat_database WHERE datname = 'dss'"
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        (before,) = connection.execute(count).fetchone() or (0,)
        began = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            url = f"{service.url}/readiness/"
            statuses = list(pool.map(lambda _: requests.get(url, timeout=30).status_code, range(300)))
        seconds = time.monotonic() - began
        (after,) = connection.execute(count).fetchone() or (0,)

    assert set(statuses) == {200}
    assert after - before <= 3 * (seconds + 1) + 4, "three connections a second, and a few of the pool's own"


def test_strangers_who_ask_while_a_part_hangs_do_not_wait_for_it(service: Service, s3: OwnS3) -> None:
    until(service)
    with stopped([s3.process.pid]), ThreadPoolExecutor(16) as pool:
        time.sleep(1.1)
        began = time.monotonic()
        list(pool.map(lambda _: requests.get(f"{service.url}/readiness/", timeout=30), range(64)))
        assert time.monotonic() - began < TIMEOUT_SECONDS + 5

    until(service)


def test_only_what_the_settings_name_is_looked_at(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "storage"
    settings = {"DSS_READINESS_CHECKS": "storage", "S3_BUCKET_URL": folder.as_uri(), "DSS_WEB_WORKERS": "1"}
    with running(database_url, tmp_path, **settings) as service:
        assert ask(service)[1]["checks"].keys() == {"storage"}
        until(service)

        folder.rename(tmp_path / "elsewhere")
        until(service, storage="out of reach")

        (tmp_path / "elsewhere").rename(folder)
        until(service)

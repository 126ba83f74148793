"""Processes that are killed, databases that restart, and two that do the same at once."""

import multiprocessing
import signal
import threading
import time
from pathlib import Path

import psycopg
import pytest

from dss_assets.database import Database, run_lock
from dss_assets.datasets import EXPORTERS
from dss_assets.errors import TransientError
from dss_assets.ingestion import ingest
from dss_assets.storage import Storage
from infra.local.postgres import Keeping, Postgres
from tests.conftest import migrate
from tests.journeys.client import read_table
from tests.journeys.world import World
from tests.published import exporter_line, exporters_zip

LOOK = "hmrc__exporters__files"
FILE = "exporters1601.zip"
BEFORE = exporters_zip(exporters1601=exporter_line("201601", "Before", "1"))
LOAD_WAITS = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'dss run%'"
AFTER = exporters_zip(exporters1601="".join(exporter_line("201601", f"After {row}", "1") for row in range(1000)))


def _load(database_url: str, storage_url: str, content: bytes) -> None:
    storage = Storage(storage_url, "datasets", "uploads")
    with Database(database_url).connect("run of the child") as connection, run_lock(connection, "the killed run"):
        ingest(
            connection,
            storage,
            EXPORTERS,
            FILE,
            "the killed run",
            lambda _: (storage.put(storage.dataset_path("hmrc", "exporters", FILE), [content]), ""),
        )


def _wait_for(database_url: str, statement: str) -> None:
    deadline = time.monotonic() + 20
    with psycopg.connect(database_url, autocommit=True) as connection:
        while not connection.execute(statement.encode()).fetchone():
            assert time.monotonic() < deadline, statement
            time.sleep(0.02)


def test_a_run_that_is_killed_while_it_loads_leaves_the_old_rows_and_is_done_again(world: World) -> None:
    world.publish("hmrc/exporters", FILE, BEFORE)
    world.look(LOOK)
    with psycopg.connect(world.database_url) as reader:
        # Whoever holds the table keeps the load waiting in the middle of its transaction.
        reader.execute('LOCK TABLE "hmrc.exporters"."L0.files" IN SHARE MODE')
        child = multiprocessing.get_context("spawn").Process(
            target=_load, args=(world.database_url, world.storage_url, AFTER)
        )
        child.start()
        _wait_for(
            world.database_url,
            LOAD_WAITS,
        )
        assert child.pid
        child.kill()
        child.join()
    assert child.exitcode == -signal.SIGKILL
    assert [row["company_name"] for row in read_table(world, "hmrc.exporters", "L1")] == ["before"]
    assert world.registry(FILE)["state"] == "processing"

    world.look(LOOK)  # finds it abandoned
    world.make_due()
    (run,) = world.look(LOOK)

    assert run.success
    assert [row["company_name"] for row in read_table(world, "hmrc.exporters", "L1")] == ["before"]
    assert world.registry(FILE)["state"] == "processed"


def test_the_same_file_in_two_runs_at_once_is_there_once(world: World) -> None:
    content = AFTER
    errors: list[BaseException] = []

    def load() -> None:
        try:
            _load(world.database_url, world.storage_url, content)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert world.rows('SELECT count(*), count(DISTINCT company_name) AS names FROM "hmrc.exporters"."L0"') == [
        {"count": 1000, "names": 1000}
    ]


@pytest.fixture
def own_server(tmp_path: Path) -> Postgres:
    return Postgres(Path("/tmp") / f"dss-{tmp_path.name}", keeping=Keeping.DURABLE)  # noqa: S108


def test_a_database_that_crashes_while_a_file_loads_has_the_old_rows_when_it_is_back(
    own_server: Postgres, storage_url: str
) -> None:
    own_server.start()
    try:
        own_server.create_database("dss")
        url = own_server.url("dss")
        migrate(url)
        _load(url, storage_url, BEFORE)
        holder = psycopg.connect(url)
        holder.execute('LOCK TABLE "hmrc.exporters"."L0.files" IN SHARE MODE')
        caught: list[TransientError] = []

        def load() -> None:
            try:
                _load(url, storage_url, AFTER)
            except TransientError as fault:
                caught.append(fault)

        thread = threading.Thread(target=load)
        thread.start()
        _wait_for(url, LOAD_WAITS)
        own_server.kill()
        thread.join(20)
        assert len(caught) == 1

        own_server.start()
        with psycopg.connect(own_server.url("dss")) as connection:
            assert connection.execute('SELECT company_name FROM "hmrc.exporters"."L0"').fetchall() == [("Before",)]
        _load(own_server.url("dss"), storage_url, AFTER)
        with psycopg.connect(own_server.url("dss")) as connection:
            assert connection.execute('SELECT count(*) FROM "hmrc.exporters"."L0"').fetchone() == (1000,)
    finally:
        own_server.remove()

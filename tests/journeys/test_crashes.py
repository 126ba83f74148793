"""Processes that are killed, databases that restart, and two that do the same at once."""

import multiprocessing
import signal
import threading
from pathlib import Path

import psycopg
import pytest

from dss_assets import registry
from dss_assets.database import Connection, Database, run_lock
from dss_assets.datasets import EXPORTERS
from dss_assets.derivations import derive, outlook
from dss_assets.errors import TransientError
from dss_assets.ingestion import ingest
from dss_assets.storage import Storage
from infra.local.postgres import Keeping, Postgres
from tests.conftest import migrate
from tests.journeys.client import read_table
from tests.journeys.world import World
from tests.loading.test_derived import TREES, WOODS, with_part
from tests.parts.assets_fixtures import Ingest, Select
from tests.parts.waiting import wait_until
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
    with psycopg.connect(database_url, autocommit=True) as connection:
        wait_until(lambda: connection.execute(statement.encode()).fetchone(), statement)


# Each wood takes a while, so that a process can be killed between two of them.
SLOW = with_part(
    "tall",
    "SELECT wood, height FROM {trees}, pg_sleep(0.1) WHERE wood = ANY ({units}) AND height > 1",
)
WOOD_NAMES = [f"Wood {number:02}" for number in range(30)]
DONE = 'SELECT count(*) FROM "forestry.trees"."L1.units"'


def _derive(database_url: str) -> None:
    database = Database(database_url)
    with database.connect("run of the child") as connection, run_lock(connection, "the killed run"):
        derive(database, connection, SLOW, "the killed run")


def test_a_derived_table_whose_process_is_killed_goes_on_where_it_stopped(
    database_url: str, connection: Connection, ingest_bytes: Ingest, select: Select
) -> None:
    ingest_bytes(TREES, "trees.csv", b"wood,height\nAsh,2\n")
    ingest_bytes(WOODS, "woods.csv", b"wood\nAsh\n")
    derive(Database(database_url), connection, SLOW, "a run")
    more = "".join(f"{name},20\n" for name in WOOD_NAMES)
    ingest_bytes(TREES, "more.csv", f"wood,height\n{more}".encode())
    ingest_bytes(WOODS, "more.csv", f"wood\n{more}".replace(",20", "").encode())
    child = multiprocessing.get_context("spawn").Process(target=_derive, args=(database_url,))
    child.start()
    _wait_for(database_url, "SELECT 1 FROM pg_tables WHERE schemaname = 'forestry.trees' AND tablename = 'L1.units'")
    _wait_for(database_url, f"{DONE} HAVING count(*) >= 4")
    child.kill()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert select('SELECT wood FROM "forestry.trees"."L1"') == [("Ash",)], "clients read the table before"
    assert not outlook(connection, SLOW).is_due

    _wait_for(
        database_url,
        "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
        " AND (application_name LIKE '%the child' OR application_name LIKE '%forestry.trees'))",
    )
    assert registry.requeue_orphaned(connection, SLOW.derived_source) == ["L1"]
    ((done,),) = select(DONE)
    assert 4 <= done < 31

    made = derive(Database(database_url), connection, SLOW, "a run")

    assert (made.filled.earlier_units, made.filled.units) == (done, 31 - done)
    assert select('SELECT wood, shade FROM "forestry.trees"."L1" ORDER BY id') == [
        ("Ash", 50),
        *((name, 5) for name in WOOD_NAMES),
    ]


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

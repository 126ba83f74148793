"""data-flow is told of each burst once, again after each failure, and never of nothing."""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import psycopg
from dagster import AssetKey

from dss_assets.database import lock_dataflow
from dss_assets.datasets import EXPORTERS as EXPORTERS_DATASET
from dss_assets.delivery import Delivered
from dss_assets.ingestion import ingest
from infra.local.dataflow_pipeline import Pipeline
from infra.local.http import Fault
from tests.journeys.world import World
from tests.parts.waiting import wait_until
from tests.published import exporter_line, exporters_zip, ons_row, ons_zip

EXPORTERS, POSTCODE_DIRECTORY, RUNS = "hmrc__exporters__files", "ons__postcode_directory__files", "dataflow__runs"


def _publish_month(world: World, month: int) -> None:
    content = exporters_zip(exporters=exporter_line(f"20160{month}", f"Company {month}", "1"))
    world.publish("hmrc/exporters", f"exporters160{month}.zip", content)


def _states(world: World) -> list[str]:
    return [row["state"] for row in world.rows("SELECT state FROM operations.dataflow_run ORDER BY id")]


def test_a_run_is_followed_to_its_success(world: World) -> None:
    _publish_month(world, 1)
    world.look(EXPORTERS)
    assert _states(world) == ["running"]
    world.wait_for_dataflow()

    assert world.look(RUNS) == []

    assert _states(world) == ["success"]
    assert world.look(RUNS) == []


def test_a_run_that_fails_is_asked_for_again_until_one_succeeds(world: World) -> None:
    world.dataflow.dag.failing_runs = 1
    _publish_month(world, 1)
    world.look(EXPORTERS)
    world.wait_for_dataflow()
    world.look(RUNS)
    assert _states(world) == ["failed"]
    assert world.look(RUNS) == []  # not before its time

    world.make_due()
    (run,) = world.look(RUNS)
    assert run.success
    world.wait_for_dataflow()
    world.look(RUNS)

    assert _states(world) == ["failed", "success"]
    assert len(world.rows("SELECT * FROM hmrc.exporters", world.datasets_url)) == 1


def test_dataflow_is_not_asked_for_a_file_that_changed_nothing(world: World) -> None:
    """A newer file has all of its rows. Once it displaces that one, data-flow is asked."""
    storage, path = world.service.storage, world.service.storage.dataset_path
    for revision, value in (("202601", b"2"), ("202401", b"1")):
        name = f"BACI_HS92_Y2022_V{revision}.csv"
        storage.put(path("dit", "baci", name), [b"t,i,j,k,v,q\n2022,4,8,10110," + value + b",1\n"])
        (run,) = world.look("dit__baci__files")
        assert run.success
        world.wait_for_dataflow()
        assert world.look(RUNS) == []
    assert world.registry("BACI_HS92_Y2022_V202401.csv")["superseded"] == 1
    assert len(world.dataflow.dag.all()) == 1

    world.change("UPDATE operations.datafile_registry SET file_date = '2023-01-31' WHERE file_name LIKE '%V202601.csv'")
    storage.put(path("dit", "baci", "BACI_HS92_Y2022_V202401.csv"), [b"t,i,j,k,v,q\n2022,4,8,10110,3,1\n"])
    world.look("dit__baci__files")

    assert len(world.dataflow.dag.all()) == 2


def test_what_is_delivered_already_is_not_read_again_at_each_look(world: World) -> None:
    world.change(
        "INSERT INTO operations.dataflow_run (schema_name, table_name, state, requested_at)"
        " SELECT 'org.delivered_' || number % 50, 'L1', 'success', now() FROM generate_series(1, 5000) AS number"
    )
    world.change(
        "INSERT INTO operations.datafile_registry"
        " (source, file_name, state, dataflow_run_id, created_timestamp, updated_timestamp)"
        " SELECT 'org.delivered_' || number % 50, number::text, 'processed', 50 + number % 50, now(), now()"
        " FROM generate_series(1, 20000) AS number"
    )
    _publish_month(world, 1)
    world.dataflow.stop()
    world.look(EXPORTERS)
    _publish_month(world, 2)
    world.make_due()
    with psycopg.connect(world.database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE operations.datafile_registry, operations.dataflow_run")
        connection.execute("UPDATE operations.datafile_registry SET dataflow_run_id = NULL WHERE file_name = '7'")

    with world.service.database.connect("a look") as connection, connection.transaction():
        assert world.service.delivery.due_sources(connection) == {
            "hmrc.exporters": "exporters1601.zip",
            "org.delivered_7": "7",
        }
        read = connection.execute(
            "SELECT sum(pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid)) FROM pg_class"
            " WHERE relname LIKE ANY ('{datafile_registry%,dataflow_run%}')"
        ).fetchone()

    assert read
    assert read[0] < 1000


def test_a_run_that_dataflow_has_forgotten_is_asked_for_again(world: World) -> None:
    _publish_month(world, 1)
    world.look(EXPORTERS)
    world.dataflow.faults["dag_runs/"] = Fault(status=404)
    world.look(RUNS)
    assert _states(world) == ["failed"]

    world.dataflow.faults.clear()
    world.make_due()

    assert world.look(RUNS)[0].success
    assert len(world.dataflow.dag.all()) == 2


def test_what_dataflow_says_nothing_of_stays_as_it_is_and_is_asked_again(world: World) -> None:
    _publish_month(world, 1)
    world.look(EXPORTERS)
    world.wait_for_dataflow()
    world.dataflow.faults["dag_runs/"] = Fault(status=503)
    world.look(RUNS)
    (row,) = world.rows("SELECT state, error_message FROM operations.dataflow_run")
    assert row["state"] == "running"
    assert "503" in row["error_message"]

    world.dataflow.faults.clear()
    world.look(RUNS)

    assert _states(world) == ["success"]


def test_while_dataflow_is_down_files_load_and_wait(world: World) -> None:
    world.dataflow.stop()
    _publish_month(world, 1)
    (run,) = world.look(EXPORTERS)
    assert not run.success
    assert world.registry("exporters1601.zip")["state"] == "processed"
    assert world.materialised("hmrc", "exporters", "registry") == {"exporters1601.zip"}
    assert world.materialised("hmrc", "exporters", "dataflow") == set()
    (row,) = world.rows("SELECT state, error_message FROM operations.dataflow_run")
    assert row["state"] == "requested"
    assert f"data-flow did not answer POST {world.dataflow.url}" in row["error_message"]

    world.dataflow.start()
    world.make_due()
    (run,) = world.look(RUNS)

    assert run.success
    assert world.materialised("hmrc", "exporters", "dataflow") == {"exporters1601.zip"}


def test_a_slow_run_is_waited_for_and_files_that_come_meanwhile_share_the_next_one(world: World) -> None:
    world.dataflow.dag.may_run.clear()
    _publish_month(world, 1)
    world.look(EXPORTERS)
    for month in (2, 3):
        _publish_month(world, month)
        world.look(EXPORTERS)
    assert len(world.dataflow.dag.all()) == 1
    assert world.look(RUNS) == []

    world.dataflow.dag.may_run.set()
    world.wait_for_dataflow()
    (run,) = world.look(RUNS)
    world.wait_for_dataflow()

    assert run.success
    assert len(world.dataflow.dag.all()) == 2
    assert world.materialised("hmrc", "exporters", "dataflow") == {f"exporters160{month}.zip" for month in (1, 2, 3)}
    assert len(world.rows("SELECT * FROM hmrc.exporters", world.datasets_url)) == 3


def test_two_datasets_in_the_same_second_each_get_their_run(world: World) -> None:
    _publish_month(world, 1)
    world.publish("ons/postcode_directory", "ONSPD_MAY_2019_UK.zip", ons_zip(ons_row("AB1 0AA")))

    assert world.look(EXPORTERS)[0].success
    assert world.look(POSTCODE_DIRECTORY)[0].success

    assert {run["schema_name"] for run in world.dataflow.dag.all()} == {"hmrc.exporters", "ons.postcode_directory"}


def test_an_answer_that_makes_no_sense_is_told_and_does_not_lose_the_run(world: World) -> None:
    world.dataflow.faults["dag_runs"] = Fault(body=b"<html>Maintenance</html>")
    _publish_month(world, 1)
    (run,) = world.look(EXPORTERS)
    assert not run.success
    (row,) = world.rows("SELECT error_message FROM operations.dataflow_run")
    assert "without JSON: <html>Maintenance</html>" in row["error_message"]

    world.dataflow.faults.clear()
    world.make_due()

    assert world.look(RUNS)[0].success


def test_a_trigger_that_is_materialised_by_hand_is_sent_again(world: World) -> None:
    _publish_month(world, 1)
    (request,) = world.ask(EXPORTERS)
    world.execute("load_hmrc__exporters", request.tags)
    world.wait_for_dataflow()
    world.look(RUNS)

    trigger = AssetKey(["hmrc", "exporters", "dataflow"])
    assert world.execute("load_hmrc__exporters", request.tags, [trigger]).success

    assert len(world.dataflow.dag.all()) == 2


@dataclass(frozen=True)
class ReadInPages(Pipeline):
    """data-flow, with pages of two rows. What is in `meanwhile` happens once, after it has read the first page."""

    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    def _get(self, url: str) -> bytes:
        content = Pipeline._get(self, url.replace("?orientation=records", "?orientation=records&page-size=2"))
        while "table-data" in url and self.meanwhile:
            self.meanwhile.pop()()
        return content


def test_a_table_that_changes_while_dataflow_reads_it_ends_up_whole(world: World) -> None:
    """The run is refused the rest of the table, fails, and the next one reads the new state."""
    storage, path = world.service.storage, world.service.storage.dataset_path("hmrc", "exporters", "exporters1601.zip")

    def month_of(*companies: str) -> bytes:
        return exporters_zip(exporters="".join(exporter_line("201601", company, "1") for company in companies))

    def load_again() -> None:
        content = [month_of("Five", "Six", "Seven")]
        with world.service.database.connect("a load meanwhile") as connection:
            ingest(
                connection,
                storage,
                EXPORTERS_DATASET,
                "exporters1601.zip",
                "",
                lambda _: (storage.put(path, content), "2"),
            )

    world.dataflow.dag.pipeline = ReadInPages(**asdict(world.dataflow.dag.pipeline), meanwhile=[load_again])
    world.publish("hmrc/exporters", "exporters1601.zip", month_of("One", "Two", "Three", "Four"))
    world.look(EXPORTERS)
    world.wait_for_dataflow()
    for _ in range(2):
        world.look(RUNS)
        world.make_due()
        world.wait_for_dataflow()
    world.look(RUNS)

    assert _states(world) == ["failed", "success"]
    rows = world.rows("SELECT company_name FROM hmrc.exporters ORDER BY id", world.datasets_url)
    assert [row["company_name"] for row in rows] == ["five", "six", "seven"]


def test_two_who_trigger_dataflow_at_the_same_moment_start_one_run(world: World) -> None:
    world.dataflow.dag.failing_runs = 0
    world.publish("hmrc/exporters", "exporters1601.zip", exporters_zip(exporters=exporter_line("201601", "One", "1")))
    world.look(EXPORTERS)
    world.wait_for_dataflow()
    world.look(RUNS)
    started: list[Delivered | None] = []

    def trigger() -> None:
        with world.service.database.connect("a trigger") as connection:
            started.append(world.service.delivery.deliver(connection, "hmrc.exporters", "L1"))

    threads = [threading.Thread(target=trigger) for _ in range(2)]
    with world.service.database.connect("a holder") as holder, holder.transaction():
        lock_dataflow(holder)
        for thread in threads:
            thread.start()
        waiting = "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event = 'advisory'"
        wait_until(lambda: world.rows(waiting) == [{"n": 2}], "both wait for the lock")
    for thread in threads:
        thread.join(30)

    assert sorted(run is None for run in started) == [False, True]
    assert len(world.dataflow.dag.all()) == 2

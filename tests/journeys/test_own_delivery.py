"""Without an Airflow: files and uploads reach the datasets database within the run that loads them."""

import pytest

from tests.journeys.confirmed import confirm
from tests.journeys.test_deletions import ask_for_deletion
from tests.journeys.world import World
from tests.published import exporter_line, exporters_zip

EXPORTERS, UPLOADS, RUNS = "hmrc__exporters__files", "uploads__files", "datasets__runs"


@pytest.fixture
def own(world: World) -> World:
    """A deployment that delivers by itself."""
    world.connect(dataflow_base_url="", dss_datasets_database_url=world.datasets_url)
    return world


def publish(world: World, month: int) -> None:
    content = exporters_zip(exporters=exporter_line(f"20160{month}", f"Company {month}", "1"))
    world.publish("hmrc/exporters", f"exporters160{month}.zip", content)


def companies(world: World) -> list[str]:
    rows = world.rows("SELECT company_name FROM hmrc.exporters ORDER BY 1", world.datasets_url)
    return [row["company_name"] for row in rows]


def states(world: World) -> list[str]:
    return [row["state"] for row in world.rows("SELECT state FROM operations.dataflow_run ORDER BY id")]


def test_a_batch_of_files_is_copied_once_by_the_run_that_loads_it(own: World) -> None:
    for month in (1, 2):
        publish(own, month)

    (run,) = own.look(EXPORTERS)

    assert run.success
    assert companies(own) == ["company 1", "company 2"]
    assert states(own) == ["success"]
    assert own.materialised("hmrc", "exporters", "datasets") == {"exporters1601.zip", "exporters1602.zip"}
    shown = own.shown("hmrc", "exporters", "datasets")
    assert (shown["rows"].value, shown["table"].value) == (2, "hmrc.exporters.L1")
    assert "dagster/column_lineage" in shown
    assert own.dataflow.dag.all() == []
    assert own.look(RUNS) == []


def test_what_failed_is_copied_by_the_sensor_at_its_time(own: World) -> None:
    publish(own, 1)
    own.connect(dataflow_base_url="", dss_datasets_database_url="postgresql://nobody@127.0.0.1:9/datasets")
    (run,) = own.look(EXPORTERS)
    assert not run.success
    assert own.registry("exporters1601.zip")["state"] == "processed"
    own.connect(dataflow_base_url="", dss_datasets_database_url=own.datasets_url)

    own.make_due()
    (run,) = own.look(RUNS)

    assert run.success
    assert companies(own) == ["company 1"]
    assert states(own) == ["success"]


def test_an_upload_is_completed_and_its_copy_goes_with_it(own: World) -> None:
    upload = confirm(own, b"name,amount,since\nPens,1,\n")
    own.look(UPLOADS)
    assert own.rows("SELECT name FROM finance.budget", own.datasets_url) == [{"name": "Pens"}]
    assert own.rows(f"SELECT state FROM pipeline_data_file WHERE id = '{upload}'") == [{"state": "completed"}]
    ask_for_deletion(own)

    own.tick("uploads__deletions")

    assert own.rows("SELECT to_regclass('finance.budget')::text AS name", own.datasets_url) == [{"name": None}]
    (record,) = own.rows("SELECT state, counts, left_to_do FROM operations.deletion")
    assert (record["state"], record["counts"]["copies in the datasets database"]) == ("done", 1)
    assert "What data-flow keeps of it" in record["left_to_do"]
    assert "an operator drops" not in record["left_to_do"]


def test_a_deletion_waits_for_the_datasets_database(own: World) -> None:
    confirm(own, b"name,amount,since\nPens,1,\n")
    own.look(UPLOADS)
    ask_for_deletion(own)
    own.connect(dataflow_base_url="", dss_datasets_database_url="postgresql://nobody@127.0.0.1:9/datasets")

    own.tick("uploads__deletions")

    (record,) = own.rows("SELECT state, error_message FROM operations.deletion")
    assert record["state"] == "requested"
    assert "The datasets database cannot be reached" in record["error_message"]
    assert own.rows("SELECT count(*) FROM pipeline") == [{"count": 1}]
    own.connect(dataflow_base_url="", dss_datasets_database_url=own.datasets_url)
    own.tick("uploads__deletions")
    assert own.rows("SELECT state FROM operations.deletion") == [{"state": "done"}]


def test_an_upload_whose_process_ends_after_the_copy_is_completed_by_the_sensor(own: World) -> None:
    confirm(own, b"name,amount,since\nPens,1,\n")
    own.look(UPLOADS)
    own.change("UPDATE pipeline_data_file SET state = 'processing_dataflow', processed_at = NULL")

    own.look(RUNS)

    assert own.rows("SELECT state FROM pipeline_data_file") == [{"state": "completed"}]


def test_a_deployment_changes_from_dataflow_to_its_own_delivery_and_back(own: World) -> None:
    publish(own, 1)
    own.look(EXPORTERS)
    own.connect()
    publish(own, 2)
    own.look(EXPORTERS)
    own.wait_for_dataflow()
    own.look("dataflow__runs")
    assert companies(own) == ["company 1", "company 2"]
    columns = "SELECT attname, atttypid FROM pg_attribute WHERE attrelid = 'hmrc.exporters'::regclass AND attnum > 0"
    by_dataflow = own.rows(columns, own.datasets_url)
    own.connect(dataflow_base_url="", dss_datasets_database_url=own.datasets_url)
    publish(own, 3)

    own.look(EXPORTERS)

    assert companies(own) == ["company 1", "company 2", "company 3"]
    assert own.rows(columns, own.datasets_url) == by_dataflow
    assert states(own) == ["success"] * 3

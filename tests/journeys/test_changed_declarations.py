"""A declaration that changes under a service that runs: told when its code is loaded, and mended by one job."""

import os
import subprocess
import sys
from dataclasses import replace

from dagster import AssetCheckKey, AssetKey

from dss_assets.assets import build_definitions
from dss_assets.catalogue import record_datasets
from dss_assets.dataset import Column, Dataset
from dss_assets.datasets import DATASETS, EXPORTERS, TARIFF
from dss_web.shared.contract import ColumnType
from tests.conftest import REPOSITORY
from tests.journeys.client import read_table
from tests.journeys.world import World
from tests.published import exporter_line, exporters_zip

HEADER = b"Reporter_ISO_N,Year,ProductCode,Partner_ISO_N,DutyType,SimpleAverage,Nbr_Total_Lines\n"
SENSOR = "world_bank__tariff__files"
CHECK = AssetCheckKey(AssetKey(["world_bank", "tariff", "L0"]), "tables_as_declared")


def put(world: World, name: str, content: bytes) -> None:
    world.service.storage.put(world.service.storage.dataset_path("world_bank", "tariff", name), [content])


def declare(world: World, *datasets: Dataset) -> None:
    """Load the code location again, with these datasets in it."""
    world.definitions = build_definitions(datasets, world.service)


def with_codes(dataset: Dataset) -> tuple[Dataset, ...]:
    """All datasets; this one with its products as text, as codes with leading noughts need."""
    columns = tuple(
        Column("product", ColumnType.TEXT, titles=column.titles) if column.name == "product" else column
        for column in dataset.columns
    )
    return tuple(replace(one, columns=columns) if one is dataset else one for one in DATASETS)


def outcome(world: World) -> tuple[bool, str]:
    """What the UI shows of the check last."""
    records = world.instance.event_log_storage.get_asset_check_execution_history(CHECK, limit=1)
    event = records[0].event
    assert event
    evaluation = event.asset_check_evaluation
    assert evaluation
    return evaluation.passed, evaluation.description or ""


def test_another_type_is_told_at_once_waits_and_is_mended_by_the_job(world: World) -> None:
    put(world, "a.csv", HEADER + b"12,2017,0201,24,MFN,30,1\n")
    world.look(SENSOR)
    declare(world, *with_codes(TARIFF))

    assert world.tick(SENSOR) == []
    passed, description = outcome(world)
    assert not passed
    assert "the column product is declared as text, and is integer" in description
    assert "Launch the job reshape_world_bank__tariff." in description

    put(world, "b.csv", HEADER + b"12,2017,0202,24,MFN,5,1\n")
    (refused,) = world.look(SENSOR)
    assert not refused.success
    assert world.registry("b.csv")["state"] == "due"
    assert world.look(SENSOR) == []  # it waits, and nothing is tried again and again

    assert world.execute("reshape_world_bank__tariff", {}).success
    assert outcome(world)[0]
    (loaded,) = world.look(SENSOR)
    assert loaded.success
    assert [row["product"] for row in read_table(world, "world_bank.tariff", "L0")] == ["0201", "0202"]


def test_nothing_more_is_done_for_a_dataset_that_is_taken_out_of_the_code_and_its_files_say_so(world: World) -> None:
    put(world, "a.csv", HEADER + b"12,2017,0201,24,MFN,30,1\n")
    world.dataflow.stop()  # so that its file waits to be copied
    world.look(SENSOR)
    put(world, "b.csv", HEADER + b"12,2017,0202,24,MFN,5,1\n")
    assert world.ask(SENSOR)  # and another one to be loaded
    world.make_due()
    assert world.tick("dataflow__runs")
    with world.service.database.connect("declare") as connection:
        record_datasets(connection, DATASETS)
        before = world.instance.get_runs_count()

        left = [dataset for dataset in DATASETS if dataset.key != "world_bank.tariff"]
        declare(world, *left)
        record_datasets(connection, left)
        for sensor in ("dataflow__runs", "files__due", "uploads__files"):
            assert world.tick(sensor) == []
        assert world.instance.get_runs_count() == before
        for name in ("a.csv", "b.csv"):
            assert world.registry(name)["error_message"].startswith("Its dataset is declared no longer")

        declare(world, *DATASETS)
        record_datasets(connection, DATASETS)
    assert world.registry("a.csv")["error_message"] is None
    assert [len(world.tick(sensor)) for sensor in ("dataflow__runs", "files__due")] == [1, 1]


def test_a_dataset_that_is_declared_no_longer_is_told_and_its_tables_go_by_a_command(world: World) -> None:
    put(world, "a.csv", HEADER + b"12,2017,0201,24,MFN,30,1\n")
    world.look(SENSOR)
    world.wait_for_dataflow()
    world.look("dataflow__runs")
    # As if it had been taken out of the code: the command has a dataset of another name to remove.
    for table in ("datafile_registry", "source_listing"):
        world.change(f"UPDATE operations.{table} SET source = 'world_bank.gone' WHERE source = 'world_bank.tariff'")
    world.change('ALTER SCHEMA "world_bank.tariff" RENAME TO "world_bank.gone"')

    assert world.look("dataflow__runs") == []
    told = command(world, "reshape")
    assert told.stdout == "world_bank.gone: it is declared no longer\n"
    assert told.returncode == 1

    refused = command(world, "remove", "hmrc.exporters")
    assert refused.returncode == 1
    assert "hmrc.exporters was not removed: it is declared" in refused.stderr
    assert command(world, "remove", "world_bank.gone").returncode == 0

    assert command(world, "reshape").stdout == "All tables are as they are declared.\n"
    assert world.rows("SELECT * FROM information_schema.schemata WHERE schema_name = 'world_bank.gone'") == []
    assert world.service.storage.find("datasets/world_bank/tariff/a.csv")


def test_no_run_is_asked_for_a_dataset_that_was_taken_out_while_a_file_waited_for_dataflow(world: World) -> None:
    put(world, "a.csv", HEADER + b"12,2017,0201,24,MFN,30,1\n")
    world.look(SENSOR)
    world.dataflow.stop()
    for file_name in ("exporters1601.zip", "exporters1602.zip"):
        content = exporters_zip(exporters=exporter_line(f"20{file_name[9:13]}", "One", "1"))
        world.publish("hmrc/exporters", file_name, content)
    (run,) = world.look("hmrc__exporters__files")
    assert not run.success  # data-flow is out of reach
    world.change("UPDATE operations.datafile_registry SET dataflow_run_id = NULL WHERE file_name = 'exporters1602.zip'")
    world.make_due()
    assert [run.job_name for run in world.tick("dataflow__runs")] == ["load_hmrc__exporters"]

    declare(world, *(dataset for dataset in DATASETS if dataset is not EXPORTERS))

    assert world.tick("dataflow__runs") == []
    # What staff upload under that name is another dataset, of which no upload is there.
    world.change("INSERT INTO pipeline (organisation, dataset, slug) VALUES ('hmrc', 'exporters', 'hmrc-exporters')")
    assert world.tick("dataflow__runs") == []


def command(world: World, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "DSS_DATABASE_URL": world.database_url,
        "S3_BUCKET_URL": world.storage_url,
        "DSS_WEB_URL": world.web_url,
        "DATAFLOW_BASE_URL": world.dataflow.url,
        "DATAFLOW_HAWK_ID": "dss",
        "DATAFLOW_HAWK_KEY": "a key",
    }
    return subprocess.run(
        [sys.executable, "-m", "dss_assets", *arguments],
        cwd=REPOSITORY,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )

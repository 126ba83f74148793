"""The drill of docs/operate.md: back up, lose everything, restore, and load what came after. Nothing is doubled."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dss_assets.datasets import DATASETS
from dss_assets.recovery import Recovery, recover
from infra.local.postgres import Postgres
from tests.journeys.client import read_table
from tests.journeys.world import World
from tests.published import exporter_line, exporters_zip

SENSOR = "hmrc__exporters__files"
UPLOAD = "6f1c6d5e-0000-4000-8000-000000000001"
FOLDER = "datasets/hmrc/exporters"
JANUARY, FEBRUARY = f"{FOLDER}/exporters1601.zip", f"{FOLDER}/exporters1602.zip"


class Backup:
    """A dump of the database and a copy of the bucket, made by the programs that operators use."""

    def __init__(self, server: Postgres, world: World, folder: Path) -> None:
        self._server, self._world = server, world
        self._name = urlsplit(world.database_url).path[1:]
        self._dump, self.copy = folder / "dss.dump", folder / "backup"

    def make(self) -> None:
        self._run("pg_dump", "--format=custom", "--file", self._dump, self._world.database_url)
        shutil.copytree(self._world.storage_folder, self.copy)

    def lose_database(self) -> None:
        self._server.drop_database(self._name)

    def lose_storage(self) -> None:
        shutil.rmtree(self._world.storage_folder)

    def restore_database(self) -> None:
        self._server.create_database(self._name)
        options = ("--exit-on-error", "--no-owner", "--no-privileges")
        self._run("pg_restore", *options, "--dbname", self._world.database_url, self._dump)

    def restore_storage(self) -> None:
        shutil.copytree(self.copy, self._world.storage_folder)

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run([self._server.program(program), *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def backup(postgres_server: Postgres, world: World, tmp_path: Path) -> Backup:
    return Backup(postgres_server, world, tmp_path)


def publish(world: World, month: str, *companies: str) -> None:
    lines = "".join(exporter_line(f"20{month}", company, "11111111") for company in companies)
    world.publish("hmrc/exporters", f"exporters{month}.zip", exporters_zip(**{f"exporters{month}": lines}))


def loaded(world: World) -> list[str]:
    return sorted(row["company_name"] for row in read_table(world, "hmrc.exporters", "L1"))


def versions(world: World) -> list[dict[str, Any]]:
    return world.rows("SELECT version, generation FROM operations.table_version")


def put_right(world: World) -> Recovery:
    with world.service.database.connect("recover") as connection:
        found = recover(connection, world.service.storage, DATASETS)
        again = recover(connection, world.service.storage, DATASETS)
        assert again == replace(found, fetched_again=[]), "once more finds nothing more to do"
    return found


def test_what_is_lost_is_restored_and_what_came_after_is_loaded_again_once(world: World, backup: Backup) -> None:
    publish(world, "1601", "First Ltd")
    world.look(SENSOR)
    world.change("INSERT INTO pipeline (organisation, dataset, slug) VALUES ('dbt', 'wins', 'dbt-wins')")
    backup.make()
    publish(world, "1601", "First plc", "Third Ltd")
    publish(world, "1602", "Second Ltd")
    world.look(SENSOR)
    last = ["first plc", "second ltd", "third ltd"]
    assert loaded(world) == last
    handed_out = max(one["version"] for one in versions(world))

    # Both are lost.
    backup.lose_database()
    backup.lose_storage()
    backup.restore_database()
    backup.restore_storage()
    assert put_right(world) == Recovery()
    assert loaded(world) == ["first ltd"]
    assert all(one["version"] > handed_out and one["generation"] > handed_out for one in versions(world)), (
        "a client that has read what is lost must not take other rows for it"
    )
    world.look(SENSOR)
    assert loaded(world) == last
    assert [world.registry(f"exporters{month}.zip")["rows"] for month in (1601, 1602)] == [2, 1]

    # The storage is older than the database: one file is as it was, one is not there, one was never confirmed.
    world.change(
        "INSERT INTO pipeline_data_file (id, pipeline_id, data_file_url, original_name, uploaded_by, state,"
        f" uploaded_at, encoding, delimiter, quote) SELECT '{UPLOAD}', id, '', '', '', 'completed', now(), 'utf-8',"
        " ',', '' FROM pipeline"
    )
    backup.lose_storage()
    backup.restore_storage()
    loaded_at = [world.registry(f"exporters{month}.zip")["loaded_at"] for month in (1601, 1602)]
    assert put_right(world) == Recovery(fetched_again=[JANUARY, FEBRUARY], lost=[f"uploads/dbt/wins/{UPLOAD}"])
    world.look(SENSOR)
    assert loaded(world) == last
    assert [world.registry(f"exporters{month}.zip")["loaded_at"] for month in (1601, 1602)] == loaded_at
    assert (world.storage_folder / FEBRUARY).exists()

    # The database is older than the storage.
    stray = world.storage_folder / f"uploads/dbt/wins/{UPLOAD}"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_text("a\n1\n")
    backup.lose_database()
    backup.restore_database()
    assert put_right(world) == Recovery(fetched_again=[JANUARY], unknown=[FEBRUARY, f"uploads/dbt/wins/{UPLOAD}"])
    world.look(SENSOR)
    assert loaded(world) == last
    world.look("dataflow__runs")
    world.wait_for_dataflow()
    copied = world.rows("SELECT company_name FROM hmrc.exporters", world.datasets_url)
    assert sorted(row["company_name"] for row in copied) == last

"""SPIRE: a release in the storage becomes 25 tables in the API, or none of them changes."""

from typing import Any

import pytest
from dagster import SkipReason, build_sensor_context

from dss_assets.datasets import SPIRE
from infra.local.spire_samples import RELEASE
from tests.conftest import add_hawk_client
from tests.journeys.client import read_table
from tests.journeys.conftest import READER_ID, READER_KEY
from tests.journeys.world import World
from tests.parts.service import Client
from tests.spire import read_as, release_zip

FOLDER = "datasets/dit/spire"
SENSOR = "dit__spire__files"


def put(world: World, name: str, content: bytes) -> None:
    world.service.storage.put(f"{FOLDER}/{name}", [content])


def all_rows(world: World) -> dict[str, list[dict[str, Any]]]:
    return {table: read_table(world, "spire", table) for table in RELEASE}


EXPECTED = {table: read_as(text) for table, (_, text) in RELEASE.items()}


def test_a_zip_becomes_25_tables_that_a_client_of_spire_reads(world: World) -> None:
    put(world, "2026-11.zip", release_zip())

    (run,) = world.look(SENSOR)

    assert run.success
    assert list(EXPECTED) == list(SPIRE.tables) and len(EXPECTED) == 25
    assert all_rows(world) == EXPECTED
    assert world.registry("2026-11.zip")["state"] == "processed"
    assert world.registry("2026-11.zip")["rows"] == 50
    for part in ("file", *SPIRE.tables, "registry"):
        assert world.materialised("dit", "spire", part) == {"2026-11.zip"}
    add_hawk_client(world.database_url, "licensing", "a key", ["table:spire"])
    client = Client(world.web_url, "licensing", "a key")
    for table, rows in EXPECTED.items():
        structure = client.get(f"{world.web_url}/api/v1/table-structure/spire/{table}")
        assert structure.status_code == 200
        assert {column["name"] for column in structure.json()["columns"]} == set(rows[0])
        page = client.get(f"{world.web_url}/api/v1/table-data/spire/{table}?orientation=records")
        assert page.json() == {"results": rows, "next": None}
    assert client.get(f"{world.web_url}/api/v1/table-data/dit.baci/L1").status_code == 403


def test_files_in_the_folders_of_all_tables_are_one_release(world: World) -> None:
    *most, last = RELEASE.items()
    for table, (folder, text) in most:
        put(world, f"{folder}/export of {table}.csv", text.encode())
    assert world.look(SENSOR) == []
    assert world.listing("dit.spire")["near_misses"] == ["a release of which there is no file of reasons_for_refusal"]
    repository = world.definitions.get_repository_def()
    with build_sensor_context(instance=world.instance, repository_def=repository) as context:
        skipped = repository.get_sensor_def(SENSOR)(context)
    assert isinstance(skipped, SkipReason)
    assert (skipped.skip_message or "").endswith(
        "Not taken: a release of which there is no file of reasons_for_refusal. A release is loaded once there is a "
        "file of each table; if the name of a file is wrong, give it the right one."
    )

    table, (folder, text) = last
    put(world, f"{folder}/export of {table}.csv", text.encode())
    (run,) = world.look(SENSOR)

    assert run.success
    assert all_rows(world) == EXPECTED
    assert world.registry("packed.zip")["state"] == "processed"
    assert world.look(SENSOR) == []


def test_a_new_release_in_the_folders_waits_until_each_file_is_new(world: World) -> None:
    def put_all(*tables: str) -> None:
        for table in tables:
            folder, text = RELEASE[table]
            put(world, f"{folder}/{table}.csv", text.encode())

    put_all(*RELEASE)
    world.look(SENSOR)

    put_all(*list(RELEASE)[:24])
    assert world.look(SENSOR) == []
    assert world.listing("dit.spire")["near_misses"] == [
        "a release of which there is no new file of reasons_for_refusal"
    ]
    folder, text = RELEASE["reasons_for_refusal"]
    put(world, f"{folder}/later.csv", f"{text}2,Criterion 1\n".encode())
    (run,) = world.look(SENSOR)

    assert run.success
    assert len(read_table(world, "spire", "reasons_for_refusal")) == 3
    assert [row["id"] for row in read_table(world, "spire", "ars")] == [3, 4]  # since ids only grow


FAULTS = {
    "a foreign key": (
        {"ars": "gi_id,ars_value,ars_quantity\n1,Lens,\n99,Lens,1\n"},
        "bad.zip, member ars.csv, line 3, table spire.ars, row with gi_id = '99', ars_value = 'Lens': found "
        "gi_id = '99', expected a row of spire.goods_incidents with this id. Nothing was loaded.",
    ),
    "a check": (
        {"batches": RELEASE["batches"][1].replace("STAGING", "LOST")},
        "bad.zip, member batches.csv, line 3, table spire.batches, row with id = '2': found status = 'LOST', expected "
        "one of RELEASED, STAGING. Nothing was loaded.",
    ),
    "a value": (
        {"end_users": RELEASE["end_users"][1].replace("893207", "many")},
        "bad.zip, member end_users.csv, line 3, column ela_grp_id: found 'many', expected a whole number",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_release_with_one_fault_changes_no_table(fault: str, world: World) -> None:
    files, reason = FAULTS[fault]
    put(world, "a good one.zip", release_zip())
    world.look(SENSOR)

    put(world, "bad.zip", release_zip(files))
    (run,) = world.look(SENSOR)

    assert not run.success
    assert world.registry("bad.zip")["error_message"].startswith(reason)
    assert world.observed("dit", "spire", "registry")["bad.zip"].startswith(reason)
    assert all_rows(world) == EXPECTED


def test_a_reader_that_is_half_through_a_table_is_told_of_a_new_release(world: World) -> None:
    put(world, "october.zip", release_zip())
    world.look(SENSOR)
    client = Client(world.web_url, READER_ID, READER_KEY)
    first = client.get(f"{world.web_url}/api/v1/table-data/spire/ars?orientation=records&page-size=1").json()
    assert client.get(first["next"]).status_code == 200

    put(world, "november.zip", release_zip())
    world.look(SENSOR)

    assert client.get(first["next"]).status_code == 409

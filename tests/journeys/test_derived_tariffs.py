"""The assumed tariffs, from files in the storage over the tables and the derived asset to JSON from the API."""

from dataclasses import replace
from typing import Any

import psycopg
import pytest
import requests
from dagster import AssetKey

from dss_assets.assets import build_definitions
from dss_assets.datasets import DATASETS
from infra.local.trade_samples import TARIFF_FILES as FILES
from infra.local.trade_samples import TARIFF_TITLES
from tests.journeys.client import read_route
from tests.journeys.world import World

INPUTS = [
    "world_bank__tariff",
    "world_bank__bound_rates",
    "comtrade__country_code_and_iso",
    "dit__eu_country_membership",
]
SENSOR = "world_bank__tariff__L1__inputs"
SOURCE = "world_bank.tariff.transformed"
L1 = AssetKey(["world_bank", "tariff", "L1"])


def put(world: World, *paths: str) -> None:
    for path in paths or FILES:
        world.service.storage.put(f"datasets/{path}", [FILES[path].encode()])


def load(world: World) -> None:
    for name in INPUTS:
        for run in world.look(f"{name}__files"):
            assert run.success


def entry(world: World) -> dict[str, Any]:
    (row,) = [row for row in world.rows("SELECT * FROM operations.datafile_registry") if row["source"] == SOURCE]
    return row


def tariffs(world: World) -> list[dict[str, Any]]:
    return read_route(world, "get-world-bank-tariffs/")


def test_four_files_become_the_tariffs_of_every_pair_of_countries(world: World) -> None:
    put(world)
    load(world)

    (run,) = world.look(SENSOR)

    assert run.success
    rows = tariffs(world)
    assert len(rows) == 2 * 4 * 3 * 19
    nothing = dict.fromkeys(
        ["assumedTariff", "appRate", "mfnRate", "bndRate", "euRepRate", "euPartRate", "euEuRate", "worldAverage"]
    )
    keys = ["product", "reporter", "partner", "year"]

    def row(*key: int, **known: float) -> dict[str, Any]:
        return dict(zip(keys, key, strict=True)) | nothing | known

    of_2017 = [one for one in rows if one["year"] == 2017]
    assert of_2017[:4] == [
        row(201, 12, 24, 2017, assumedTariff=30, mfnRate=30, bndRate=40, worldAverage=17.5),
        row(201, 12, 56, 2017, assumedTariff=30, mfnRate=30, bndRate=40, worldAverage=17.5),
        row(201, 12, 76, 2017, assumedTariff=21, appRate=21, mfnRate=30, bndRate=40, worldAverage=17.5),
        row(201, 24, 12, 2017, assumedTariff=5, mfnRate=5, worldAverage=17.5),
    ]
    assert row(201, 76, 12, 2017, assumedTariff=17.5, worldAverage=17.5) in of_2017
    assert row(301, 56, 12, 2017, assumedTariff=10.001, euRepRate=10.001) in of_2017
    assert row(201, 12, 76, 2018, assumedTariff=21, bndRate=40) in rows, "filled forward, in the assumed tariff alone"
    made = entry(world)
    assert (made["state"], made["rows"], made["error_message"]) == ("processed", len(rows), None)
    (event,) = world.instance.fetch_materializations(L1, limit=10).records
    assert event.asset_materialization
    assert event.asset_materialization.metadata["dagster/row_count"].value == len(rows)


def test_it_is_made_once_when_inputs_have_changed_and_not_while_they_are_loaded(world: World) -> None:
    put(world)
    load(world)
    world.look(SENSOR)
    assert world.tick(SENSOR) == [], "nothing has changed"

    codes, rates = "comtrade/country_code_and_iso/codes.csv", "world_bank/bound_rates/rates.csv"
    world.service.storage.put(f"datasets/{codes}", [FILES[codes].replace("76,Brazil", "710,Brazil").encode()])
    world.service.storage.put(f"datasets/{rates}", [FILES[rates].replace(",40,", ",50,").encode()])
    world.ask("comtrade__country_code_and_iso__files")
    by_job = {request.job_name: request for request in world.ask("world_bank__bound_rates__files")}
    rates_run, codes_run = by_job["load_world_bank__bound_rates"], by_job["load_comtrade__country_code_and_iso"]
    assert world.execute(rates_run.job_name, rates_run.tags).success
    assert world.tick(SENSOR) == [], "a file of the codes is due"
    assert world.execute(codes_run.job_name, codes_run.tags).success

    (run,) = world.look(SENSOR)

    assert run.success
    assert world.tick(SENSOR) == []
    assert len(world.instance.fetch_materializations(L1, limit=10).records) == 2


def test_without_rows_of_one_input_nothing_is_made_and_the_reason_is_in_the_registry(world: World) -> None:
    put(world, *list(FILES)[:3])
    load(world)
    assert world.tick(SENSOR) == []

    run = world.execute("derive_world_bank__tariff__L1", {})

    assert not run.success
    failed = entry(world)
    assert (failed["state"], failed["next_attempt_at"]) == ("failed", None)
    assert "dit.eu_country_membership.L1 has no rows" in failed["error_message"]
    assert world.tick(SENSOR) == []
    put(world, list(FILES)[3])
    load(world)
    (run,) = world.look(SENSOR)
    assert run.success
    assert entry(world)["error_message"] is None


def test_a_person_limits_it_to_some_products_and_the_sensor_keeps_to_them(world: World) -> None:
    put(world)
    load(world)

    def make(products: list[int] | None) -> bool:
        job = world.definitions.resolve_job_def("derive_world_bank__tariff__L1")
        config = {"ops": {"world_bank__tariff__L1": {"config": {"products": products}}}}
        return job.execute_in_process(instance=world.instance, run_config=config, raise_on_error=False).success

    assert make([301])
    assert {row["product"] for row in tariffs(world)} == {301}
    assert world.tick(SENSOR) == [], "it is made of its inputs as they are"
    world.service.storage.put(
        "datasets/world_bank/tariff/more.csv", [f"{TARIFF_TITLES}\n12,2018,401,24,AHS,1,1\n".encode()]
    )
    load(world)
    (run,) = world.look(SENSOR)
    assert run.success
    assert {row["product"] for row in tariffs(world)} == {301}
    assert make([])
    assert {row["product"] for row in tariffs(world)} == {201, 301, 401}
    assert not make([999])
    assert "have no product 999" in entry(world)["error_message"]
    assert {row["product"] for row in tariffs(world)} == {201, 301, 401}, "what there was before stays"


def test_its_lineage_is_that_of_its_inputs(world: World) -> None:
    graph = world.definitions.resolve_asset_graph()

    assert graph.get(L1).parent_keys == {
        AssetKey(["world_bank", "tariff", "L0"]),
        AssetKey(["world_bank", "bound_rates", "L1"]),
        AssetKey(["comtrade", "country_code_and_iso", "L1"]),
        AssetKey(["dit", "eu_country_membership", "L1"]),
    }


@pytest.mark.parametrize("path", ["get-world-bank-tariffs/"])
def test_before_it_is_made_its_route_has_no_rows(path: str, world: World) -> None:
    put(world, "world_bank/tariff/tariff.csv")
    load(world)

    assert read_route(world, path) == []
    assert requests.get(f"{world.web_url}/api/v1/{path}", timeout=30).status_code == 401


def test_data_flow_is_told_of_a_derived_table_when_it_is_made_if_that_is_what_is_declared(world: World) -> None:
    declared = [replace(one, dataflow_table="L1") if one.key == "world_bank.tariff" else one for one in DATASETS]
    world.definitions = build_definitions(declared, world.service)
    put(world)
    load(world)
    world.wait_for_dataflow()
    world.look("dataflow__runs")
    assert "world_bank.tariff" not in {run["schema_name"] for run in ledger(world)}, "no file is what it reads"

    world.look(SENSOR)

    world.wait_for_dataflow()
    world.look("dataflow__runs")
    (run,) = [run for run in ledger(world) if run["schema_name"] == SOURCE]
    assert (run["table_name"], run["state"]) == ("L1", "success")
    copied = world.rows("SELECT count(*) FROM world_bank.tariff", world.datasets_url)
    assert copied == [{"count": len(tariffs(world))}]
    with psycopg.connect(world.database_url) as connection:
        connection.execute(
            "UPDATE operations.dataflow_run SET state = 'failed', finished_at = now() - interval '1 day'"
        )
    (again,) = [one for one in world.tick("dataflow__runs") if one.job_name == "derive_world_bank__tariff__L1"]
    assert world.execute(again.job_name, again.tags, again.asset_selection).success
    assert len([run for run in ledger(world) if run["schema_name"] == SOURCE]) == 2
    assert len(world.instance.fetch_materializations(L1, limit=10).records) == 1, "nothing is made again for it"


def ledger(world: World) -> list[dict[str, Any]]:
    return world.rows("SELECT * FROM operations.dataflow_run ORDER BY id")

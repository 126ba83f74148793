"""An upload that is replaced while data-flow reads it: no run fails, and the new rows follow."""

from dataclasses import asdict

from dss_assets import uploads
from tests.journeys.confirmed import confirm
from tests.journeys.test_dataflow import ReadInPages
from tests.journeys.world import World

UPLOADS, RUNS = "uploads__files", "dataflow__runs"


def copied(world: World) -> list[str]:
    rows = world.rows('SELECT name FROM "finance"."budget" ORDER BY id', world.datasets_url)
    return [row["name"] for row in rows]


def test_dataflow_reads_the_replaced_version_to_its_end_and_then_the_new_one(world: World) -> None:
    seen: list[list[str]] = []

    def load_another() -> None:
        second = confirm(world, b"name,amount,since\nNew,1,\nNewer,2,\nNewest,3,\n")
        with world.service.database.connect("a load meanwhile") as connection:
            uploads.ingest_upload(connection, world.service.storage, uploads.find(connection, second), "a run", 3)

    world.dataflow.dag.pipeline = ReadInPages(**asdict(world.dataflow.dag.pipeline), meanwhile=[load_another])
    confirm(world, b"name,amount,since\nOne,1,\nTwo,2,\nThree,3,\nFour,4,\n")
    world.look(UPLOADS)
    world.wait_for_dataflow()
    seen.append(copied(world))
    world.look(RUNS)
    world.wait_for_dataflow()
    world.look(RUNS)
    seen.append(copied(world))

    assert seen == [["One", "Two", "Three", "Four"], ["New", "Newer", "Newest"]]
    states = world.rows("SELECT state FROM operations.dataflow_run ORDER BY id")
    assert [row["state"] for row in states] == ["success", "success"]
    assert {row["state"] for row in world.rows("SELECT state FROM pipeline_data_file")} == {"completed"}

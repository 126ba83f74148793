"""What Dagster knows of an upload goes with it: its UI has no log-in of its own."""

from tests.journeys.confirmed import confirm
from tests.journeys.world import World

UPLOADS, RUNS = "uploads__files", "dataflow__runs"


def ask_for_deletion(world: World, dataset: str = "budget") -> None:
    """Do what the web half does when a person has typed the name of a dataset."""
    world.change(
        "INSERT INTO operations.deletion (organisation, dataset, state, requested_by, requested_by_id)"
        f" VALUES ('finance', '{dataset}', 'requested', 'me', 'my id')"
    )


def copy_all(world: World) -> None:
    """Until data-flow has copied what is loaded, also what had to wait for an earlier copy."""
    for _ in range(2):
        world.wait_for_dataflow()
        world.look(RUNS)


def runs_that_name(world: World, upload_id: str) -> list[str]:
    return [
        run.run_id
        for run in world.instance.get_runs()
        if any(upload_id in str(event) for event in world.instance.all_logs(run.run_id))
    ]


def test_the_events_of_a_dataset_that_was_deleted_are_gone_and_others_stay(world: World) -> None:
    bad = confirm(world, b"name,amount,since\nPens,many,2024-01-01\n")
    world.look(UPLOADS)
    good = confirm(world, b"name,amount,since\nInk,2,\n")
    world.look(UPLOADS)
    other = confirm(world, b"name,amount,since\nInk,2,\n", dataset="other")
    world.look(UPLOADS)
    copy_all(world)
    assert runs_that_name(world, bad)
    assert runs_that_name(world, good)
    ask_for_deletion(world)

    world.tick("uploads__deletions")

    assert runs_that_name(world, bad) == runs_that_name(world, good) == []
    assert world.instance.get_dynamic_partitions("uploads") == [f"finance.other:{other}"]
    assert world.materialised("uploads", "L0") == {f"finance.other:{other}"}
    (record,) = world.rows("SELECT state, counts FROM operations.deletion")
    assert record == {
        "state": "done",
        "counts": {"stored files": 2, "versions": 2, "tables": 1, "rows in tables": 1},
    }
    for upload_id in (bad, good):
        assert not (world.storage_folder / "uploads" / "finance" / "budget" / upload_id).exists()
    assert world.rows("SELECT count(*) FROM pipeline") == [{"count": 1}]
    for sensor in (UPLOADS, RUNS, "uploads__deletions"):
        assert world.look(sensor) == []


def test_a_version_that_is_kept_is_restored_and_copied_without_its_file(world: World) -> None:
    first = confirm(world, b"name,amount,since\nPens,1,\n")
    world.look(UPLOADS)
    copy_all(world)
    confirm(world, b"name,amount,since\nInk,2,\n")
    world.look(UPLOADS)
    copy_all(world)
    world.service.storage.delete(f"uploads/finance/budget/{first}")
    # Uploads of the web half have a digest, by which a kept table is known to be theirs.
    world.change(
        "UPDATE pipeline_data_file AS file SET state = 'verified', started_processing_at = now(),"
        " digest = entry.digest, size = entry.size FROM operations.datafile_registry AS entry"
        f" WHERE file.id = '{first}' AND file_name = '{first}'"
    )

    world.look(UPLOADS)
    copy_all(world)

    assert world.rows('SELECT name FROM "finance.budget"."L0"') == [{"name": "Pens"}]
    assert world.rows('SELECT name FROM "finance"."budget"', world.datasets_url) == [{"name": "Pens"}]
    assert world.rows(f"SELECT state FROM pipeline_data_file WHERE id = '{first}'") == [{"state": "completed"}]

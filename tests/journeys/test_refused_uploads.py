"""What the database refuses for good ends at once with its reason, and what was cancelled is not loaded."""

import pytest

from dss_assets.database import run_lock
from dss_web.shared.contract import SYSTEM_COLUMNS
from tests.journeys.client import read_table
from tests.journeys.confirmed import confirm, upload_row
from tests.journeys.world import World

UPLOADS = "uploads__files"
MANY = [f"c{number}" for number in range(1700)]
WIDE = MANY[:700]


@pytest.mark.parametrize("name", sorted(SYSTEM_COLUMNS))
def test_a_column_that_every_table_has_is_refused_at_once(name: str, world: World) -> None:
    upload_id = confirm(world, f"{name},b\n1,2\n".encode(), [name, "b"], ["text", "text"])

    world.look(UPLOADS)

    told = upload_row(world, upload_id)
    assert told["state"] == "failed"
    assert f"'{name}'" in str(told["error_message"])
    assert world.look(UPLOADS) == []


@pytest.mark.parametrize(
    ("content", "names", "reason"),
    [
        (f"{','.join(MANY)}\n{','.join('1' * len(MANY))}\n", MANY, "1600 columns"),
        (f"{','.join(WIDE)}\n{',' * 699}\n{','.join(['x' * 40] * 700)}\n", WIDE, "Line 3: the row takes "),
        ("a,b\n1,2\n3,x\0y\n", ["a", "b"], "NUL"),
    ],
    ids=["a table that is too wide", "a row that is too wide", "NUL"],
)
def test_what_the_database_refuses_for_good_is_not_tried_again(
    content: str, names: list[str], reason: str, world: World
) -> None:
    encoding = "utf-16" if "\0" in content else "utf-8"
    upload_id = confirm(world, content.encode(encoding), names, ["text"] * len(names), encoding=encoding)

    world.look(UPLOADS)

    told = upload_row(world, upload_id)
    assert told["state"] == "failed"
    assert reason in str(told["error_message"])
    assert "Nothing was loaded" in str(told["error_message"])
    assert len(str(told["error_message"])) < 400
    assert world.registry(upload_id)["next_attempt_at"] is None
    assert world.look(UPLOADS) == []


def test_an_upload_that_was_cancelled_is_not_loaded_even_if_its_partition_is_materialised(world: World) -> None:
    confirm(world, b"name,amount,since\nPens,1,\n")
    world.look(UPLOADS)
    cancelled = confirm(world, b"name,amount,since\nInk,2,\n")
    (request,) = world.ask(UPLOADS)
    world.change(f"UPDATE pipeline_data_file SET state = 'cancelled' WHERE id = '{cancelled}'")

    run = world.execute(request.job_name, request.tags)

    assert not run.success
    assert upload_row(world, cancelled)["state"] == "cancelled"
    assert [row["name"] for row in read_table(world, "finance.budget", "L0")] == ["Pens"]
    assert world.look(UPLOADS) == []


def test_a_file_that_did_not_arrive_is_said_to_be_interrupted(world: World) -> None:
    upload_id = confirm(world, b"name,amount,since\nPens,1,\n")
    world.change("UPDATE pipeline_data_file SET state = 'uploading', uploaded_at = now() - interval '2 hours'")

    assert world.look(UPLOADS) == []

    told = upload_row(world, upload_id)
    assert told["state"] == "failed"
    assert "interrupted" in str(told["error_message"])


def test_a_load_at_which_a_process_works_is_not_given_up(world: World) -> None:
    upload_id = confirm(world, b"name,amount,since\nPens,1,\n")
    world.look(UPLOADS)
    world.change("UPDATE operations.datafile_registry SET state = 'processing', run_id = 'a run that works'")
    world.change(
        "UPDATE pipeline_data_file SET state = 'processing_dss', started_processing_at = now() - interval '2 days'"
    )
    with world.service.database.connect("a run") as connection, run_lock(connection, "a run that works"):
        world.look(UPLOADS)
        assert upload_row(world, upload_id)["state"] == "processing_dss"

    world.look(UPLOADS)

    assert upload_row(world, upload_id)["state"] == "failed"


def test_the_columns_that_every_table_has_are_those_of_postgres(world: World) -> None:
    found = world.rows("SELECT attname FROM pg_attribute WHERE attrelid = 'pipeline'::regclass AND attnum < 0")
    assert {row["attname"] for row in found} == SYSTEM_COLUMNS

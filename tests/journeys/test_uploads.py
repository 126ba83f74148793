"""A confirmed upload becomes a table and reaches the datasets database, or its person is told why not."""

from datetime import date
from decimal import Decimal

import psycopg
import pytest

from tests.journeys.client import read_table
from tests.journeys.confirmed import confirm, upload_row
from tests.journeys.world import World

UPLOADS, RUNS = "uploads__files", "dataflow__runs"


def test_a_burst_of_uploads_to_many_datasets_is_one_run_in_which_each_fails_alone(world: World) -> None:
    good = [confirm(world, b"Name,Amount,Since\nPens,1,2024-01-31\n", dataset=f"budget{number}") for number in range(4)]
    bad = confirm(world, b"Name,Amount,Since\nPens,many,2024-01-31\n", dataset="wishes")

    (run,) = world.look(UPLOADS)

    assert not run.success
    assert {upload_row(world, upload)["state"] for upload in good} == {"processing_dataflow"}
    assert upload_row(world, bad)["state"] == "failed"
    assert len(world.dataflow.dag.all()) == 4
    assert world.look(UPLOADS) == []


def test_an_upload_becomes_a_table_and_reaches_the_datasets_database(world: World) -> None:
    upload_id = confirm(world, b"Name,Amount,Since\nPens,1.50,2024-01-31\nInk,N/A,01/02/2024\n")

    (run,) = world.look(UPLOADS)

    assert run.success
    assert upload_row(world, upload_id)["state"] == "processing_dataflow"
    assert read_table(world, "finance.budget", "L0") == [
        {"id": 1, "name": "Pens", "amount": 1.5, "since": "2024-01-31"},
        {"id": 2, "name": "Ink", "amount": None, "since": "2024-02-01"},
    ]
    world.wait_for_dataflow()
    world.look(RUNS)
    done = upload_row(world, upload_id)
    assert (done["state"], done["rows"], done["error_message"]) == ("completed", 2, None)
    assert world.rows("SELECT * FROM finance.budget", world.datasets_url) == [
        {"id": 1, "name": "Pens", "amount": Decimal("1.50"), "since": date(2024, 1, 31)},
        {"id": 2, "name": "Ink", "amount": None, "since": date(2024, 2, 1)},
    ]
    assert world.materialised("uploads", "L0") == {f"finance.budget:{upload_id}"}
    assert world.materialised("uploads", "dataflow") == {f"finance.budget:{upload_id}"}


def test_a_second_version_with_other_columns_replaces_the_first_and_the_first_can_be_restored(world: World) -> None:
    first = confirm(world, b"name,amount,since\nPens,1,\n")
    world.look(UPLOADS)
    confirm(world, b"name;count\nPens;2\n", ["name", "count"], ["text", "integer"], delimiter=";")
    world.look(UPLOADS)
    assert read_table(world, "finance.budget", "L0") == [{"id": 1, "name": "Pens", "count": 2}]

    with psycopg.connect(world.database_url) as connection:
        connection.execute("UPDATE pipeline_data_file SET state = 'verified' WHERE id = %s", [first])
    world.look(UPLOADS)

    assert read_table(world, "finance.budget", "L0") == [{"id": 1, "name": "Pens", "amount": 1, "since": None}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_the_encoding_that_was_found_is_read(encoding: str, world: World) -> None:
    content = "name,amount,since\nCafé,1,\n".encode(encoding)
    confirm(world, content, encoding=encoding)

    world.look(UPLOADS)

    assert [row["name"] for row in read_table(world, "finance.budget", "L0")] == ["Café"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"name,amount,since\nPens,1,\nInk,a lot,\n", r"Line 3, column amount: found 'a lot', expected a number."),
        (b'name,amount,since\n"Two\nlines",1,\nInk,2,soon\n', r"Line 4, column since: found 'soon', expected a date"),
        (b"name,amount,since\nPens,1\n", "Line 2: found 2 values, expected 3 columns."),
        (b"name,amount,since\n", "The file holds no rows"),
        (b"name,amount,since\nCaf\xe9,1,\n", "Line 2: found the byte 0xE9, expected text in UTF-8."),
        (b'name,amount,since\n"Pens,1,\n', 'Line 2: found a quotation mark (") that is never closed'),
    ],
    ids=["number", "date after a value of two lines", "ragged", "no rows", "encoding", "quote"],
)
def test_a_value_that_does_not_fit_is_told_with_its_place(content: bytes, reason: str, world: World) -> None:
    good = confirm(world, b"name,amount,since\nPens,1,\n")
    world.look(UPLOADS)
    bad = confirm(world, content)

    (run,) = world.look(UPLOADS)

    assert not run.success
    told = upload_row(world, bad)
    assert told["state"] == "failed"
    assert reason in str(told["error_message"])
    assert [row["name"] for row in read_table(world, "finance.budget", "L0")] == ["Pens"]
    assert world.ask(UPLOADS) == []
    assert upload_row(world, good)["state"] != "failed"


def test_the_table_of_a_published_dataset_is_never_replaced(world: World) -> None:
    upload_id = confirm(world, b"name,amount,since\nPens,1,\n")
    with psycopg.connect(world.database_url) as connection:
        connection.execute("UPDATE pipeline SET organisation = 'hmrc', dataset = 'exporters'")

    world.look(UPLOADS)

    told = upload_row(world, upload_id)
    assert told["state"] == "failed"
    assert "is the name of a published dataset" in str(told["error_message"])


def test_while_dataflow_fails_the_upload_says_so_and_is_completed_once_it_works(world: World) -> None:
    world.dataflow.dag.failing_runs = 1
    upload_id = confirm(world, b"name,amount,since\nPens,1,\n")
    world.look(UPLOADS)
    world.wait_for_dataflow()
    world.look(RUNS)
    told = upload_row(world, upload_id)
    assert told["state"] == "processing_dataflow"
    assert world.rows("SELECT state, attempt FROM operations.dataflow_run") == [{"state": "failed", "attempt": 1}]

    world.make_due()
    world.look(RUNS)
    world.wait_for_dataflow()
    world.look(RUNS)

    assert upload_row(world, upload_id)["state"] == "completed"


def test_a_storage_that_is_out_of_reach_delays_the_upload_and_does_not_fail_it(world: World) -> None:
    upload_id = confirm(world, b"name,amount,since\nPens,1,\n")
    folder = world.storage_folder / "uploads"
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("a file where a folder should be")
    world.look(UPLOADS)
    assert upload_row(world, upload_id)["state"] == "processing_dss"

    folder.unlink()
    folder.with_name("elsewhere").rename(folder)
    world.make_due()
    (run,) = world.look(UPLOADS)

    assert run.success


def _confirmed_a_day_ago(world: World) -> None:
    with psycopg.connect(world.database_url) as connection:
        connection.execute(
            "UPDATE pipeline_data_file SET started_processing_at = now() - interval '25 hours',"
            " loaded_at = loaded_at - interval '25 hours'"
        )


def test_a_load_is_given_up_a_day_after_the_confirmation_however_often_it_was_tried(world: World) -> None:
    upload_id = confirm(world, b"name,amount,since\nPens,1,\n")
    folder = world.storage_folder / "uploads"
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("a file where a folder should be")
    world.look(UPLOADS)
    with psycopg.connect(world.database_url) as connection:
        connection.execute("UPDATE pipeline_data_file SET started_processing_at = now() - interval '23 hours'")
    world.make_due()
    world.look(UPLOADS)
    assert upload_row(world, upload_id)["state"] == "processing_dss", "it has an hour left"
    with psycopg.connect(world.database_url) as connection:
        connection.execute(
            "UPDATE pipeline_data_file SET started_processing_at = started_processing_at - interval '2 hours'"
        )

    assert world.look(UPLOADS) == []

    given_up = upload_row(world, upload_id)
    assert given_up["state"] == "failed"
    assert "Nothing of it was loaded" in str(given_up["error_message"])


def test_an_upload_whose_rows_are_loaded_is_never_failed_however_late_it_is(world: World) -> None:
    world.dataflow.dag.failing_runs = 1
    upload_id = confirm(world, b"name,amount,since\nPens,1,\n")
    world.look(UPLOADS)
    _confirmed_a_day_ago(world)

    world.look(UPLOADS)

    late = upload_row(world, upload_id)
    assert late["state"] == "processing_dataflow"
    assert "The rows are loaded and the API serves them" in str(late["error_message"])
    world.wait_for_dataflow()
    for _ in range(2):
        world.look(RUNS)
        world.make_due()
        world.wait_for_dataflow()
    world.look(RUNS)
    assert upload_row(world, upload_id)["state"] == "completed"


def test_a_load_that_ends_after_it_was_given_up_is_noticed(world: World) -> None:
    upload_id = confirm(world, b"name,amount,since\nPens,1,\n")
    world.look(UPLOADS)
    with psycopg.connect(world.database_url) as connection:
        connection.execute("UPDATE pipeline_data_file SET state = 'failed', error_message = 'given up'")

    world.look(UPLOADS)

    assert upload_row(world, upload_id)["state"] == "processing_dataflow"

"""From a publisher's site to clients and to the datasets database."""

import hashlib
from datetime import date, datetime

import pytest
import requests

from dss_assets.datasets.dit_eu_country_membership import YEARS
from infra.local.http import Fault
from tests.journeys.client import read_table
from tests.journeys.world import World
from tests.published import csv_text, exporter_line, exporters_zip, ons_row, ons_zip, postcode_row, postcodes_csv

EXPORTERS = "hmrc__exporters__files"
POSTCODE_DIRECTORY = "ons__postcode_directory__files"
REFERENCE_POSTCODES = "dit__reference_postcodes__files"
JANUARY = exporters_zip(exporters1601=exporter_line("201601", "First Ltd", "11111111", "22222222"))
FEBRUARY = exporters_zip(exporters1602=exporter_line("201602", "Second Ltd", "33333333"))


def test_exporters_reach_clients_and_the_datasets_database(world: World) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)

    (run,) = world.look(EXPORTERS)

    assert run.success
    expected = {
        "id": 1,
        "data_source_row_id": 1,
        "datetime": "2016-01-01T00:00:00",
        "company_name": "first ltd",
        "address": "1 quay  hull",
        "postcode": "AB12CD",
        "export_item_codes": ["11111111", "22222222"],
    }
    assert read_table(world, "hmrc.exporters", "L1") == [expected]
    world.wait_for_dataflow()
    assert world.rows('SELECT * FROM "hmrc"."exporters"', world.datasets_url) == [
        expected | {"datetime": datetime(2016, 1, 1)}
    ]
    assert all(
        world.materialised("hmrc", "exporters", part) == {"exporters1601.zip"}
        for part in ("file", "L0", "L1", "registry", "dataflow")
    )


def test_postcodes_of_ons_reach_the_datasets_database(world: World) -> None:
    world.publish("ons/postcode_directory", "ONSPD_MAY_2019_UK.zip", ons_zip(ons_row("AB1 0AA")))

    world.look(POSTCODE_DIRECTORY)

    world.wait_for_dataflow()
    assert world.rows("SELECT id, pcds, dointr, publication_date FROM ons.postcode_directory", world.datasets_url) == [
        {"id": 1, "pcds": "AB1 0AA", "dointr": date(1980, 1, 1), "publication_date": date(2019, 5, 1)}
    ]


def test_a_file_that_operators_put_into_the_storage_is_loaded(world: World) -> None:
    storage = world.service.storage
    path = storage.dataset_path("dit", "reference_postcodes", "may.csv")
    storage.put(path, [postcodes_csv(postcode_row("AB1 0AA"))])

    world.look(REFERENCE_POSTCODES)

    assert [row["postcode"] for row in read_table(world, "dit.reference_postcodes", "L1")] == ["AB1 0AA"]
    digest = world.registry("may.csv")["digest"]
    assert storage.find(f"superseded/dit/reference_postcodes/may.csv/{digest}")


def test_what_is_loaded_is_not_asked_for_again(world: World) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)
    world.look(EXPORTERS)

    assert world.ask(EXPORTERS) == []


def test_a_burst_is_one_run_and_one_run_of_dataflow_and_a_bad_file_in_it_fails_alone(world: World) -> None:
    for month in range(1, 10):
        content = exporters_zip(exporters=exporter_line(f"20160{month}", f"Company {month}", "1"))
        world.publish("hmrc/exporters", f"exporters160{month}.zip", content)
    world.publish("hmrc/exporters", "exporters1605.zip", b"PK\x03\x04 and then nothing")

    (run,) = world.look(EXPORTERS)

    assert not run.success
    good = {f"exporters160{month}.zip" for month in range(1, 10) if month != 5}
    assert world.materialised("hmrc", "exporters", "registry") == good
    assert world.materialised("hmrc", "exporters", "dataflow") == good
    assert world.registry("exporters1605.zip")["state"] == "failed"
    reason = world.registry("exporters1605.zip")["error_message"]
    assert "exporters1605.zip is not a whole zip" in reason
    failure = str(run.failure_data_for_node("hmrc__exporters"))
    assert reason in failure
    assert "1 of 9 failed, alone: the other 8 are loaded. Failed: exporters1605.zip." in failure
    assert world.outcome(run) == "8 loaded, 1 failed"
    for part in ("file", "L0", "L1", "registry", "dataflow"):
        assert world.observed("hmrc", "exporters", part)["exporters1605.zip"] == reason
    assert len(world.dataflow.dag.all()) == 1


def test_each_step_shows_rows_columns_and_where_to_read_on(world: World) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)
    world.look(EXPORTERS)
    world.wait_for_dataflow()
    world.look("dataflow__runs")

    shown = {part: world.shown("hmrc", "exporters", part) for part in ("L0", "L1", "registry", "datasets_database")}

    assert shown["L1"]["dagster/row_count"].value == shown["L1"]["dagster/partition_row_count"].value == 1
    lineage = shown["L1"]["dagster/column_lineage"].column_lineage.deps_by_column
    assert [dep.column_name for dep in lineage["datetime"]] == ["month"]
    assert lineage["datetime"][0].asset_key.path == ["hmrc", "exporters", "L0"]
    assert [record.data["company_name"] for record in shown["L1"]["preview"].records] == ["first ltd"]
    copied = shown["datasets_database"]["dagster/column_lineage"].column_lineage.deps_by_column
    assert copied["datetime"][0].asset_key.path == ["hmrc", "exporters", "L1"]
    assert shown["L0"]["in the catalogue"].url == f"{world.web_url}/datasets/hmrc/exporters/"
    admin = shown["registry"]["in the admin"].url
    assert "login" in requests.get(admin, timeout=30, allow_redirects=False).headers["Location"]


def test_a_preview_of_an_unpivoted_table_shows_its_first_rows(world: World) -> None:
    titles = ["country", "iso3", *(str(year) for year in YEARS)]
    rows = [["France", "FRA", *("EUN" for _ in YEARS)]]
    world.service.storage.put("datasets/dit/eu_country_membership/a.csv", [csv_text(titles, rows).encode()])

    world.look("dit__eu_country_membership__files")

    preview = world.shown("dit", "eu_country_membership", "L1")["preview"].records
    assert [(record.data["year"], record.data["tariff_code"]) for record in preview[:2]] == [
        (1958, "EUN"),
        (1959, "EUN"),
    ]


def test_the_checks_tell_of_a_wrong_header_of_no_rows_and_of_a_release_that_shrank(world: World) -> None:
    rows = [postcode_row(f"AB1 0A{letter}") for letter in "ABCDEFGHIJ"]
    files = {
        "a.csv": postcodes_csv(*rows),
        "b.csv": postcodes_csv(*rows[:5]),
        "c.csv": postcodes_csv(),
        "d.csv": b"not,these\n1,2\n",
        "e.csv": postcodes_csv(*rows[:9], postcode_row("AB1 0ZZ", date_of_introduction="soon")),
    }
    for name, content in files.items():
        world.service.storage.put(f"datasets/dit/reference_postcodes/{name}", [content])

    (run,) = world.look(REFERENCE_POSTCODES)

    found = {check.check_name: check for check in run.get_asset_check_evaluations()}
    assert {name: check.passed for name, check in found.items()} == {
        "is_loaded": False,
        "has_rows": False,
        "no_bad_rows": False,
        "not_shrunk": False,
        "same_columns": True,
        "header_as_declared": False,
        "read_without_doubt": True,
        "not_null_postcode": True,
        "not_null_region_code": True,
        "unique_postcode": True,
        "tables_as_declared": True,
    }
    assert found["no_bad_rows"].metadata["e.csv"].value == (
        "1 row of 10 left out. The first: e.csv, line 11, column date_of_introduction: found 'soon', expected a date, "
        "for example 2024-01-31."
    )
    assert "holds no rows" in str(found["has_rows"].metadata["c.csv"].value)
    assert found["not_shrunk"].metadata["b.csv"].value == "5 rows after 10"
    assert "unknown: not, these" in str(found["header_as_declared"].metadata["d.csv"].value)


def test_a_changed_file_is_loaded_again_and_both_versions_are_kept(world: World) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)
    world.look(EXPORTERS)
    before = world.registry("exporters1601.zip")["digest"]
    world.publish("hmrc/exporters", "exporters1601.zip", FEBRUARY)

    world.look(EXPORTERS)

    assert [row["company_name"] for row in read_table(world, "hmrc.exporters", "L1")] == ["second ltd"]
    kept = world.service.storage.read(f"superseded/hmrc/exporters/exporters1601.zip/{before}")
    assert b"".join(kept) == JANUARY


def test_a_partition_that_is_materialised_again_has_its_rows_once(world: World) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)
    world.publish("hmrc/exporters", "exporters1602.zip", FEBRUARY)
    (request,) = world.ask(EXPORTERS)
    for _ in range(2):
        assert world.execute("load_hmrc__exporters", request.tags).success

    assert [row["company_name"] for row in read_table(world, "hmrc.exporters", "L1")] == ["first ltd", "second ltd"]
    assert world.fetches("exporters1601.zip") == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(status=404), "404"),
        (Fault(status=500), "500"),
        (Fault(body=b"<!DOCTYPE html><html>Sorry</html>"), "an HTML page instead of the file"),
        (Fault(sent_bytes=40), "broke off"),
    ],
    ids=["404", "500", "error page", "broken off"],
)
def test_a_file_that_does_not_come_is_tried_again_and_heals(fault: Fault, reason: str, world: World) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)
    world.publish("hmrc/exporters", "exporters1602.zip", FEBRUARY)
    world.publisher.faults["exporters1601.zip"] = fault

    (run,) = world.look(EXPORTERS)

    assert not run.success
    failed = world.registry("exporters1601.zip")
    assert failed["state"] == "failed"
    assert reason in failed["error_message"]
    assert failed["next_attempt_at"] is not None
    assert world.registry("exporters1602.zip")["state"] == "processed"

    world.publisher.faults.clear()
    world.make_due()
    (run,) = world.look(EXPORTERS)

    assert run.success
    healed = world.registry("exporters1601.zip")
    assert (healed["state"], healed["error_message"], healed["attempts"]) == ("processed", None, 0)


def test_a_bad_file_is_not_fetched_again_until_another_version_is_offered(world: World) -> None:
    """Half a zip may have been cut on its way: the same bytes a second time are what the publisher has."""
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY[: len(JANUARY) // 2])
    for attempts in (1, 2):
        world.look(EXPORTERS)
        assert world.fetches("exporters1601.zip") == attempts
        world.make_due()
    assert world.ask(EXPORTERS) == []

    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)
    (run,) = world.look(EXPORTERS)

    assert run.success


def test_a_storage_that_cannot_be_written_is_noted_and_heals(world: World) -> None:
    storage = world.service.storage
    storage.put("datasets/hmrc", [b"a file where a folder should be"])
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)
    (run,) = world.look(EXPORTERS)
    assert not run.success
    assert "in the storage" in world.registry("exporters1601.zip")["error_message"]

    (world.storage_folder / "datasets/hmrc").unlink()
    world.make_due()
    (run,) = world.look(EXPORTERS)

    assert run.success


def test_a_run_fetches_what_the_sensor_saw_and_lists_no_publisher(world: World) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)
    (request,) = world.ask(EXPORTERS)
    before = len(world.publisher.requests)

    assert world.execute(request.job_name, request.tags).success

    asked = world.publisher.requests[before:]
    assert [(method, target.rpartition("/")[2]) for method, target in asked] == [("GET", "exporters1601.zip")]
    registered = world.registry("exporters1601.zip")
    assert registered["version"] == registered["offered_version"] != ""


def test_a_link_is_asked_by_head_once_for_each_listing(world: World) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)

    world.ask(EXPORTERS)

    assert [target.rpartition("/")[2] for method, target in world.publisher.requests if method == "HEAD"] == [
        "exporters1601.zip"
    ]


@pytest.mark.parametrize("content", [JANUARY, exporters_zip(exporters="x\ty\n")], ids=["loaded", "failed"])
def test_a_stored_file_is_materialised_while_its_publisher_is_away(content: bytes, world: World) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", content)
    (request,) = world.ask(EXPORTERS)
    first = world.execute(request.job_name, request.tags)
    before = len(world.publisher.requests)

    again = world.execute(request.job_name, request.tags)

    assert (first.success, again.success) == (content == JANUARY, content == JANUARY)
    assert len(world.publisher.requests) == before


def test_damaged_bytes_are_fetched_again_by_hand_and_stay_archived(world: World) -> None:
    half = JANUARY[: len(JANUARY) // 2]
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)
    (request,) = world.ask(EXPORTERS)
    world.publisher.faults["exporters1601.zip"] = Fault(body=half)
    assert not world.execute(request.job_name, request.tags).success
    world.publisher.faults.clear()

    assert world.execute(request.job_name, request.tags).success

    digest = hashlib.sha256(half).hexdigest()
    assert b"".join(world.service.storage.read(f"superseded/hmrc/exporters/exporters1601.zip/{digest}")) == half


def test_a_partition_that_no_sensor_has_seen_is_found_at_its_publisher(world: World) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)
    (request,) = world.ask(EXPORTERS)
    with world.service.database.connect("a registry that was lost") as connection:
        connection.execute("DELETE FROM operations.datafile_registry")

    assert world.execute(request.job_name, request.tags).success
    assert world.registry("exporters1601.zip")["state"] == "processed"


def test_an_archive_of_months_is_found_at_its_publisher_and_doubles_none(world: World) -> None:
    world.publish("hmrc/exporters", "exporters1601.zip", JANUARY)
    world.look(EXPORTERS)
    january = exporter_line("201601", "First Ltd", "1")
    february = exporter_line("201602", "Second Ltd", "1")
    world.publish("hmrc/exporters", "exporters_jan-jun16archive.zip", exporters_zip(a=january, b=february))

    (run,) = world.look(EXPORTERS)

    assert run.success
    assert [row["company_name"] for row in read_table(world, "hmrc.exporters", "L1")] == ["first ltd", "second ltd"]

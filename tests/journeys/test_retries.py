"""Attempts at their own times, between two listings that are hours apart."""

import os
from datetime import timedelta

import pytest
from dagster import SkipReason, build_sensor_context
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus

from dss_assets.errors import TransientError
from infra.local.http import Fault
from infra.local.publisher import Listing
from tests.journeys.client import read_table
from tests.journeys.world import DUE, World
from tests.published import exporter_line, exporters_zip

EXPORTERS = "hmrc__exporters__files"
KEY = "hmrc.exporters"
FILE = "exporters1601.zip"
JANUARY = exporters_zip(exporters1601=exporter_line("201601", "First Ltd", "11111111"))
FEBRUARY = exporters_zip(exporters1602=exporter_line("201602", "Second Ltd", "33333333"))


def tick(world: World) -> list[bool]:
    """Let the sensor look, not caring when it listed last: whether each run that it asks for succeeded."""
    return [world.execute(run.job_name, run.tags, run.asset_selection).success for run in world.tick(EXPORTERS)]


def listings(world: World) -> int:
    """How often the first page of links was read."""
    return sum(target.endswith("/latest-bulk-data-sets/") for _, target in world.publisher.requests)


def skip_reason(world: World) -> str:
    """What the sensor says when it has nothing to do."""
    repository = world.definitions.get_repository_def()
    with build_sensor_context(instance=world.instance, repository_def=repository) as context:
        found = repository.get_sensor_def(EXPORTERS)(context)
    assert isinstance(found, SkipReason)
    return found.skip_message or ""


def test_a_source_is_listed_as_often_as_it_declares_though_its_sensor_looks_more_often(world: World) -> None:
    world.publish("hmrc/exporters", FILE, JANUARY)
    sensor = world.definitions.get_repository_def().get_sensor_def(EXPORTERS)
    assert (sensor.minimum_interval_seconds or 30) <= 60
    sensor = world.definitions.get_repository_def().get_sensor_def(DUE)
    assert (sensor.minimum_interval_seconds or 30) <= 5

    assert tick(world) == [True]
    for _ in range(3):
        assert tick(world) == []

    assert listings(world) == 1


def test_a_file_that_does_not_come_is_tried_again_without_another_listing(world: World) -> None:
    world.publish("hmrc/exporters", FILE, JANUARY)
    world.publisher.faults[f"/{FILE}"] = Fault(status=503)
    assert tick(world) == [False]
    # The question by HEAD failed as well, so this listing is not whole.
    world.rows("UPDATE operations.source_listing SET attempts = 0 RETURNING 1")
    assert tick(world) == [], "its next attempt has not come"
    world.publisher.faults.clear()
    world.make_due()

    assert tick(world) == [True]
    assert listings(world) == 1


def test_a_listing_that_fails_is_read_again_with_growing_delays(world: World) -> None:
    world.publish("hmrc/exporters", FILE, JANUARY)
    world.publisher.faults["latest-bulk-data-sets"] = Fault(status=500)
    delays = []
    for _ in range(3):
        with pytest.raises(TransientError, match="500"):
            world.ask(EXPORTERS)
        assert tick(world) == [], "not before its next attempt"
        failed = world.listing(KEY)
        (row,) = world.rows("SELECT next_attempt_at - now() AS delay FROM operations.source_listing")
        delays.append(row["delay"])

    assert [
        timedelta(seconds=wait - 4) < delay <= timedelta(seconds=wait)
        for wait, delay in zip((5, 10, 20), delays, strict=True)
    ] == [True] * 3
    assert (failed["attempts"], failed["listed_at"]) == (3, None)
    assert "answered with 500" in failed["error_message"]
    world.publisher.faults.clear()
    assert [run.success for run in world.look(EXPORTERS)] == [True]
    assert (world.listing(KEY)["attempts"], world.listing(KEY)["error_message"]) == (0, "")


def test_what_is_due_is_loaded_while_the_listing_fails(world: World) -> None:
    world.publish("hmrc/exporters", FILE, JANUARY)
    world.publisher.faults[FILE] = Fault(status=503)
    assert tick(world) == [False]
    world.publisher.faults.clear()
    world.publisher.faults["latest-bulk-data-sets"] = Fault(status=500)
    world.make_due()

    assert [run.success for run in world.look(EXPORTERS)] == [True]
    assert world.listing(KEY)["attempts"] > 0
    assert "was answered with 500" in world.says(EXPORTERS)
    assert f"{KEY} is listed again at 20" in world.says(EXPORTERS)


def test_a_file_whose_path_has_changed_is_listed_again_at_its_next_attempt(world: World) -> None:
    """The random part of the path is another when the publisher has replaced the file."""
    world.publish("hmrc/exporters", FILE, JANUARY)
    (request,) = world.tick(EXPORTERS)
    os.utime(world.publisher.folder / "hmrc/exporters" / FILE, (1, 1))
    assert not world.execute(request.job_name, request.tags).success
    assert world.registry(FILE)["url"] == ""
    assert tick(world) == [], "its next attempt has not come"
    assert listings(world) == 1
    world.make_due()

    assert tick(world) == [True]
    assert listings(world) == 2
    assert world.registry(FILE)["state"] == "processed"


def test_a_file_that_is_withdrawn_before_it_was_fetched_waits_until_it_is_offered_again(world: World) -> None:
    world.publish("hmrc/exporters", FILE, JANUARY)
    world.publish("hmrc/exporters", "exporters1602.zip", FEBRUARY)
    (request,) = world.tick(EXPORTERS)
    file = world.publisher.folder / "hmrc/exporters" / FILE
    file.rename(world.publisher.folder / FILE)
    assert not world.execute(request.job_name, request.tags).success
    world.make_due()
    assert tick(world) == []
    assert world.registry(FILE)["next_attempt_at"] is None
    assert "no longer offers it" in world.registry(FILE)["error_message"]
    assert tick(world) == []
    assert listings(world) == 2

    (world.publisher.folder / FILE).rename(file)
    assert [run.success for run in world.look(EXPORTERS)] == [True]
    assert world.registry(FILE)["state"] == "processed"


def test_retry_after_puts_off_the_next_attempt(world: World) -> None:
    world.publish("hmrc/exporters", FILE, JANUARY)
    (request,) = world.tick(EXPORTERS)
    world.publisher.faults[FILE] = Fault(status=429, headers={"Retry-After": "7200"})

    assert not world.execute(request.job_name, request.tags).success

    (row,) = world.rows("SELECT next_attempt_at - updated_timestamp AS wait FROM operations.datafile_registry")
    assert row["wait"] == timedelta(hours=2)
    assert "asks to wait 7,200 seconds" in world.registry(FILE)["error_message"]


def test_retry_after_puts_off_the_next_listing(world: World) -> None:
    world.publisher.faults["latest-bulk-data-sets"] = Fault(status=503, headers={"Retry-After": "7200"})
    with pytest.raises(TransientError, match="503"):
        world.tick(EXPORTERS)

    (row,) = world.rows("SELECT next_attempt_at - now() AS wait FROM operations.source_listing")
    assert timedelta(minutes=119) < row["wait"] <= timedelta(hours=2)


def test_the_same_bytes_under_another_etag_change_nothing(world: World) -> None:
    world.publish("hmrc/exporters", FILE, JANUARY)
    world.look(EXPORTERS)
    world.wait_for_dataflow()
    before, version = world.registry(FILE), world.rows("SELECT * FROM operations.table_version")
    runs = len(world.dataflow.dag.all())
    for seconds in (1, 2):
        os.utime(world.publisher.folder / "hmrc/exporters" / FILE, (seconds, seconds))
        assert [run.success for run in world.look(EXPORTERS)] == [True]

    after = world.registry(FILE)
    assert after["version"] != before["version"]
    assert after["state"] == "processed"
    unchanged = ("digest", "rows", "seconds", "dataflow_run_id", "attempts")
    assert [after[name] for name in unchanged] == [before[name] for name in unchanged]
    assert world.rows("SELECT * FROM operations.table_version") == version
    assert len(world.dataflow.dag.all()) == runs
    kept = {file.relative_to(world.storage_folder) for file in world.storage_folder.rglob("*") if file.is_file()}
    assert [str(path) for path in kept] == [f"datasets/hmrc/exporters/{FILE}"]
    assert world.ask(EXPORTERS) == []


def test_bytes_that_come_back_after_a_bad_version_are_loaded_already(world: World) -> None:
    world.publish("hmrc/exporters", FILE, JANUARY)
    world.look(EXPORTERS)
    world.publish("hmrc/exporters", FILE, exporters_zip(exporters="x\ty\n"))
    assert [run.success for run in world.look(EXPORTERS)] == [False]
    world.publish("hmrc/exporters", FILE, JANUARY)

    assert [run.success for run in world.look(EXPORTERS)] == [True]

    assert world.registry(FILE)["state"] == "processed"
    assert world.registry(FILE)["error_message"] is None
    assert [row["company_name"] for row in read_table(world, KEY, "L1")] == ["first ltd"]
    path = world.service.storage.dataset_path("hmrc", "exporters", FILE)
    assert b"".join(world.service.storage.read(path)) == JANUARY


def test_a_zip_that_was_damaged_on_its_way_is_fetched_again_by_itself(world: World) -> None:
    """As by a Content-Length that is too small, which HTTP gives no sign of."""
    world.publish("hmrc/exporters", FILE, JANUARY)
    (request,) = world.tick(EXPORTERS)
    world.publisher.faults[FILE] = Fault(body=JANUARY[: len(JANUARY) // 2])
    assert not world.execute(request.job_name, request.tags).success
    world.publisher.faults.clear()
    world.make_due()

    assert tick(world) == [True]


def test_near_misses_are_shown_at_every_look(world: World) -> None:
    world.publish("hmrc/exporters", FILE, JANUARY)
    assert tick(world) == [True]

    assert world.listing(KEY)["near_misses"] == ["bds-exporters-notes.zip"]
    assert "Not taken, though they nearly match what hmrc.exporters declares: bds-exporters-notes.zip" in skip_reason(
        world
    )


@pytest.mark.parametrize("listing", [Listing.EMPTY, Listing.CUT_SHORT])
def test_a_listing_in_doubt_makes_no_file_vanish(listing: Listing, world: World) -> None:
    world.publish("hmrc/exporters", FILE, JANUARY)
    world.look(EXPORTERS)
    world.publisher.listing = listing

    with pytest.raises(TransientError):
        world.ask(EXPORTERS)

    assert world.registry(FILE)["state"] == "processed"
    assert world.listing(KEY)["listed_at"] is not None


def test_no_run_is_asked_for_a_dataset_whose_sensor_somebody_has_stopped(world: World) -> None:
    world.publish("hmrc/exporters", FILE, JANUARY)
    origin = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("data-store-service"), "__repository__")
    sensor = InstigatorState(origin.get_instigator_origin(EXPORTERS), InstigatorType.SENSOR, InstigatorStatus.STOPPED)
    world.instance.add_instigator_state(sensor)
    assert world.ask(EXPORTERS) == []

    world.instance.update_instigator_state(sensor.with_status(InstigatorStatus.RUNNING))
    assert len(world.ask(EXPORTERS)) == 1

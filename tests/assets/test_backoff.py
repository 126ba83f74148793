"""Runs that fail to start are asked for later each time, and a run that gets to work ends that."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from dagster import (
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    job,
    op,
)

from dss_assets.assets.backoff import start_backoff
from dss_assets.assets.run_requests import FEED_TAG

KEY = "hmrc__exporters"


@op
def load() -> None:
    """A step that does nothing."""


@op
def fail() -> None:
    """A step that fails."""
    raise ValueError("a bad file")


@job
def loading() -> None:
    """A run that ends well."""
    load()


@job
def failing() -> None:
    """A run whose step fails."""
    fail()


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


def fail_to_start(instance: DagsterInstance, key: str = KEY, **tags: str) -> DagsterRun:
    """What the daemon records of a run whose start took longer than Dagster's deadline."""
    run = instance.create_run_for_job(loading, status=DagsterRunStatus.NOT_STARTED, tags={FEED_TAG: key, **tags})
    starting = DagsterEvent(event_type_value=DagsterEventType.RUN_STARTING.value, job_name=run.job_name)
    instance.report_dagster_event(starting, run_id=run.run_id)
    instance.report_run_failed(run, "User code server request timed out")
    return run


def seconds_to_wait(instance: DagsterInstance, key: str = KEY) -> int | None:
    """The wait from the last failure on, in whole seconds."""
    backoff = start_backoff(instance, key, datetime.now(UTC) - timedelta(hours=1))
    if backoff is None:
        return None
    record = instance.get_run_record_by_id(backoff.run_id)
    assert record is not None
    assert record.end_time is not None
    return round(backoff.until.timestamp() - record.end_time)


def test_a_dataset_without_runs_need_not_wait(instance: DagsterInstance) -> None:
    assert start_backoff(instance, KEY) is None


def test_each_failed_start_doubles_the_wait_up_to_an_hour(instance: DagsterInstance) -> None:
    waits = []
    for _ in range(13):
        fail_to_start(instance)
        waits.append(seconds_to_wait(instance))

    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]


def test_runs_that_one_look_asked_for_are_one_failed_start(instance: DagsterInstance) -> None:
    for _ in range(10):
        fail_to_start(instance, **{"dagster/tick": "7"})

    assert seconds_to_wait(instance) == 5


def test_when_the_wait_is_over_a_run_may_be_asked_for(instance: DagsterInstance) -> None:
    fail_to_start(instance)
    # A moment at which the wait has not begun, however slow the machine is.
    backoff = start_backoff(instance, KEY, datetime.now(UTC) - timedelta(hours=1))
    assert backoff

    assert start_backoff(instance, KEY, backoff.until - timedelta(seconds=1)) is not None
    assert start_backoff(instance, KEY, backoff.until) is None


@pytest.mark.parametrize("reaching", [loading, failing], ids=["a run that succeeded", "a run whose step failed"])
def test_a_run_that_reached_a_step_ends_the_wait(instance: DagsterInstance, reaching: object) -> None:
    fail_to_start(instance)
    fail_to_start(instance)
    assert hasattr(reaching, "execute_in_process")
    reaching.execute_in_process(instance=instance, tags={FEED_TAG: KEY}, raise_on_error=False)

    assert start_backoff(instance, KEY) is None
    fail_to_start(instance)
    assert seconds_to_wait(instance) == 5


def test_other_datasets_need_not_wait(instance: DagsterInstance) -> None:
    fail_to_start(instance, "ons__postcode_directory")

    assert start_backoff(instance, KEY) is None


def test_the_message_names_the_dataset_the_last_run_and_the_time(instance: DagsterInstance) -> None:
    fail_to_start(instance)
    last = fail_to_start(instance)

    backoff = start_backoff(instance, KEY)

    assert backoff is not None
    assert backoff.skip_message == (
        "Runs for hmrc__exporters failed before their first step 2 times in a row. The last one was "
        f"{last.run_id}, and its log shows the reason. The next run is requested after "
        f"{backoff.until:%Y-%m-%d %H:%M:%S} UTC."
    )

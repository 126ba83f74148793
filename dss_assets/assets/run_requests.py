"""Files that are due -> runs that load them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from dagster import (
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    RunRequest,
    RunsFilter,
)

from dss_assets.assets.declared import DATASET_TAG
from dss_assets.assets.feed import Feed
from dss_assets.database import Connection, is_alive

# Dagster's own tags: the run materialises every partition from the first to the last, in their stored order.
_RANGE_START = "dagster/asset_partition_range_start"
_RANGE_END = "dagster/asset_partition_range_end"

# Runs that have work before them; any other has ended.
_UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]

# How long a started run may take until its process holds the lock that tells that it works.
_START = timedelta(seconds=60)

# Files that are not neighbours in the order of the partitions need a run each; the rest waits for the next look.
_MOST_RUNS = 10


def unfinished_run(instance: DagsterInstance, connection: Connection, dataset_key: str) -> str | None:
    """The id of a run that is to work, or works, for the dataset.

    A run whose process is gone is ended here: Dagster itself would wait for it for ever.
    """
    records = instance.get_run_records(RunsFilter(statuses=_UNFINISHED, tags={DATASET_TAG: dataset_key}))
    for record in records:
        run = record.dagster_run
        began = datetime.fromtimestamp(record.start_time, UTC) if record.start_time else None
        is_old = began is not None and datetime.now(UTC) - began > _START
        if run.status == DagsterRunStatus.STARTED and is_old and not is_alive(connection, run.run_id):
            instance.report_run_failed(
                run, "The process of this run is gone; what it had not done is done by another run."
            )
            continue
        return run.run_id
    return None


def requests_for(
    instance: DagsterInstance,
    feed: Feed,
    dataset_key: str,
    files: Sequence[str],
    assets: Sequence[AssetKey] | None = None,
) -> list[RunRequest]:
    """Runs for these files of a dataset, as few as the order of the partitions allows; new partitions are added.

    `assets` are those to materialise, all of the feed's if None.
    """
    assert feed.partitions.name
    wanted = [feed.partition_of(dataset_key, name) for name in files]
    known = set(instance.get_dynamic_partitions(feed.partitions.name))
    new = [partition for partition in wanted if partition not in known]
    if new:
        instance.add_dynamic_partitions(feed.partitions.name, new)
    order = instance.get_dynamic_partitions(feed.partitions.name)
    return [
        RunRequest(
            job_name=feed.job_name,
            asset_selection=list(assets) if assets else None,
            tags={DATASET_TAG: dataset_key, _RANGE_START: first, _RANGE_END: last},
        )
        for first, last in list(_neighbours(order, set(wanted)))[:_MOST_RUNS]
    ]


def _neighbours(order: Sequence[str], wanted: set[str]) -> Iterator[tuple[str, str]]:
    """First and last of each unbroken stretch of wanted names."""
    first = last = None
    for name in order:
        if name in wanted:
            first, last = first or name, name
        elif first and last:
            yield first, last
            first = None
    if first and last:
        yield first, last

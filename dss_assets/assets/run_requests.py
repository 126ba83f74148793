"""Files that are due -> runs that load them."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice

from dagster import (
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    RunRequest,
    RunsFilter,
)

from dss_assets import registry
from dss_assets.assets.feed import Feed
from dss_assets.database import Connection, is_alive

# The tag by which the runs of a feed are found again, and the one that has the keys of the datasets they work for.
FEED_TAG = "dss/feed"
DATASETS_TAG = "dss/datasets"

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

# How long a started run may take until its process holds the lock that tells that it works. A machine that is busy has
# taken minutes, and a run that is given up too soon is followed by another one, which keeps the machine busier still:
# as long as dagster.yaml gives a run to start.
_START = timedelta(seconds=180)
# How long a run that has worked on files may take to tell of its end, without its lock.
_END_SECONDS = 30
# Of a run that was given up before it did anything: it counts as one that failed to start.
NEVER_BEGAN_TAG = "dss/never-began"

# Files that are not neighbours in the order of the partitions need a run each; the rest waits for the next look.
_MOST_RUNS = 10
# Files of which there are more wait for the next run. Before the first of 10,000 files Dagster would plan 50,000 events
# for a minute, and whoever looks at the run would see nothing happen for as long; a process that dies has less to undo.
MOST_FILES = 1000


def datasets_in_work(instance: DagsterInstance, connection: Connection, feed_name: str) -> dict[str, str]:
    """The keys of the datasets that a run of the feed is to work for, or works for, each with the id of that run.

    A run whose process is gone is ended here: Dagster itself would wait for it for ever.
    """
    found = {}
    for record in instance.get_run_records(RunsFilter(statuses=_UNFINISHED, tags={FEED_TAG: feed_name})):
        run = record.dagster_run
        began = datetime.fromtimestamp(record.start_time, UTC) if record.start_time else None
        if run.status == DagsterRunStatus.STARTED and began and not is_alive(connection, run.run_id):
            silent_for = registry.last_written(connection, run.run_id)
            if silent_for is not None and silent_for > _END_SECONDS:
                instance.report_run_failed(
                    run, "The process of this run is gone; what it had not done is done by another run."
                )
                continue
            if silent_for is None and datetime.now(UTC) - began > _START:
                instance.add_run_tags(run.run_id, {NEVER_BEGAN_TAG: "true"})
                instance.report_run_failed(
                    run,
                    f"The process of this run did not begin its work within {_START.total_seconds():.0f} s: it is "
                    "gone, or the machine is too busy. Another run is asked for, later each time.",
                )
                continue
        found.update(dict.fromkeys(run.tags[DATASETS_TAG].split(), run.run_id))
    return found


def feed_tags(feed_name: str, dataset_keys: Iterable[str]) -> dict[str, str]:
    """The tags of a run that works for these datasets."""
    return {FEED_TAG: feed_name, DATASETS_TAG: " ".join(dataset_keys)}


def requests_for(
    instance: DagsterInstance,
    feed: Feed,
    files: Mapping[str, Sequence[str]],
    assets: Sequence[AssetKey] | None = None,
) -> list[RunRequest]:
    """Runs for files by their dataset's key, as few as the order of the partitions allows; new partitions are added.

    Of more than MOST_FILES, the others are still due at the next look, and become partitions then: to add all of 10,000
    would take half of the look.
    `assets` are those to materialise, all of the feed's if None.
    """
    assert feed.partitions.name
    wanted = {feed.partition_of(key, name): key for key, names in files.items() for name in names}
    order = instance.get_dynamic_partitions(feed.partitions.name)
    known = [partition for partition in order if partition in wanted][:MOST_FILES]
    others = wanted.keys() - set(order) if len(known) < MOST_FILES else ()
    new = list(islice((partition for partition in wanted if partition in others), MOST_FILES - len(known)))
    if new:
        instance.add_dynamic_partitions(feed.partitions.name, new)
        # As it is stored: somebody else may have added others.
        order = instance.get_dynamic_partitions(feed.partitions.name)
    return [
        RunRequest(
            job_name=feed.job_name,
            asset_selection=list(assets) if assets else None,
            tags={
                **feed_tags(feed.name, dict.fromkeys(wanted[partition] for partition in neighbours)),
                _RANGE_START: neighbours[0],
                _RANGE_END: neighbours[-1],
            },
        )
        for neighbours in islice(_neighbours(order, {*known, *new}), _MOST_RUNS)
    ]


def _neighbours(order: Sequence[str], wanted: Container[str]) -> Iterator[list[str]]:
    """Each unbroken stretch of wanted names."""
    for is_wanted, names in groupby(order, key=lambda name: name in wanted):
        if is_wanted:
            yield list(names)

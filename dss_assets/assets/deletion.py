"""What people had deleted, carried out by a sensor: no run, whose events would be about what is to go."""

from collections.abc import Sequence
from functools import partial

from dagster import (
    AssetRecordsFilter,
    DagsterInstance,
    DefaultSensorStatus,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from dss_assets import deletion
from dss_assets.assets.feed import Feed
from dss_assets.assets.intervals import interval
from dss_assets.errors import TransientError
from dss_assets.resources import Service

# Whoever asked looks at a page that says so. Nobody waits for it.
LOOK_SECONDS = 10
# Of one asset: a version has a few.
MOST_EVENTS = 10_000


def deletion_sensor(feed: Feed, service: Service) -> SensorDefinition:
    """Delete uploads that people had deleted: files, tables, what is known of them, and the events of their runs."""

    @sensor(
        name="uploads__deletions",
        description="Deletes the versions and datasets that people had deleted. Starts no run.",
        minimum_interval_seconds=interval(LOOK_SECONDS),
        default_status=DefaultSensorStatus.RUNNING,
    )
    def carry_out(context: SensorEvaluationContext) -> SkipReason:
        told = []
        with service.database.look("sensor deletions") as connection:
            for asked in deletion.requested(connection):
                forget = partial(delete_events, context.instance, feed, asked.key)
                try:
                    state = deletion.delete(connection, service.storage, service.delivery, asked, forget)
                except TransientError as error:
                    context.log.warning(str(error))
                    told.append(str(error))
                    continue
                told.append(f"{asked.key}: {state}.")
        return SkipReason(" ".join(told) or "Nothing is to be deleted.")

    return carry_out


def delete_events(instance: DagsterInstance, feed: Feed, dataset_key: str, versions: Sequence[str]) -> None:
    """Delete the partitions of versions, and the runs that reported on them with their events and logs.

    Errors quote values. Raises NotNow while one of the runs works.
    """
    partitions = [feed.partition_of(dataset_key, version) for version in versions]
    if not partitions:
        return
    runs = set()
    for key in feed.keys.values():
        wanted = AssetRecordsFilter(asset_key=key, asset_partitions=partitions)
        for fetch in (instance.fetch_materializations, instance.fetch_observations):
            runs |= {record.run_id for record in fetch(wanted, limit=MOST_EVENTS).records}
    for run_id in runs:
        run = instance.get_run_by_id(run_id)
        if run and not run.is_finished:
            raise deletion.NotNow(f"Run {run_id} works on {dataset_key}. Deleting waits until it has ended.")
        if run:
            instance.delete_run(run_id)
        instance.compute_log_manager.delete_logs(prefix=[run_id])
    for partition in partitions:
        instance.delete_dynamic_partition(feed.partitions.name or "", partition)

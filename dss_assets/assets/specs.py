"""A feed -> its partitioned assets: one multi-asset over a chain of keys, each partitioned by file.

    organisation/dataset/file -> L0 -> L1 -> registry -> dataflow
    organisation/dataset/file -> all tables of a release -> registry -> dataflow

One step works on all partitions of a run, since a run costs seconds and a file milliseconds. It reports each file as it
is done; a bad file fails alone, and the step fails at its end with all the reasons.
"""

from collections.abc import Iterator

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    ResourceParam,
    multi_asset,
)

from dss_assets.assets.batch import Batch
from dss_assets.assets.checks import check_specs
from dss_assets.assets.feed import Feed
from dss_assets.database import run_lock
from dss_assets.resources import Service

DESCRIPTIONS = {
    "file": "The file as it came, kept in the storage.",
    "L0": "The rows as published.",
    "L1": "The rows cleaned, as clients read them.",
    "registry": "The file's row in operations.datafile_registry.",
    "dataflow": "data-flow was asked to copy the table into the datasets database.",
}
KINDS = {"file": "s3", "dataflow": "airflow"}


def feed_specs(feed: Feed) -> list[AssetSpec]:
    """Specs in which each asset depends on those of the stage before its own."""
    before: list[AssetKey] = []
    specs = []
    for stage in feed.stages:
        for part in stage:
            specs.append(
                AssetSpec(
                    feed.keys[part],
                    deps=before,
                    description=feed.descriptions.get(part) or DESCRIPTIONS.get(part, DESCRIPTIONS["L0"]),
                    group_name=feed.group,
                    skippable=True,
                    kinds={KINDS.get(part, "postgres")},
                    metadata={"dagster/column_schema": feed.schemas[part]} if part in feed.schemas else {},
                )
            )
        before = [feed.keys[part] for part in stage]
    return specs


def feed_assets(feed: Feed) -> AssetsDefinition:
    """The assets of a feed. Their step loads the run's files, then asks data-flow for one run over each table."""

    @multi_asset(
        name=feed.name,
        description=feed.description,
        specs=feed_specs(feed),
        check_specs=check_specs(feed.keys[feed.checked]) if feed.checked else [],
        partitions_def=feed.partitions,
        backfill_policy=BackfillPolicy.single_run(),
        can_subset=True,
    )
    def load_files(context: AssetExecutionContext, service: ResourceParam[Service]) -> Iterator[AssetCheckResult]:
        selected = {part for part, key in feed.keys.items() if key in context.selected_asset_keys}
        batch = Batch(context, service, feed)
        run_id = context.run.run_id
        with service.database.connect(f"run {run_id}") as connection, run_lock(connection, run_id):
            find_file = feed.files(connection, service)
            for partition in context.partition_keys:
                with batch.file(partition):
                    file = find_file(partition)
                    if selected - {"dataflow"}:
                        batch.report_loaded(connection, file, file.load(run_id))
                    else:
                        batch.requeue(file)
            yield from batch.check_results(context.selected_asset_check_keys)
            if "dataflow" in selected:
                batch.trigger_dataflow(connection)
        batch.raise_failures()

    return load_files

"""A feed -> its partitioned assets: one multi-asset over a chain of keys, each partitioned by file.

    publisher -> organisation/dataset/file -> L0 -> L1 -> registry -> dataflow -> datasets_database
    publisher -> organisation/dataset/file -> all tables of a release -> registry -> dataflow
    … -> registry -> datasets, where the service itself copies the table into the datasets database

One step works on all partitions of a run, since a run costs seconds and a file milliseconds. It reports each file as it
is done; a bad file fails alone, and the step fails at its end with all the reasons. The first and the last of the chain
are not ours: they stand there as external assets, so that the lineage runs from end to end.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    MetadataValue,
    ResourceParam,
    multi_asset,
)

from dss_assets.assets import declared
from dss_assets.assets.batch import Batch
from dss_assets.assets.checks import check_specs
from dss_assets.assets.feed import Feed
from dss_assets.database import run_lock
from dss_assets.dataset import Dataset
from dss_assets.resources import Service

DESCRIPTIONS = {
    "publisher": "The publisher's files, before they come to us.",
    "file": "The file as it came, kept in the storage.",
    "L0": "The rows as published.",
    "L1": "The rows cleaned, as clients read them.",
    "registry": "The file's row in operations.datafile_registry.",
    "dataflow": "data-flow was asked to copy the table into the datasets database.",
    "datasets": "The table in the datasets database, where analysts read it, copied by the service itself.",
    "datasets_database": "The table in the datasets database, where analysts read it. data-flow fills it.",
}
KINDS = {
    "publisher": {"http"},
    "file": {"s3", "file"},
    "L0": {"postgres", "table"},
    "L1": {"postgres", "view"},
    "registry": {"postgres"},
    "dataflow": {"airflow"},
    "datasets": {"postgres", "table"},
    "datasets_database": {"postgres", "table"},
}
# The table that analysts read, whoever fills it.
DELIVERED = frozenset({"datasets", "datasets_database"})


def feed_specs(feed: Feed) -> list[AssetSpec]:
    """Specs in which each asset depends on those of the stage before its own."""
    before = [feed.upstream] if feed.upstream else []
    links = _links(feed)
    specs = []
    for stage in feed.stages:
        specs += [_spec(feed, part, feed.keys[part], before, links, skippable=True) for part in stage]
        before = [feed.keys[part] for part in stage]
    return specs


def external_specs(feed: Feed) -> list[AssetSpec]:
    """What lies before and behind the chain of a published dataset."""
    links = _links(feed)
    specs = []
    if feed.upstream:
        specs.append(_spec(feed, "publisher", feed.upstream, [], links))
    if feed.downstream and feed.delivery_key:
        specs.append(_spec(feed, feed.downstream.path[-1], feed.downstream, [feed.delivery_key], links))
    return specs


def _links(feed: Feed) -> dict[str, Any]:
    """What all parts of the chain show; finding the declaration's line takes a millisecond."""
    return declared.links(feed.declared) if feed.declared else {}


def _spec(
    feed: Feed,
    part: str,
    key: AssetKey,
    before: Sequence[AssetKey],
    links: Mapping[str, Any],
    *,
    skippable: bool = False,
) -> AssetSpec:
    """The spec of one part of the chain, with what the dataset's declaration says of it."""
    dataset = feed.declared
    return AssetSpec(
        key,
        deps=before,
        description="\n\n".join(filter(None, _sentences(feed, part))),
        group_name=feed.group,
        skippable=skippable,
        kinds=KINDS.get(part, KINDS["L0"]),
        owners=declared.owners(dataset) if dataset else [],
        tags=declared.tags(dataset) if dataset else {},
        metadata=_metadata(dataset, part, feed.page, links) if dataset else {},
        freshness_policy=declared.freshness_policy(dataset, part) if dataset else None,
    )


def _sentences(feed: Feed, part: str) -> Iterator[str]:
    yield DESCRIPTIONS.get(part, DESCRIPTIONS["L0"])
    if feed.declared and feed.declared.release and part in feed.declared.tables:
        yield feed.declared.release.table(part).description
    yield feed.description
    if part == "publisher" and feed.declared:
        yield declared.origin(feed.declared)


def _metadata(dataset: Dataset, part: str, page: str, links: Mapping[str, Any]) -> dict[str, Any]:
    facts = dict(links)
    if part in dataset.tables or part in DELIVERED:
        facts["in the catalogue"] = MetadataValue.url(page)
    if part in dataset.tables:
        facts["dagster/table_name"] = declared.table_name(dataset, part)
        facts["dagster/column_schema"] = declared.column_schema(dataset, part)
    if part in DELIVERED and dataset.dataflow_table:
        facts["dagster/table_name"] = f'"{dataset.organisation}"."{dataset.name}"'
        facts["dagster/column_schema"] = declared.column_schema(dataset, dataset.dataflow_table)
    return facts


def feed_assets(feed: Feed) -> AssetsDefinition:
    """The assets of a feed. Their step loads the run's files, then has each table delivered once."""

    @multi_asset(
        name=feed.name,
        description=feed.description,
        specs=feed_specs(feed),
        check_specs=check_specs(feed.declared, feed.keys, feed.checked) if feed.declared and feed.checked else [],
        partitions_def=feed.partitions,
        backfill_policy=BackfillPolicy.single_run(),
        can_subset=True,
    )
    def load_files(context: AssetExecutionContext, service: ResourceParam[Service]) -> Iterator[AssetCheckResult]:
        selected = {part for part, key in feed.keys.items() if key in context.selected_asset_keys}
        # A run of checks alone has no partitions: they look at all files anyway. (Dagster reads all keys at each look.)
        partitions = context.partition_keys if selected else ()
        batch = Batch(context, service, feed, selected, partitions)
        run_id = context.run.run_id
        with service.database.connect(f"run {run_id}") as connection, run_lock(connection, run_id):
            find_file = feed.files(connection, service)
            for partition in partitions:
                with batch.file(partition):
                    file = find_file(partition)
                    if selected - {feed.delivery}:
                        batch.report_loaded(connection, file, file.load(run_id))
                    else:
                        batch.requeue(file)
            yield from batch.check_results(connection, context.selected_asset_check_keys)
            if feed.delivery in selected:
                batch.deliver(connection)
        batch.end()

    return load_files

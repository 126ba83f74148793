"""Datasets -> partitioned assets.

A dataset is one multi-asset over a chain of keys, each partitioned by file:

    organisation/dataset/file -> L0 -> L1 -> registry -> dataflow

One step works on all partitions of a run, since a run costs seconds and a file milliseconds. It reports each file
as it is done; a bad file fails alone, and the step fails at its end with all the reasons.
"""

from collections.abc import Iterator
from functools import partial

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    DynamicPartitionsDefinition,
    ResourceParam,
    TableSchema,
    multi_asset,
)

from dss_assets.assets.batch import Batch
from dss_assets.assets.checks import check_specs
from dss_assets.assets.metadata import column_schema
from dss_assets.database import Connection, run_lock
from dss_assets.dataset import Dataset
from dss_assets.ingestion import ingest, store_remote_file
from dss_assets.resources import Service
from dss_assets.sources import RemoteFile, list_files

DESCRIPTIONS = {
    "file": "The file as the publisher offers it, kept in the storage.",
    "L0": "The rows as published.",
    "L1": "The rows cleaned, as clients read them.",
    "registry": "The file's row in operations.datafile_registry.",
    "dataflow": "data-flow was told to read the table into the datasets database.",
}
KINDS = {"file": "s3", "dataflow": "airflow"}


def partitions_of(dataset: Dataset) -> DynamicPartitionsDefinition:
    """The partitions of a dataset's assets: its files, by name."""
    return DynamicPartitionsDefinition(name=dataset.key)


def chain_keys(dataset: Dataset) -> dict[str, AssetKey]:
    """The assets of a dataset by their last part, in the order of the journey."""
    parts = ["file", *dataset.tables, "registry", *(["dataflow"] if dataset.dataflow_table else [])]
    return {part: AssetKey([dataset.organisation, dataset.name, part]) for part in parts}


def chain_specs(keys: dict[str, AssetKey], group: str, schema: TableSchema | None) -> list[AssetSpec]:
    """Specs in which each asset depends on the one before it."""
    before: list[AssetKey] = []
    specs = []
    for part, key in keys.items():
        specs.append(
            AssetSpec(
                key,
                deps=before,
                description=DESCRIPTIONS[part],
                group_name=group,
                skippable=True,
                kinds={KINDS.get(part, "postgres")},
                metadata={"dagster/column_schema": schema} if schema and part == "L0" else {},
            )
        )
        before = [key]
    return specs


def dataset_assets(dataset: Dataset) -> AssetsDefinition:
    """The assets of a published dataset. Their step does what `load_files` does for the selected part of the chain."""
    keys = chain_keys(dataset)

    @multi_asset(
        name=f"{dataset.organisation}__{dataset.name}",
        description=dataset.description,
        specs=chain_specs(keys, dataset.organisation, column_schema(dataset)),
        check_specs=check_specs(keys["L0"]),
        partitions_def=partitions_of(dataset),
        backfill_policy=BackfillPolicy.single_run(),
        can_subset=True,
    )
    def load_files(context: AssetExecutionContext, service: ResourceParam[Service]) -> Iterator[AssetCheckResult]:
        selected = {part for part, key in keys.items() if key in context.selected_asset_keys}
        burst = Batch(context, service, keys)
        with (
            service.database.connect(f"run {context.run.run_id}") as connection,
            run_lock(connection, context.run.run_id),
        ):
            if selected - {"dataflow"}:
                _load_files(connection, service, dataset, burst, context.partition_keys, context.run.run_id)
                yield from burst.check_results(context.selected_asset_check_keys)
            if "dataflow" in selected:
                again = () if selected - {"dataflow"} else context.partition_keys
                burst.trigger_dataflow(connection, dataset, again)
        burst.raise_failures()

    return load_files


def _load_files(
    connection: Connection, service: Service, dataset: Dataset, burst: Batch, files: list[str], run_id: str
) -> None:
    """Fetch, load and register each file. One listing serves them all."""
    remote_files = {
        remote_file.name: remote_file for remote_file in list_files(dataset, service.publishers, service.storage)
    }
    for name in files:
        with burst.file(name):
            remote_file = remote_files.get(name) or RemoteFile(name, "", "")
            ingested = ingest(
                connection,
                service.storage,
                dataset,
                name,
                remote_file.version,
                run_id,
                partial(
                    store_remote_file, dataset, remote_file, publishers=service.publishers, storage=service.storage
                ),
            )
            burst.report_loaded(connection, dataset, name, remote_file.version, ingested)

"""Uploaded CSVs as partitioned assets: one partition for each version, named `organisation.dataset:id`."""

from collections.abc import Iterator

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    BackfillPolicy,
    DynamicPartitionsDefinition,
    ResourceParam,
    multi_asset,
)

from dss_assets import uploads
from dss_assets.assets.batch import Batch
from dss_assets.assets.specs import chain_specs
from dss_assets.database import run_lock
from dss_assets.dataset import Dataset
from dss_assets.resources import Service

UPLOADS_KEY = "uploads"
UPLOADS = DynamicPartitionsDefinition(name=UPLOADS_KEY)
UPLOAD_KEYS = {part: AssetKey(["uploads", part]) for part in ("file", uploads.TABLE, "registry", "dataflow")}


def _partition_of(dataset: Dataset, upload_id: str) -> str:
    return f"{dataset.key}:{upload_id}"


def upload_assets() -> AssetsDefinition:
    """The assets of all uploads. A version that is materialised again takes the place of what is there now."""

    @multi_asset(
        name="uploads",
        description="CSV files that staff uploaded.",
        specs=chain_specs(UPLOAD_KEYS, "uploads", None),
        partitions_def=UPLOADS,
        backfill_policy=BackfillPolicy.single_run(),
        can_subset=True,
    )
    def load_uploads(context: AssetExecutionContext, service: ResourceParam[Service]) -> Iterator[None]:
        selected = {part for part, key in UPLOAD_KEYS.items() if key in context.selected_asset_keys}
        burst = Batch(context, service, UPLOAD_KEYS, _partition_of)
        datasets: dict[str, Dataset] = {}
        again: dict[str, list[str]] = {}
        with (
            service.database.connect(f"run {context.run.run_id}") as connection,
            run_lock(connection, context.run.run_id),
        ):
            for partition in context.partition_keys:
                with burst.file(partition):
                    upload = uploads.find(connection, partition.rpartition(":")[2])
                    if selected - {"dataflow"}:
                        ingested = uploads.ingest_upload(connection, service.storage, upload, context.run.run_id)
                        burst.report_loaded(connection, upload.declaration(), upload.id, "", ingested)
                    else:
                        again.setdefault(upload.key, []).append(upload.id)
                    datasets[upload.key] = upload.declaration()
            if "dataflow" in selected:
                for key, dataset in datasets.items():
                    burst.trigger_dataflow(connection, dataset, again.get(key, ()))
        burst.raise_failures()
        yield from ()

    return load_uploads

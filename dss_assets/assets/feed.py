"""A feed: files that take the same journey, with everything that the assets and sensors need to know about it.

There is one for each published dataset and one for all uploads. Whoever has a feed never asks which of the two it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dagster import AssetKey, DynamicPartitionsDefinition

from dss_assets import uploads
from dss_assets.database import Connection
from dss_assets.dataset import Dataset
from dss_assets.ingestion import Ingested, PublishedFiles
from dss_assets.resources import Service


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A file of a feed: `name` is its name in the registry, `load` takes it to its tables and the registry.

    `load` gets the id of the run. It raises IngestionError once the reason is in the registry.
    """

    dataset: Dataset
    name: str
    load: Callable[[str], Ingested]


# Finds the file of a partition. Raises InvalidFile where there is none.
FindFile = Callable[[str], FeedFile]


@dataclass(frozen=True)
class Feed:
    """`keys` are the assets by their last part, in the order of the journey.

    `files` opens a run's way from partitions to files; `partition_of` is the way back, from a dataset's key and the
    name of a file. `declared` is the declaration of all of its files, None where each has its own; `upstream` and
    `downstream` are the external assets before and behind the chain.
    """

    name: str
    description: str
    group: str
    keys: Mapping[str, AssetKey]
    partitions: DynamicPartitionsDefinition
    partition_of: Callable[[str, str], str]
    files: Callable[[Connection, Service], FindFile]
    declared: Dataset | None = None
    upstream: AssetKey | None = None
    downstream: AssetKey | None = None

    @property
    def job_name(self) -> str:
        """The job that materialises all of its assets."""
        return f"load_{self.name}"


def asset_keys(*prefix: str, parts: Sequence[str]) -> dict[str, AssetKey]:
    """The keys of a feed's assets by their last part."""
    return {part: AssetKey([*prefix, part]) for part in parts}


def published_feed(dataset: Dataset) -> Feed:
    """The files of a published dataset, each a partition of its name."""

    def files(connection: Connection, service: Service) -> FindFile:
        published = PublishedFiles(connection, dataset, service.publishers, service.storage)

        def find(partition: str) -> FeedFile:
            return FeedFile(dataset, partition, lambda run_id: published.ingest(partition, run_id))

        return find

    parts = ["file", *dataset.tables, "registry", *(["dataflow"] if dataset.dataflow_table else [])]
    return Feed(
        name=f"{dataset.organisation}__{dataset.name}",
        description=dataset.description,
        group=dataset.organisation,
        keys=asset_keys(dataset.organisation, dataset.name, parts=parts),
        partitions=DynamicPartitionsDefinition(name=dataset.key),
        partition_of=lambda _, file_name: file_name,
        files=files,
        declared=dataset,
        upstream=AssetKey([dataset.organisation, dataset.name, "publisher"]),
        downstream=(
            AssetKey([dataset.organisation, dataset.name, "datasets_database"]) if dataset.dataflow_table else None
        ),
    )


def uploads_feed() -> Feed:
    """All uploads: a partition for each version, named `organisation.dataset:id`.

    A version that is materialised again takes the place of what is in its table now.
    """

    def files(connection: Connection, service: Service) -> FindFile:
        def find(partition: str) -> FeedFile:
            upload = uploads.find(connection, partition.rpartition(":")[2])

            def load(run_id: str) -> Ingested:
                return uploads.ingest_upload(connection, service.storage, upload, run_id)

            return FeedFile(uploads.declare(connection, upload), upload.id, load)

        return find

    return Feed(
        name="uploads",
        description="CSV files that staff uploaded.",
        group="uploads",
        keys=asset_keys("uploads", parts=("file", uploads.TABLE, "registry", "dataflow")),
        partitions=DynamicPartitionsDefinition(name="uploads"),
        partition_of=lambda dataset_key, file_name: f"{dataset_key}:{file_name}",
        files=files,
    )

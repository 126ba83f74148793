"""A feed: files that take the same journey, with everything that the assets and sensors need to know about it.

There is one for each published dataset and one for all uploads. Whoever has a feed never asks which of the two it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from dagster import AssetKey, DynamicPartitionsDefinition

from dss_assets import uploads
from dss_assets.database import Connection
from dss_assets.dataset import Dataset
from dss_assets.delivery import Delivery
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
    """`stages` are those of the journey in their order, each with the last parts of its assets' keys after `prefix`.

    `files` opens a run's way from partitions to files; `partition_of` is the way back, from a dataset's key and the
    name of a file. `checked` is the asset at which files are checked, None for none. `declared` is the declaration
    of all of its files, None where each has its own; `shows_values` is whether events may hold values of the files,
    which they may not where people upload what only some may see: the Dagster UI has no login. `delivery` is the asset
    of the table's delivery, None where it is not delivered. `page` is where people read about the dataset. `upstream`
    and `downstream` are the external assets before and behind the chain.
    """

    name: str
    description: str
    group: str
    prefix: tuple[str, ...]
    stages: tuple[tuple[str, ...], ...]
    partitions: DynamicPartitionsDefinition
    partition_of: Callable[[str, str], str]
    files: Callable[[Connection, Service], FindFile]
    checked: str | None = None
    declared: Dataset | None = None
    shows_values: bool = True
    delivery: str | None = None
    page: str = ""
    upstream: AssetKey | None = None
    downstream: AssetKey | None = None

    @cached_property
    def keys(self) -> Mapping[str, AssetKey]:
        """The assets by the last part of their keys, in the order of the journey."""
        return {part: AssetKey([*self.prefix, part]) for stage in self.stages for part in stage}

    @property
    def delivery_key(self) -> AssetKey | None:
        """The asset of the table's delivery."""
        return self.keys[self.delivery] if self.delivery else None

    @property
    def job_name(self) -> str:
        """The job that materialises all of its assets."""
        return f"load_{self.name}"


def published_feed(dataset: Dataset, delivery: Delivery, page: str) -> Feed:
    """The files of a published dataset, each a partition of its name; its table is delivered so. `page` is its own."""

    def files(connection: Connection, service: Service) -> FindFile:
        published = PublishedFiles(connection, dataset, service.publishers, service.storage)

        def find(partition: str) -> FeedFile:
            return FeedFile(dataset, partition, lambda run_id: published.ingest(partition, run_id))

        return find

    # L1 is made of L0; the tables of a release stand side by side.
    tables = (dataset.tables,) if dataset.release else tuple((table,) for table in dataset.file_tables)
    is_delivered = dataset.dataflow_table in dataset.file_tables
    external = delivery.external_asset if is_delivered else None
    return Feed(
        name=f"{dataset.organisation}__{dataset.name}",
        description=dataset.description,
        group=dataset.organisation,
        prefix=(dataset.organisation, dataset.name),
        stages=(("file",), *tables, ("registry",), *([(delivery.asset,)] if is_delivered else ())),
        partitions=DynamicPartitionsDefinition(name=dataset.key),
        partition_of=lambda _, file_name: file_name,
        files=files,
        checked="file" if dataset.release else "L0",
        declared=dataset,
        page=page,
        delivery=delivery.asset if is_delivered else None,
        upstream=AssetKey([dataset.organisation, dataset.name, "publisher"]),
        downstream=AssetKey([dataset.organisation, dataset.name, external]) if external else None,
    )


def uploads_feed(delivery: Delivery) -> Feed:
    """All uploads: a partition for each version, named `organisation.dataset:id`.

    A version that is materialised again takes the place of what is in its table now.
    """

    def files(connection: Connection, service: Service) -> FindFile:
        def find(partition: str) -> FeedFile:
            upload = uploads.find(connection, partition.rpartition(":")[2])

            def load(run_id: str) -> Ingested:
                return uploads.ingest_upload(
                    connection, service.storage, upload, run_id, service.settings.dss_kept_versions
                )

            return FeedFile(uploads.declare(connection, upload), upload.id, load)

        return find

    return Feed(
        name="uploads",
        description="CSV files that staff uploaded.",
        group="uploads",
        prefix=("uploads",),
        stages=(("file",), (uploads.TABLE,), ("registry",), (delivery.asset,)),
        partitions=DynamicPartitionsDefinition(name="uploads"),
        partition_of=lambda dataset_key, file_name: f"{dataset_key}:{file_name}",
        files=files,
        shows_values=False,
        delivery=delivery.asset,
    )

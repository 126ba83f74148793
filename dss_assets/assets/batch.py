"""A run's work on many files: each reported as it is done, each failing alone."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    Failure,
    MetadataValue,
)

from dss_assets import dataflow
from dss_assets.assets import metadata
from dss_assets.assets.checks import check_results
from dss_assets.database import Connection
from dss_assets.dataset import Dataset
from dss_assets.errors import Fault
from dss_assets.ingestion import Ingested
from dss_assets.resources import Service

EVENT_TIMEOUT_MILLISECONDS = 60_000
# The others stand in the step's metadata.
REASONS_TOLD = 10


class Batch:
    """What became of the files of one run.

    `keys` are the run's assets by their last part; `partition_of` names the partition of a dataset's file.
    """

    def __init__(
        self,
        context: AssetExecutionContext,
        service: Service,
        keys: dict[str, AssetKey],
        partition_of: Callable[[Dataset, str], str] = lambda dataset, file_name: file_name,
    ) -> None:
        self._context, self._service, self._keys = context, service, keys
        self._partition_of = partition_of
        self._loaded: dict[str, Ingested] = {}
        self._failed: dict[str, Fault] = {}
        # Dagster's storage otherwise connects anew for each event, which takes 9 ms where writing it takes 2.
        context.instance.optimize_for_webserver(
            statement_timeout=EVENT_TIMEOUT_MILLISECONDS, pool_recycle=3600, max_overflow=4
        )

    @contextmanager
    def file(self, partition: str) -> Iterator[None]:
        """Whatever goes wrong with this file is noted at its partition, and the next file has its turn."""
        try:
            yield
        except Fault as fault:
            self._note(partition, fault)
            shown = {"file": partition, "state": "failed", "reason": str(fault)}
            self._context.log_event(AssetObservation(self._keys["registry"], partition=partition, metadata=shown))

    def _note(self, what: str, fault: Fault) -> None:
        self._context.log.error(str(fault))
        self._failed[what] = fault

    def report_loaded(
        self, connection: Connection, dataset: Dataset, file_name: str, version: str, ingested: Ingested
    ) -> None:
        """Materialise the partition of the file, its tables and its registry row."""
        partition = self._partition_of(dataset, file_name)
        self._loaded[partition] = ingested
        self._materialise("file", partition, metadata.kept_file(file_name, ingested))
        for table in dataset.tables:
            shown = metadata.loaded_table(connection, self._service, dataset, table, file_name, ingested)
            self._materialise(table, partition, shown)
        self._materialise("registry", partition, metadata.registry_row(file_name, version, ingested))

    def trigger_dataflow(self, connection: Connection, dataset: Dataset, again: Sequence[str]) -> None:
        """Ask for one run of data-flow for all files of the dataset that wait for one, and for `again`."""
        assert dataset.dataflow_table
        try:
            dataflow.requeue(connection, dataset.key, again)
            if dataset.key not in dataflow.due_files(connection):
                self._context.log.info(
                    f"data-flow is not told now: no loaded file of {dataset.key} is due for it. Files that wait for "
                    "an earlier run to end, or for the next attempt, are told of by the data-flow sensor."
                )
                return
            run = dataflow.trigger(connection, self._service.dataflow, dataset.key, dataset.dataflow_table)
            for file_name in run.files if run else ():
                shown: metadata.Metadata = {
                    "data-flow run": run.run_id if run else "",
                    "execution date": run.execution_date if run else "",
                    "table": f"{dataset.key}.{dataset.dataflow_table}",
                    "data-flow": MetadataValue.url(self._service.dataflow.base_url),
                }
                self._materialise("dataflow", self._partition_of(dataset, file_name), shown)
        except Fault as fault:
            self._note("data-flow", fault)

    def check_results(self, selected: AbstractSet[AssetCheckKey]) -> Iterator[AssetCheckResult]:
        yield from check_results(set(selected), self._loaded, self._failed)

    def raise_failures(self) -> None:
        """Fail the step with the reasons, once everything else is done. The sensors do the trying again."""
        if self._failed:
            reasons = [f"{what}: {fault}" for what, fault in list(self._failed.items())[:REASONS_TOLD]]
            raise Failure(
                "\n\n".join([f"Loaded: {len(self._loaded)}. Failed: {', '.join(self._failed)}.", *reasons]),
                metadata={name: MetadataValue.text(str(fault)) for name, fault in self._failed.items()},
                allow_retries=False,
            )

    def _materialise(self, part: str, partition: str, shown: metadata.Metadata) -> None:
        self._context.log_event(AssetMaterialization(self._keys[part], partition=partition, metadata=shown))

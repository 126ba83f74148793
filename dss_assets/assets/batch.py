"""A run's work on many files: each reported as it is done, each failing alone."""

import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetExecutionContext,
    AssetMaterialization,
    AssetObservation,
    DagsterEvent,
    Failure,
    MetadataValue,
)
from dagster._core.events import DagsterEventBatchMetadata  # as Dagster's own steps do it

from dss_assets import dataflow, uploads
from dss_assets.assets import declared, metadata
from dss_assets.assets.checks import check_results
from dss_assets.assets.feed import Feed, FeedFile
from dss_assets.database import Connection
from dss_assets.dataset import Dataset
from dss_assets.errors import IngestionError, InvalidFile
from dss_assets.ingestion import Ingested
from dss_assets.resources import Service
from dss_web.shared.contract import DataflowState

log = logging.getLogger(__name__)

# Events are small: one that is not written within this time never will be.
EVENT_TIMEOUT_MILLISECONDS = 60_000
# Small files take milliseconds, and so does a statement that writes their events: those of a second share one.
WRITE_SECONDS = 1.0
# A failure's text has so many; the step's metadata has all of them.
REASONS_SHOWN = 10
# In the list of runs, a run of which some files failed is told from one that failed as a whole by this tag.
OUTCOME_TAG = "dss/outcome"


class Batch:
    """What became of the files of one run of a feed."""

    def __init__(
        self,
        context: AssetExecutionContext,
        service: Service,
        feed: Feed,
        selected: AbstractSet[str],
        partitions: Sequence[str],
    ) -> None:
        """`selected` are the parts of the chain that the run materialises, for these partitions."""
        self._context, self._service, self._feed, self._selected = context, service, feed, selected
        # Rows are counted once for a run, when its last file is loaded.
        self._last = partitions[-1] if partitions else ""
        # Materialisations that are not written yet, and when they were last.
        self._unwritten: list[AssetMaterialization] = []
        self._written_at = time.monotonic()
        self._loaded: set[str] = set()
        self._failed: dict[str, str] = {}
        # The datasets of the run's files by their key, each with the files for which its table is delivered once more.
        self._datasets: dict[str, Dataset] = {}
        self._requeued: dict[str, list[str]] = defaultdict(list)
        # Dagster's storage otherwise connects anew for each event, which takes 9 ms where writing it takes 2.
        context.instance.optimize_for_webserver(
            statement_timeout=EVENT_TIMEOUT_MILLISECONDS, pool_recycle=3600, max_overflow=4
        )

    @contextmanager
    def file(self, partition: str) -> Iterator[None]:
        """Report whatever goes wrong with this file at its partition; the next file has its turn."""
        try:
            yield
        except IngestionError as error:
            reason = self._reason(partition, error)
            self._record_failure(partition, reason, file=partition)
            self._report_reason(partition, reason)
        except BaseException:
            self._write()
            raise
        if partition == self._last or time.monotonic() - self._written_at > WRITE_SECONDS:
            self._write()

    def _reason(self, partition: str, error: IngestionError) -> str:
        """What events and logs say of a failure. That of a file may quote it; the registry has it all the same."""
        if self._feed.shows_values or not isinstance(error, InvalidFile):
            return str(error)
        key, _, file_name = partition.rpartition(":")
        return (
            "The file could not be loaded. The reason may quote values of it, so it is in the administration, which "
            f"asks for a login: {self._service.registry_url(key, file_name)}"
        )

    def _report_reason(self, partition: str, reason: str) -> None:
        """Put the reason at the partition of each asset that the file was to make: whichever one a person opens.

        The event that Dagster has for a failed materialisation is shown by its paid service alone.
        """
        facts: metadata.Metadata = {"file": partition, "state": "failed", "reason": reason}
        if self._feed.declared:
            facts["in the admin"] = MetadataValue.url(self._service.registry_url(self._feed.declared.key, partition))
        for part, key in self._feed.keys.items():
            if part in self._selected:
                self._context.log_event(AssetObservation(key, partition=partition, description=reason, metadata=facts))

    def _record_failure(self, subject: str, reason: str, **facts: str) -> None:
        """`facts` are keys of the line in the log."""
        self._context.log.error(reason, extra={"feed": self._feed.name, **facts})
        self._failed[subject] = reason

    def report_loaded(self, connection: Connection, file: FeedFile, ingested: Ingested) -> None:
        """Materialise the partition of the file, its tables and its registry row."""
        self._datasets[file.dataset.key] = file.dataset
        partition = self._feed.partition_of(file.dataset.key, file.name)
        self._loaded.add(partition)
        log.info(
            "a file is loaded",
            extra={
                "run_id": self._context.run.run_id,
                "feed": self._feed.name,
                "dataset": file.dataset.key,
                "file": file.name,
                "rows": ingested.rows,
                "rejected": ingested.rejected,
                "seconds": round(ingested.seconds, 3),
            },
        )
        self._materialise("file", partition, metadata.stored_file(file.name, ingested))
        if ingested.is_unchanged:
            self._context.log.info(
                f"{partition} has another version ({ingested.version}) and the bytes that are loaded already. Its rows "
                "stay, and are not delivered again."
            )
            self._report_registry(file, partition, ingested)
            return
        for table in file.dataset.file_tables:
            facts = metadata.loaded_table(self._service, file.dataset, table, file.name, ingested)
            if self._feed.shows_values:
                facts |= metadata.values_shown(connection, file.dataset, table, file.name, ingested)
            if partition == self._last:
                facts |= metadata.row_count(connection, file.dataset, table)
            if table == "L1":
                facts["dagster/column_lineage"] = declared.column_lineage(file.dataset, self._feed.keys["L0"])
            self._materialise(table, partition, facts)
        self._report_registry(file, partition, ingested)

    def _report_registry(self, file: FeedFile, partition: str, ingested: Ingested) -> None:
        facts = metadata.registry_row(self._service, file.dataset, file.name, ingested)
        self._materialise("registry", partition, facts)

    def requeue(self, file: FeedFile) -> None:
        """Let the table be delivered once more for this file, though nothing is loaded now."""
        self._datasets[file.dataset.key] = file.dataset
        self._requeued[file.dataset.key].append(file.name)

    def deliver(self, connection: Connection) -> None:
        """One run over the table of each dataset, which serves all of its files that are due."""
        for dataset in self._datasets.values():
            if dataset.dataflow_table in dataset.file_tables:
                try:
                    self._deliver(connection, dataset, dataset.dataflow_table)
                except IngestionError as error:
                    self._record_failure(f"the delivery of {dataset.key}", str(error))

    def _deliver(self, connection: Connection, dataset: Dataset, table: str) -> None:
        delivery = self._service.delivery
        dataflow.requeue(connection, dataset.key, self._requeued[dataset.key])
        if dataset.key not in delivery.due_sources(connection):
            self._context.log.info(
                f"{dataset.key}.{table} is not delivered now: no loaded file is due for it. The sensor of deliveries "
                "asks for files that wait for an earlier run to end, or for their next attempt."
            )
            return
        delivered = delivery.deliver(connection, dataset.key, table)
        if delivered is None:
            return
        if delivered.run.state == DataflowState.SUCCESS:
            uploads.mark_delivered(connection)
        facts = {**metadata.delivery(delivered, f"{dataset.key}.{table}"), **self._lineage(table)}
        for file_name in delivered.run.files:
            self._materialise(delivery.asset, self._feed.partition_of(dataset.key, file_name), facts)
        self._write()

    def _lineage(self, table: str) -> metadata.Metadata:
        """From which columns those of the delivered table come, where the asset is that table."""
        if self._feed.declared is None or self._feed.downstream:
            return {}
        return {"dagster/column_lineage": declared.copied_lineage(self._feed.declared, table, self._feed.keys[table])}

    def check_results(self, connection: Connection, selected: AbstractSet[AssetCheckKey]) -> Iterator[AssetCheckResult]:
        """The outcome of each selected check over all files of the dataset, those of other runs too."""
        if self._feed.declared:
            yield from check_results(connection, self._feed.declared, set(selected))

    def end(self) -> None:
        """Say at the run what became of its files, and fail the step with the reasons if any of them failed.

        The sensors ask for the next attempt.
        """
        loaded, failed = len(self._loaded), len(self._failed)
        if self._selected - {self._feed.delivery}:
            outcome = f"{loaded} loaded, {failed} failed" if failed else f"{loaded} loaded"
            self._context.instance.add_run_tags(self._context.run.run_id, {OUTCOME_TAG: outcome})
        if not self._failed:
            return
        reasons = [f"{subject}: {reason}" for subject, reason in list(self._failed.items())[:REASONS_SHOWN]]
        raise Failure(
            "\n\n".join([self._summary(), *reasons]),
            metadata={name: MetadataValue.text(reason) for name, reason in self._failed.items()},
            allow_retries=False,
        )

    def _summary(self) -> str:
        loaded, failed = len(self._loaded), len(self._failed)
        names = ", ".join(list(self._failed)[:REASONS_SHOWN]) + (" …" if failed > REASONS_SHOWN else "")
        if not loaded:
            return f"Nothing was loaded. Failed: {names}."
        return f"{failed} of {loaded + failed} failed, alone: the other {loaded} are loaded. Failed: {names}."

    def _materialise(self, part: str, partition: str, facts: metadata.Metadata) -> None:
        self._unwritten.append(AssetMaterialization(self._feed.keys[part], partition=partition, metadata=facts))

    def _write(self) -> None:
        """Write the materialisations to the event log together.

        `context.log_event` would write each by itself, which takes longer than to load a small file, and keep all of
        them in memory until the run ends.
        """
        step, batch = self._context.get_step_execution_context(), uuid.uuid4().hex
        for number, materialization in enumerate(self._unwritten, start=1):
            is_end = number == len(self._unwritten)
            DagsterEvent.asset_materialization(step, materialization, DagsterEventBatchMetadata(batch, is_end))
        self._unwritten.clear()
        self._written_at = time.monotonic()

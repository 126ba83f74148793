"""The tables that both halves use. Dataset tables are not here, because the loader creates them."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from dss_web.registry.access_models import DatasetGrant, RestrictedDataset
from dss_web.registry.alert_models import Alert, AlertMessage
from dss_web.registry.arrival_models import Arrival, ArrivedPart
from dss_web.registry.catalogue_models import CatalogueEntry, IndexedDataset
from dss_web.registry.event_models import DatasetEvent, DatasetRead
from dss_web.registry.fields import RelationField, quoted
from dss_web.registry.kept_models import Deletion, KeptTable, TableChange
from dss_web.registry.moving_models import MovedThing
from dss_web.registry.task_models import UploadTask
from dss_web.registry.upload_models import (
    ColumnDescription,
    UploadCheck,
    UploadEvent,
    UploadFile,
    UploadPipeline,
)
from dss_web.shared import contract

__all__ = [
    "Alert",
    "AlertMessage",
    "Arrival",
    "ArrivedPart",
    "CatalogueEntry",
    "ColumnDescription",
    "DaemonHeartbeat",
    "DataFile",
    "DataflowRun",
    "Dataset",
    "DatasetEvent",
    "DatasetGrant",
    "DatasetRead",
    "Deletion",
    "IndexedDataset",
    "KeptTable",
    "MovedThing",
    "Reject",
    "RelationField",
    "RestrictedDataset",
    "SourceListing",
    "TableChange",
    "TableVersion",
    "UploadCheck",
    "UploadEvent",
    "UploadFile",
    "UploadPipeline",
    "UploadTask",
]


class DataflowRun(models.Model):
    """A run of data-flow that copies one of our tables. `attempt` counts from 1 since the last success.

    `run_id` is ours, stored before we ask, where data-flow takes such ids.
    """

    schema_name = models.TextField()
    table_name = models.TextField()
    state = models.TextField(choices=[(state, state) for state in contract.DataflowState])
    run_id = models.TextField(blank=True, db_default="")
    execution_date = models.TextField(blank=True, db_default="")
    attempt = models.IntegerField(db_default=1)
    error_message = models.TextField(blank=True, db_default="")
    situation = models.TextField(
        blank=True, db_default="", help_text="What is odd about it, as the operators' guide lists it"
    )
    reason = models.TextField(blank=True, db_default="", help_text="What data-flow's log says of its failure")
    link = models.TextField(blank=True, db_default="", help_text="Its page in Airflow")
    is_stopped = models.BooleanField(
        db_default=False, help_text="Whether it is asked for again only once a person says so or settings change"
    )
    configuration = models.TextField(blank=True, db_default="", help_text="A digest of the settings it was made with")
    requested_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When data-flow was last asked for it")
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True, help_text="When data-flow began it; empty while it waits")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = quoted(contract.DATAFLOW_RUN)
        ordering = ("-id",)
        verbose_name = "data-flow run"
        indexes = [
            models.Index(
                name="dataflow_run_unfinished",
                fields=["state"],
                condition=models.Q(state__in=("requested", "running")),
            ),
            # The data-flow sensor reads the last run of each source every few seconds.
            models.Index(name="dataflow_run_by_schema", fields=["schema_name", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.schema_name}.{self.table_name}: {self.state}"


class DataFile(models.Model):
    """A file of a dataset: whether it is loaded and, if not, why. The states are those of `contract.FileState`."""

    source = models.TextField(help_text="organisation.dataset")
    file_name = models.TextField()
    state = models.TextField(choices=[(state, state) for state in contract.FileState])
    error_message = models.TextField(null=True, blank=True)  # noqa: DJ001 the column was nullable before us
    version = models.TextField(
        blank=True, db_default="", help_text="The publisher's version of the stored file, such as its ETag"
    )
    digest = models.TextField(blank=True, db_default="", help_text="SHA-256 of the stored bytes")
    loaded_digest = models.TextField(blank=True, db_default="", help_text="SHA-256 of the bytes whose rows are loaded")
    loaded_at = models.DateTimeField(null=True, blank=True, help_text="When its rows were read into the tables")
    declaration = models.TextField(
        blank=True, db_default="", help_text="Fingerprint of the declaration by which its rows were read"
    )
    refused_declaration = models.TextField(
        blank=True, db_default="", help_text="Fingerprint of the declaration under which it waits for its tables"
    )
    url = models.TextField(blank=True, db_default="", help_text="The publisher's URL of the file")
    offered_version = models.TextField(blank=True, db_default="", help_text="The version that last made the file due")
    size = models.BigIntegerField(null=True, blank=True, help_text="Bytes")
    rows = models.BigIntegerField(null=True, blank=True)
    file_date = models.DateField(null=True, blank=True, help_text="What it is ordered by, if its dataset has an order")
    file_kind = models.SmallIntegerField(
        db_default=0, help_text="Which pattern of its dataset gave the date: a month or an archive, for example"
    )
    records = models.BigIntegerField(
        null=True, blank=True, help_text="Lines or documents in the file: those that are loaded, rejected or superseded"
    )
    rejected = models.BigIntegerField(db_default=0, help_text="Records that were not loaded: see the rejects")
    superseded = models.BigIntegerField(db_default=0, help_text="Rows that were left out, since a newer file has them")
    skipped = models.JSONField(db_default={}, blank=True, help_text="What was skipped, counted by reason")
    header = models.JSONField(
        db_default={}, blank=True, help_text="The title of each column, and titles that are no column"
    )
    verdict = models.JSONField(
        db_default={}, blank=True, help_text="What it has more, less and renamed against the file before it"
    )
    seconds = models.FloatField(null=True, blank=True, help_text="How long the load took")
    run_id = models.TextField(blank=True, db_default="", help_text="The Dagster run that last worked on it")
    attempts = models.IntegerField(db_default=0, help_text="Failures since the last success")
    next_attempt_at = models.DateTimeField(null=True, blank=True, help_text="Empty if there is no automatic retry")
    failing_since = models.DateTimeField(null=True, blank=True, help_text="The first failure since it was last loaded")
    findings = models.JSONField(
        null=True, blank=True, help_text="What checks found at the last load: sentences by check; empty before them"
    )
    dataflow_run = models.ForeignKey(DataflowRun, null=True, blank=True, on_delete=models.SET_NULL)
    concerns_dataflow = models.BooleanField(
        db_default=True,
        help_text="Whether its last load changed the tables. If a newer file has all of its rows, it did not",
    )
    created_timestamp = models.DateTimeField()
    updated_timestamp = models.DateTimeField()

    class Meta:
        db_table = quoted(contract.REGISTRY)
        ordering = ("-updated_timestamp",)
        verbose_name = "data file"
        indexes = [
            # Sensors look for these every few seconds, and nearly all files are processed.
            models.Index(
                name="datafile_registry_unfinished",
                fields=["source"],
                condition=models.Q(state__in=("due", "processing", "failed")),
            ),
            # Each load looks for the files before and after its own: of 10,000 in 50,000 this took 40 ms, and takes 1.
            models.Index(name="datafile_registry_by_date", fields=["source", "file_date"]),
            models.Index(name="datafile_registry_by_change", fields=["source", "updated_timestamp"]),
            # Every half minute a worker looks for the newest load of each dataset.
            models.Index(name="datafile_registry_by_load", fields=["source", "loaded_at"]),
            # The administration lists files by the time of their last change.
            models.Index(name="datafile_registry_latest", fields=["updated_timestamp", "id"]),
            # The data-flow sensor looks for these every few seconds, and nearly all files are delivered.
            models.Index(
                name="datafile_registry_undelivered",
                fields=["source", "file_name"],
                condition=models.Q(concerns_dataflow=True, dataflow_run=None, state="processed"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="datafile_registry_file", fields=["source", "file_name"]),
            models.CheckConstraint(
                name="datafile_registry_state",
                condition=models.Q(state__in=[state.value for state in contract.FileState]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.file_name}"


class Reject(models.Model):
    """Something of a loaded file that was not loaded: the first of it, whose whole number is in the file's row."""

    source = models.TextField(help_text="organisation.dataset")
    file_name = models.TextField()
    place = models.TextField(blank=True, help_text="The member of a zip")
    line = models.BigIntegerField(null=True, blank=True)
    reason = models.TextField()

    class Meta:
        db_table = quoted(contract.REJECT)
        ordering = ("source", "file_name", "id")
        indexes = [models.Index(name="reject_file", fields=["source", "file_name"])]

    def __str__(self) -> str:
        return f"{self.source} {self.file_name}, {self.place}: {self.reason}"


class SourceListing(models.Model):
    """How the source of a dataset was last listed. The assets half writes it."""

    source = models.TextField(primary_key=True, help_text="organisation.dataset")
    listed_at = models.DateTimeField(null=True, blank=True, help_text="The last time that it was read whole")
    attempts = models.IntegerField(db_default=0, help_text="Failures since then")
    next_attempt_at = models.DateTimeField(null=True, blank=True, help_text="After a failure")
    failing_since = models.DateTimeField(null=True, blank=True, help_text="The first failure since it was read whole")
    expected_at = models.DateTimeField(null=True, blank=True, help_text="When it is to be read again")
    error_message = models.TextField(blank=True, db_default="")
    near_misses = ArrayField(
        models.TextField(), db_default=[], blank=True, help_text="Names that nearly match and are not taken"
    )

    class Meta:
        db_table = quoted(contract.SOURCE_LISTING)
        verbose_name = "source listing"

    def __str__(self) -> str:
        return self.source


class Dataset(models.Model):
    """A published dataset as its declaration describes it. The assets half writes it with each release."""

    key = models.TextField(primary_key=True, help_text="organisation.dataset")
    schema_name = models.TextField(help_text="The schema of its tables")
    title = models.TextField()
    description = models.TextField()
    owner = models.TextField(help_text="Who answers for it here")
    contact = models.TextField(help_text="Whom to ask about the data")
    licence = models.TextField(help_text="The name of the licence")
    licence_url = models.TextField()
    source_page = models.TextField(help_text="Where the publisher presents it")
    late_after = models.DurationField(null=True, blank=True, help_text="How long after the last load it is late")
    tables = models.JSONField(help_text="The tables with their columns: name, type, description")
    routes = models.JSONField(
        null=True, blank=True, help_text="Its routes in the API; empty where an older release described it"
    )
    declared_at = models.DateTimeField(help_text="When this description was last changed")
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="Since when no declaration is there any more")

    class Meta:
        db_table = quoted(contract.DATASET)
        ordering = ("key",)

    def __str__(self) -> str:
        return self.key

    @classmethod
    def named_routes(cls) -> list[tuple[str, list[dict[str, Any]], datetime | None]]:
        """Schema, routes and time of withdrawal of each dataset of which a release has written its routes."""
        known = cls.objects.filter(routes__isnull=False)
        return list(known.order_by("key").values_list("schema_name", "routes", "withdrawn_at"))


class TableVersion(models.Model):
    """The version of a dataset's table, on which its readers can rely. Tables without a row here promise them nothing.

    In each table with a row, `id` is unique and not null, and new rows get greater ids than all others.
    """

    relation = RelationField(primary_key=True, help_text="The table or view that is read")
    base = RelationField(help_text="The table whose changes count: itself, or the one below a view")
    version = models.BigIntegerField(help_text="Changes with every change of the table; no number is used twice")
    generation = models.BigIntegerField(
        help_text="The version at which rows or columns were last changed or removed, rather than added"
    )
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = quoted(contract.TABLE_VERSION)
        verbose_name = "table version"

    def __str__(self) -> str:
        return f"{self.relation}: {self.version}"


class DaemonHeartbeat(models.Model):
    """When the daemon of the assets half, or any worker, last gave a sign of life. Each half writes its own row."""

    daemon = models.TextField(primary_key=True)
    beat_at = models.DateTimeField()
    returned_at = models.DateTimeField(
        null=True, blank=True, help_text="Of workers: when one came back after everything had stood still"
    )

    class Meta:
        db_table = quoted(contract.DAEMON_HEARTBEAT)
        verbose_name = "daemon heartbeat"

    def __str__(self) -> str:
        return f"{self.daemon}: {self.beat_at}"

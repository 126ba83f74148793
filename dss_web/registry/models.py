"""The tables that both halves use. Dataset tables are not here: the loader owns them."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from dss_web.shared import contract


def _quoted(table: contract.Table) -> str:
    """A table in a schema, in the form that Django's quoting leaves whole."""
    return f'{table.schema}"."{table.name}'


class DataflowRun(models.Model):
    """One run of data-flow's pipeline over one of our tables, asked for by us."""

    schema_name = models.TextField()
    table_name = models.TextField()
    state = models.TextField(choices=[(state, state) for state in contract.DataflowState])
    run_id = models.TextField(blank=True, db_default="")
    execution_date = models.TextField(blank=True, db_default="")
    attempt = models.IntegerField(db_default=1)
    error_message = models.TextField(blank=True, db_default="")
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = _quoted(contract.DATAFLOW_RUN)
        ordering = ("-id",)
        verbose_name = "data-flow run"
        indexes = [
            models.Index(
                name="dataflow_run_unfinished",
                fields=["state"],
                condition=models.Q(state__in=("requested", "running")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.schema_name}.{self.table_name}: {self.state}"


class DataFile(models.Model):
    """One file of one dataset: whether it is loaded and, if not, why."""

    source = models.TextField(help_text="organisation.dataset")
    file_name = models.TextField()
    state = models.TextField(choices=[(state, state) for state in contract.FileState])
    error_message = models.TextField(null=True, blank=True)  # noqa: DJ001 the column was nullable before us
    version = models.TextField(blank=True, db_default="", help_text="What the publisher said of the stored bytes")
    digest = models.TextField(blank=True, db_default="", help_text="SHA-256 of the stored bytes")
    url = models.TextField(blank=True, db_default="", help_text="Where the publisher offers the file")
    offered_version = models.TextField(blank=True, db_default="", help_text="The version that made it due last")
    size = models.BigIntegerField(null=True, blank=True, help_text="Bytes")
    rows = models.BigIntegerField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="How long the load took")
    run_id = models.TextField(blank=True, db_default="", help_text="The Dagster run that last worked on it")
    attempts = models.IntegerField(db_default=0, help_text="Failures since the last success")
    next_attempt_at = models.DateTimeField(null=True, blank=True, help_text="Empty: not tried again by itself")
    dataflow_run = models.ForeignKey(DataflowRun, null=True, blank=True, on_delete=models.SET_NULL)
    created_timestamp = models.DateTimeField()
    updated_timestamp = models.DateTimeField()

    class Meta:
        db_table = _quoted(contract.REGISTRY)
        ordering = ("-updated_timestamp",)
        verbose_name = "data file"
        constraints = [
            models.UniqueConstraint(name="datafile_registry_file", fields=["source", "file_name"]),
            models.CheckConstraint(
                name="datafile_registry_state",
                condition=models.Q(state__in=[state.value for state in contract.FileState]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.file_name}"


class RelationField(models.Field):  # type: ignore[type-arg]
    """A table or view, by Postgres's `regclass`: followed through renames, and dumped and restored by its name."""

    def db_type(self, connection: object) -> str:
        return "regclass"


class TableVersion(models.Model):
    """The state of a dataset's table that its readers can rely on. Tables without a row here promise them nothing.

    In each such table `id` is unique and not null, and rows are added behind all others.
    """

    relation = RelationField(primary_key=True, help_text="The table or view that is read")
    base = RelationField(help_text="The table whose changes count: itself, or the one below a view")
    version = models.BigIntegerField(help_text="Another number after each change; no number comes twice")
    generation = models.BigIntegerField(
        help_text="The version at which rows or columns were last changed or removed, rather than added"
    )
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = _quoted(contract.TABLE_VERSION)
        verbose_name = "table version"

    def __str__(self) -> str:
        return f"{self.relation}: {self.version}"


class DaemonHeartbeat(models.Model):
    """The last sign of life of a daemon of the assets half, copied here by that half."""

    daemon = models.TextField(primary_key=True)
    beat_at = models.DateTimeField()

    class Meta:
        db_table = _quoted(contract.DAEMON_HEARTBEAT)
        verbose_name = "daemon heartbeat"

    def __str__(self) -> str:
        return f"{self.daemon}: {self.beat_at}"


class UploadPipeline(models.Model):
    """A dataset that staff fill by uploading CSV files."""

    organisation = models.TextField()
    dataset = models.TextField()
    slug = models.TextField(unique=True)

    class Meta:
        db_table = contract.UPLOAD_PIPELINE.name
        ordering = ("organisation", "dataset")
        verbose_name = "upload dataset"
        constraints = [models.UniqueConstraint(name="pipeline_name", fields=["organisation", "dataset"])]

    def __str__(self) -> str:
        return f"{self.organisation}.{self.dataset}"


class UploadFile(models.Model):
    """One uploaded version of a dataset, from the browser to the datasets database."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    pipeline = models.ForeignKey(UploadPipeline, on_delete=models.CASCADE, related_name="files")
    data_file_url = models.TextField(help_text="Path within the storage")
    original_name = models.TextField(blank=True, default="")
    uploaded_by = models.TextField(blank=True, default="")
    state = models.TextField(
        choices=[(state, state) for state in contract.UploadState], default=contract.UploadState.UPLOADING
    )
    error_message = models.TextField(null=True, blank=True)  # noqa: DJ001 the column was nullable before us
    uploaded_at = models.DateTimeField(auto_now_add=True)
    started_processing_at = models.DateTimeField(null=True, blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    size = models.BigIntegerField(null=True, blank=True, help_text="Bytes")
    digest = models.TextField(blank=True, db_default="", help_text="SHA-256 of the bytes, made while they were stored")
    rows = models.BigIntegerField(null=True, blank=True)
    encoding = models.TextField(default="utf-8", help_text="Python's name of the file's encoding")
    delimiter = models.TextField(default=",")
    quote = models.TextField(default='"')
    column_names = ArrayField(models.TextField(), null=True, blank=True)
    column_types = ArrayField(models.TextField(), null=True, blank=True)

    class Meta:
        db_table = contract.UPLOAD_FILE.name
        ordering = ("-uploaded_at",)
        verbose_name = "uploaded file"
        constraints = [
            models.CheckConstraint(
                name="pipeline_data_file_state",
                condition=models.Q(state__in=[state.value for state in contract.UploadState]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pipeline} {self.id}"

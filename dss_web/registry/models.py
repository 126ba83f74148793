"""The service's own tables. Dataset tables are not here: the loader owns them."""

import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from dss_web.registry import contract


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
    version = models.TextField(blank=True, db_default="", help_text="What the publisher said of this version")
    digest = models.TextField(blank=True, db_default="", help_text="SHA-256 of the bytes that are kept")
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


class TableExport(models.Model):
    """What was sent of one export of a table: the receipt by which its client checks what it got."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    client_id = models.TextField()
    schema_name = models.TextField()
    table_name = models.TextField()
    format = models.TextField()
    columns = ArrayField(models.TextField())
    target = models.TextField(help_text="Path and query, as the client asked")
    version = models.BigIntegerField(null=True)
    generation = models.BigIntegerField(null=True)
    state = models.TextField(choices=[(state, state) for state in contract.ExportState])
    reason = models.TextField(blank=True, default="", help_text="Why it broke off")
    rows = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0, help_text="Of the content, before its Content-Encoding")
    sha256 = models.TextField(blank=True, default="")
    first_id = models.BigIntegerField(null=True)
    last_id = models.BigIntegerField(null=True)
    checkpoints = models.JSONField(default=list, help_text="bytes, rows, last_id and sha256 of first parts")
    started_at = models.DateTimeField(auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = 'operations"."table_export'
        ordering = ("-started_at",)
        verbose_name = "table export"

    def __str__(self) -> str:
        return f"{self.schema_name}.{self.table_name}: {self.state}"


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


class HawkClient(models.Model):
    """Someone who may read the API: an id, and the scopes that its keys open."""

    id = models.TextField(primary_key=True)
    scope = ArrayField(models.TextField(), default=list, blank=True)
    description = models.TextField(blank=True, default="")

    class Meta:
        db_table = "hawk_users"
        ordering = ("id",)
        verbose_name = "HAWK client"

    def __str__(self) -> str:
        return self.id


class HawkKeys(models.QuerySet["HawkKey"]):
    """A selection of keys."""

    def live(self) -> Self:
        """Those that sign at this moment, by the database's clock."""
        return self.filter(revoked_at=None).exclude(expires_at__lte=Now())


class HawkKey(models.Model):
    """A key of a client. Made, rotated and revoked in `hawk_keys` alone, which knows how many may be live."""

    client = models.ForeignKey(HawkClient, on_delete=models.CASCADE, related_name="keys")
    secret = models.TextField(editable=False, help_text="Encrypted; empty once the key is revoked")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never")
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = HawkKeys.as_manager()

    class Meta:
        db_table = 'operations"."hawk_key'
        ordering = ("client_id", "id")
        verbose_name = "HAWK key"

    def __str__(self) -> str:
        return f"key {self.pk} of {self.client_id}"

    @property
    def state(self) -> str:
        """`live`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= timezone.now() else "live"


class HawkNonce(models.Model):
    """A nonce that a client has used; kept until no clock within the allowed skew could accept it again."""

    pk = models.CompositePrimaryKey("client_id", "nonce", "timestamp")
    client_id = models.TextField()
    nonce = models.TextField()
    timestamp = models.BigIntegerField(help_text="The request's ts, seconds since 1970")
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = 'operations"."hawk_nonce'
        verbose_name = "HAWK nonce"

    def __str__(self) -> str:
        return f"{self.client_id} {self.nonce}"

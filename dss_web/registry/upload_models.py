"""The models of uploads: datasets, their versions, what was found in a version's file, and what people did to it."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from dss_web.registry.fields import quoted
from dss_web.shared import contract


class UploadPipeline(models.Model):
    """A dataset that staff fill by uploading CSV files."""

    organisation = models.TextField()
    dataset = models.TextField()
    slug = models.TextField(unique=True)
    title = models.TextField(blank=True, db_default="", help_text="What people call it; its names if empty")
    description = models.TextField(blank=True, db_default="", help_text="What it is about")
    contact = models.TextField(blank=True, db_default="", help_text="Whom to ask about the data: an email or a URL")
    licence = models.TextField(blank=True, db_default="", help_text="The name of the licence")
    licence_url = models.TextField(blank=True, db_default="")
    may_hold_personal_data = models.BooleanField(null=True, blank=True, help_text="Empty where nobody has said")
    classification = models.TextField(
        blank=True, db_default="", choices=[(level, level) for level in contract.Classification]
    )
    archived_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when it is closed for uploads and not in the list of datasets"
    )

    class Meta:
        db_table = contract.UPLOAD_PIPELINE.name
        ordering = ("organisation", "dataset")
        verbose_name = "upload dataset"
        constraints = [
            models.UniqueConstraint(name="pipeline_name", fields=["organisation", "dataset"]),
            models.CheckConstraint(
                name="pipeline_classification",
                condition=models.Q(classification__in=["", *(level.value for level in contract.Classification)]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}.{self.dataset}"


class ColumnDescription(models.Model):
    """What a column of a dataset means, by its name: kept from version to version, also while a version lacks it."""

    # The migration makes the constraint itself: with ON DELETE CASCADE, since the assets half deletes datasets.
    pipeline = models.ForeignKey(
        UploadPipeline, on_delete=models.CASCADE, related_name="column_descriptions", db_constraint=False
    )
    name = models.TextField()
    description = models.TextField()

    class Meta:
        db_table = quoted(contract.COLUMN_DESCRIPTION)
        verbose_name = "description of a column"
        constraints = [models.UniqueConstraint(name="column_description_name", fields=["pipeline", "name"])]

    def __str__(self) -> str:
        return f"{self.pipeline}: {self.name}"


class UploadFile(models.Model):
    """A version of a dataset that a person uploaded, and its way from the browser to the datasets database."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    pipeline = models.ForeignKey(UploadPipeline, on_delete=models.CASCADE, related_name="files")
    data_file_url = models.TextField(help_text="Path in the storage")
    original_name = models.TextField(blank=True, default="")
    uploaded_by = models.TextField(blank=True, default="")
    state = models.TextField(
        choices=[(state, state) for state in contract.UploadState], default=contract.UploadState.UPLOADING
    )
    error_message = models.TextField(null=True, blank=True)  # noqa: DJ001 the column was nullable before us
    uploaded_at = models.DateTimeField(auto_now_add=True)
    started_processing_at = models.DateTimeField(null=True, blank=True)
    loaded_at = models.DateTimeField(null=True, blank=True, help_text="When its rows were last loaded into the table")
    processed_at = models.DateTimeField(null=True, blank=True, help_text="When its rows were copied to Data Workspace")
    size = models.BigIntegerField(null=True, blank=True, help_text="Bytes")
    digest = models.TextField(blank=True, db_default="", help_text="SHA-256 of the stored bytes")
    rows = models.BigIntegerField(null=True, blank=True)
    encoding = models.TextField(default="utf-8", help_text="Python's name for the encoding of the file")
    delimiter = models.TextField(default=",")
    quote = models.TextField(default='"')
    reading = models.JSONField(null=True, blank=True, help_text="How the file is read; empty for earlier releases")
    findings = models.JSONField(default=list, blank=True, db_default=[], help_text="What its check has to tell")
    note = models.TextField(blank=True, default="", db_default="", help_text="What those who uploaded it say about it")
    column_names = ArrayField(models.TextField(), null=True, blank=True)
    column_types = ArrayField(models.TextField(), null=True, blank=True)
    mode = models.TextField(
        choices=[(mode, mode) for mode in contract.LoadMode],
        default=contract.LoadMode.REPLACE,
        db_default=contract.LoadMode.REPLACE.value,
        help_text="What it does with the rows of the version before it",
    )
    key_columns = ArrayField(
        models.TextField(), default=list, db_default=[], blank=True, help_text="The columns by which rows are updated"
    )
    # No foreign key: whoever deletes that version leaves this one as it is.
    based_on = models.UUIDField(
        null=True, blank=True, help_text="The id of the version whose rows it appends to or updates"
    )
    added = models.BigIntegerField(
        null=True, blank=True, help_text="Rows that it added to those of the version it is based on"
    )
    changed = models.BigIntegerField(
        null=True, blank=True, help_text="Rows of the version it is based on to which it gave other values"
    )
    left_out = models.BigIntegerField(
        default=0,
        db_default=0,
        blank=True,
        help_text="Rows that its person agreed to leave out, since a value did not fit",
    )

    class Meta:
        db_table = contract.UPLOAD_FILE.name
        ordering = ("-uploaded_at",)
        verbose_name = "uploaded file"
        constraints = [
            models.CheckConstraint(
                name="pipeline_data_file_state",
                condition=models.Q(state__in=[state.value for state in contract.UploadState]),
            ),
            models.CheckConstraint(
                name="pipeline_data_file_mode",
                condition=models.Q(mode__in=[mode.value for mode in contract.LoadMode]),
            ),
            models.CheckConstraint(
                name="pipeline_data_file_based_on",
                condition=models.Q(mode=contract.LoadMode.REPLACE.value) | models.Q(based_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pipeline} {self.id}"

    @property
    def is_being_checked(self) -> bool:
        """Whether something is still to be done with its file behind the request. Read with `task`."""
        task = getattr(self, "task", None)
        return self.state == contract.UploadState.UPLOADED and task is not None and task.is_open


class UploadCheck(models.Model):
    """How a version's file can be read, what is in its columns, and what its person has chosen so far.

    It holds values of the file, and goes with its version. Of a file that was refused it has how it was read until
    then, and no `facts`.
    """

    # The migration makes the constraint itself: with ON DELETE CASCADE, which the release before relies on.
    version = models.OneToOneField(
        UploadFile,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="found",
        db_constraint=False,
    )
    choices = models.JSONField(default=dict, help_text="What a person said of the file, instead of what was detected")
    reading = models.JSONField(help_text="How the file is read, with all its columns, before a person chose")
    facts = models.JSONField(help_text="What each of these columns holds")
    findings = models.JSONField(help_text="What was found in the file, as fields")
    preview = models.JSONField(help_text="The first rows as the file has them")
    sheets = models.JSONField(default=list, help_text="The sheets of a workbook")
    chosen = models.JSONField(null=True, blank=True, help_text="The reading that a person chose last")
    plan = models.JSONField(null=True, blank=True, help_text="What its person wants done with the rows that are there")

    class Meta:
        db_table = quoted(contract.UPLOAD_CHECK)
        verbose_name = "check of an upload"

    def __str__(self) -> str:
        return f"check of {self.version_id}"

    @property
    def is_readable(self) -> bool:
        """Whether the file could be read as a table."""
        return bool(self.facts)


class UploadEvent(models.Model):
    """What was done to an uploaded version, by whom. A trigger on the versions adds the rows; none can be changed.

    `before` and `after` have the columns that changed, and none of the file's contents.
    """

    happened_at = models.DateTimeField(db_default=Now())
    person = models.TextField(blank=True, db_default="", help_text="Email; empty if the service did it")
    person_id = models.TextField(blank=True, db_default="", help_text="The person's user_id at SSO")
    action = models.TextField()
    dataset = models.TextField(help_text="organisation.dataset")
    version = models.UUIDField(null=True, blank=True, help_text="The id of the version; empty for a whole dataset")
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = quoted(contract.UPLOAD_EVENT)
        ordering = ("-id",)
        verbose_name = "upload event"
        indexes = [
            # Mail looks every few seconds for what is news, and retention for versions that nothing happened to.
            models.Index(name="upload_event_by_version", fields=["version", "id"]),
            models.Index(name="upload_event_by_time", fields=["happened_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.dataset}: {self.action}"

"""What the check of an uploaded file has found, beside the version: long, and read by its own pages only."""

from django.db import models

from dss_web.registry.fields import quoted
from dss_web.shared import contract


class UploadCheck(models.Model):
    """How a version's file can be read, what is in its columns, and what its person has chosen so far.

    It holds values of the file, and goes with its version.
    """

    # The migration makes the constraint itself: with ON DELETE CASCADE, which the release before relies on.
    version = models.OneToOneField(
        "registry.UploadFile",
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

    class Meta:
        db_table = quoted(contract.UPLOAD_CHECK)
        verbose_name = "check of an upload"

    def __str__(self) -> str:
        return f"check of {self.version_id}"

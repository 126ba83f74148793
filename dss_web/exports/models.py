"""The receipts of exports."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from dss_web.shared import contract


class TableExport(models.Model):
    """One export of a table and what was sent of it; its client reads it as a Receipt (`dss_web.exports.receipts`)."""

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

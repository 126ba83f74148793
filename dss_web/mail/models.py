"""Which events mail was sent about. A row holds no address and no text."""

from django.db import models
from django.db.models.functions import Now


class Letter(models.Model):
    """Mail about an event of an upload: due, sent, or not to be sent. One for each event, whoever looks."""

    event_id = models.BigIntegerField(primary_key=True, help_text="Of operations.upload_event")
    noticed_at = models.DateTimeField(db_default=Now())
    attempts = models.IntegerField(db_default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When it was sent, or it was decided not to")
    outcome = models.TextField(blank=True, db_default="")

    class Meta:
        db_table = 'operations"."upload_letter'
        indexes = [
            models.Index(name="upload_letter_due", fields=["next_attempt_at"], condition=models.Q(settled_at=None))
        ]

    def __str__(self) -> str:
        return f"mail about event {self.event_id}"

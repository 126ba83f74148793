"""The models of alerts: what is or was wrong, and whom the service told. They hold no personal data."""

from django.db import models
from django.db.models.functions import Now

from dss_web.registry.fields import quoted
from dss_web.shared import contract


class Alert(models.Model):
    """An incident: one thing that is wrong with a dataset, or with the service, from its beginning to its end.

    However often a load is tried meanwhile, it stays one row.
    """

    kind = models.TextField(help_text="What is wrong, as the runbook lists it")
    dataset = models.TextField(blank=True, db_default="", help_text="organisation.dataset; empty for the service")
    since = models.DateTimeField(help_text="Since when it is so")
    reason = models.TextField(blank=True, db_default="", help_text="Why, as it was when it was last looked at")
    noticed_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now(), help_text="When it was last looked at and still so")
    accepted_at = models.DateTimeField(
        null=True, blank=True, help_text="When an administrator took note: what is older counts no longer"
    )
    over_at = models.DateTimeField(null=True, blank=True, help_text="Since when it is so no longer")

    class Meta:
        db_table = quoted(contract.ALERT)
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(name="alert_open", fields=["dataset", "kind"], condition=models.Q(over_at=None))
        ]
        indexes = [
            # What was accepted is looked up at each look, and is little.
            models.Index(
                name="alert_accepted", fields=["dataset", "kind"], condition=models.Q(accepted_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.dataset or 'the service'}: {self.kind}"


class AlertMessage(models.Model):
    """One message about an alert: that it began, or that it is over, by mail or by webhook. Each is sent once."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="messages")
    event = models.TextField(choices=[(event, event) for event in contract.AlertEvent])
    channel = models.TextField(choices=[(channel, channel) for channel in contract.AlertChannel])
    attempts = models.IntegerField(db_default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When it was sent, or given up")
    outcome = models.TextField(blank=True, db_default="")

    class Meta:
        db_table = quoted(contract.ALERT_MESSAGE)
        ordering = ("-id",)
        verbose_name = "message about an alert"
        constraints = [models.UniqueConstraint(name="alert_message_once", fields=["alert", "channel", "event"])]
        indexes = [
            models.Index(name="alert_message_due", fields=["next_attempt_at"], condition=models.Q(settled_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.event} by {self.channel}"

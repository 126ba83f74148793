"""The model of what is to be done with an uploaded file behind the request."""

from django.db import models
from django.db.models.functions import Now

from dss_web.registry.fields import quoted
from dss_web.registry.upload_models import UploadFile
from dss_web.shared import contract


class UploadTask(models.Model):
    """The last task of a version, which is open until it has an outcome: the next one takes its row.

    A worker that has taken it is known by `claim`, and shows that it lives by `heartbeat_at`. It holds no values of the
    file but those that the check of the version may hold, and goes with its version.
    """

    # With ON DELETE CASCADE, as that of the check has it: the release before deletes versions, too.
    version = models.OneToOneField(
        UploadFile, on_delete=models.CASCADE, primary_key=True, related_name="task", db_constraint=False
    )
    kind = models.TextField(choices=[(kind, kind) for kind in contract.TaskKind])
    arguments = models.JSONField(db_default={}, help_text="Choices of how to read it, or the reading to confirm")
    person = models.TextField(db_default="", help_text="Email of who asked for it")
    person_id = models.TextField(db_default="", help_text="Their user_id at SSO")
    requested_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now(), help_text="When it is tried, or tried again")
    attempts = models.IntegerField(db_default=0)
    claim = models.UUIDField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    bytes_done = models.BigIntegerField(db_default=0)
    bytes_total = models.BigIntegerField(db_default=0)
    outcome = models.TextField(blank=True, db_default="", choices=[(one, one) for one in contract.TaskOutcome])
    problems = models.JSONField(db_default={}, help_text="Why it was refused: `paragraphs`, or `counts` and `first`")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = quoted(contract.UPLOAD_TASK)
        verbose_name = "task of an upload"
        indexes = [models.Index(name="upload_task_open", fields=["due_at"], condition=models.Q(outcome=""))]

    def __str__(self) -> str:
        return f"{self.kind} {self.version_id}"

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return not self.outcome

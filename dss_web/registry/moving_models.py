"""The model of what was brought from the Flask service."""

from django.db import models
from django.db.models.functions import Now

from dss_web.registry.fields import quoted
from dss_web.shared import contract


class MovedThing(models.Model):
    """Something that was brought from the Flask service: what it was there, and what it was here once it was written.

    By these, a second import knows what has changed since, and on which side.
    """

    kind = models.TextField(help_text="client, dataset, file, version, registry row or table")
    name = models.TextField()
    theirs = models.TextField(help_text="Changes with what the Flask service has")
    ours = models.TextField(help_text="Changes with what is here")
    moved_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = quoted(contract.MOVED_IN)
        constraints = [models.UniqueConstraint(name="moved_in_name", fields=["kind", "name"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

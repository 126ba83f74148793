"""The models of what happens to datasets, for those who follow them, and of who reads them."""

from django.db import models
from django.db.models.functions import Now

from dss_web.registry.fields import quoted
from dss_web.shared import contract


class DatasetEvent(models.Model):
    """Something that happened to a dataset. A worker notices it once (`dss_web.registry.dataset_events`).

    `details` of a new version have its `columns` (names and types in order) and, where clients may break, those that
    went (`removed`) and those of another type (`retyped`). They hold no value of the data.
    """

    dataset = models.TextField(help_text="organisation.dataset")
    kind = models.TextField(choices=[(kind, kind) for kind in contract.DatasetEventKind])
    mark = models.TextField(help_text="What it is about: the table's version, or the id of the alert")
    happened_at = models.DateTimeField()
    noticed_at = models.DateTimeField(db_default=Now())
    details = models.JSONField(db_default={}, blank=True)

    class Meta:
        db_table = quoted(contract.DATASET_EVENT)
        ordering = ("-id",)
        verbose_name = "event of a dataset"
        constraints = [
            models.UniqueConstraint(name="dataset_event_once", fields=["dataset", "kind", "mark"]),
            models.CheckConstraint(
                name="dataset_event_kind",
                condition=models.Q(kind__in=[kind.value for kind in contract.DatasetEventKind]),
            ),
        ]
        indexes = [
            # The last version that was noticed of each dataset, and a feed's newest events.
            models.Index(name="dataset_event_by_dataset", fields=["dataset", "-id"]),
            models.Index(name="dataset_event_by_time", fields=["happened_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.dataset}: {self.kind}"


class DatasetRead(models.Model):
    """That a client read a table, or a person downloaded of it, on a day."""

    dataset = models.TextField(help_text="organisation.dataset")
    table = models.TextField(help_text="The name of the table")
    kind = models.TextField(
        choices=[(kind, kind) for kind in (contract.GranteeKind.CLIENT, contract.GranteeKind.PERSON)]
    )
    reader = models.TextField(help_text="A client's id, or a person's email")
    day = models.DateField()
    last_read_at = models.DateTimeField(db_default=Now(), help_text="To the minute")

    class Meta:
        db_table = quoted(contract.DATASET_READ)
        ordering = ("-last_read_at",)
        verbose_name = "reading of a dataset"
        constraints = [
            models.UniqueConstraint(name="dataset_read_once", fields=["dataset", "table", "kind", "reader", "day"])
        ]
        indexes = [models.Index(name="dataset_read_by_day", fields=["day"])]

    def __str__(self) -> str:
        return f"{self.dataset} by {self.kind} {self.reader}"

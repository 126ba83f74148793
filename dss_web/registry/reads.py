"""Who reads a dataset: clients of the API, and people who download of it. Looking at a page counts as nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max
from django.utils import timezone

from dss_web.registry.models import DatasetRead
from dss_web.shared.contract import GranteeKind


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who read a dataset: on how many `days` which tables, and when last, to the minute."""

    kind: str
    reader: str
    tables: Sequence[str]
    days: int
    last_read_at: datetime


def record_download(dataset: str, table: str, email: str) -> None:
    """Write down that a person has downloaded rows, or a file, of `organisation.dataset`."""
    DatasetRead.objects.update_or_create(
        dataset=dataset,
        table=table,
        kind=GranteeKind.PERSON,
        reader=email.lower(),
        day=timezone.now().date(),
        defaults={"last_read_at": timezone.now()},
    )


def readers_of(dataset: str) -> list[Reader]:
    """Who has read `organisation.dataset` as far back as that is kept, the last one first."""
    found = (
        DatasetRead.objects.filter(dataset=dataset)
        .order_by()
        .values("kind", "reader")
        .annotate(
            tables=ArrayAgg("table", distinct=True, order_by="table"),
            days=Count("day", distinct=True),
            latest=Max("last_read_at"),
        )
        .order_by("-latest")
    )
    return [Reader(row["kind"], row["reader"], row["tables"], row["days"], row["latest"]) for row in found]

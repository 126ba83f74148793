"""An event of a dataset -> what its followers read, by mail and in feeds. No value of the data: both go anywhere."""

from typing import Final

from django.conf import settings
from django.urls import reverse

from dss_web.mail.letters import Words
from dss_web.registry.models import CatalogueEntry, DatasetEvent
from dss_web.shared.contract import DatasetEventKind

# What fits into a mail and is read; the page has all of them.
_NAMED: Final = 10


def title_of(entry: CatalogueEntry) -> str:
    """What people call a dataset."""
    return entry.title or entry.key


def summary(event: DatasetEvent, title: str) -> Words:
    """A line for a list, and a few sentences."""
    details = event.details
    match DatasetEventKind(event.kind):
        case DatasetEventKind.VERSION:
            added = f" New columns: {_listed(details['added'])}." if details.get("added") else ""
            return Words(f"New version: {title}", f"{title} has been loaded with new data.{added}")
        case DatasetEventKind.BREAKING:
            removed = f" Removed or renamed: {_listed(details['removed'])}." if details.get("removed") else ""
            retyped = f" Of another type: {_listed(details['retyped'])}." if details.get("retyped") else ""
            return Words(
                f"Columns have changed: {title}",
                f"{title} has a new version with other columns. What reads it may have to be changed."
                f"{removed}{retyped}",
            )
        case DatasetEventKind.LATE:
            return Words(f"Late: {title}", f"Nothing new was loaded into {title} for longer than is usual.")
        case DatasetEventKind.FAILING:
            return Words(
                f"Failing: {title}", f"New data of {title} cannot be loaded. What was loaded before can still be read."
            )


def letter(event: DatasetEvent, entry: CatalogueEntry) -> Words:
    """The mail about an event."""
    subject, text = summary(event, title_of(entry))
    page = settings.DSS.dss_web_url + entry.get_absolute_url()
    followed = settings.DSS.dss_web_url + reverse("followed")
    return Words(
        " ".join(subject.split()),
        f"{text}\n\n{page}\n\n"
        f"You get this because you follow the dataset in the Data Store Service. To stop it: {page}follow/\n"
        f"All datasets that you follow: {followed}\n",
    )


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")

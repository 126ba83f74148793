"""The events of datasets -> an Atom feed (RFC 4287)."""

from collections.abc import Iterable
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape

from dss_web.accounts.models import User
from dss_web.accounts.visibility import visible_to
from dss_web.registry.models import CatalogueEntry, DatasetEvent
from dss_web.subscriptions.letters import summary, title_of

# What feed readers keep anyway, and quick to make.
ENTRIES: Final = 50


def events_for(person: User, dataset: str | None = None) -> QuerySet[DatasetEvent]:
    """The newest events first: of one dataset, or of all that a person may see."""
    events = DatasetEvent.objects.filter(visible_to(person, "dataset"))
    return events.filter(dataset=dataset) if dataset else events


def answer(address: str, page: str, title: str, events: QuerySet[DatasetEvent]) -> HttpResponse:
    """The feed. `address` is its own without host or key, which is its id for readers; `page` is the page beside it."""
    service = settings.DSS.dss_web_url
    feed = Atom1Feed(
        title=title,
        link=service + page,
        description=None,
        language="en",
        author_name="Data Store Service",
        feed_url=service + address,
        feed_guid=service + address,
    )
    newest = list(events[:ENTRIES])
    entries = {
        entry.key: entry for entry in CatalogueEntry.objects.filter(key__in=_datasets(newest), withdrawn_at=None)
    }
    for event in newest:
        if (entry := entries.get(event.dataset)) is None:
            continue
        subject, text = summary(event, title_of(entry))
        feed.add_item(
            title=subject,
            link=service + entry.get_absolute_url(),
            # The generator says that it is HTML, and titles are what people enter.
            description=escape(text),
            unique_id=f"{service}{entry.get_absolute_url()}#event-{event.pk}",
            pubdate=event.happened_at,
            updateddate=event.happened_at,
            categories=[event.kind],
        )
    response = HttpResponse(content_type="application/atom+xml; charset=utf-8")
    feed.write(response, "utf-8")
    return response


def _datasets(events: Iterable[DatasetEvent]) -> set[str]:
    return {event.dataset for event in events}

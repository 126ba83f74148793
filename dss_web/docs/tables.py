"""The tables that a person may see, as clients name them: schema, table, columns."""

from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Page, Paginator

from dss_web.accounts.models import User
from dss_web.accounts.visibility import visible_to
from dss_web.registry.models import CatalogueEntry, IndexedDataset

# About 4,000 pixels on a desk.
LISTED: Final = 20


@dataclass(frozen=True)
class ListedDataset:
    """A dataset: `address` is its page in the catalogue, `tables` are as in `CatalogueEntry.tables`."""

    title: str
    address: str
    schema: str
    tables: list[dict[str, Any]]


def tables_for(person: User, number: str | None) -> tuple[Page[IndexedDataset], list[ListedDataset]]:
    """The page of this number of all datasets that the person may see, by title; archived ones are still served."""
    page = Paginator(IndexedDataset.objects.filter(visible_to(person)), LISTED).get_page(number)
    # The index is kept, and quick to sort; the columns are derived, for the few that are shown.
    entries = CatalogueEntry.objects.filter(visible_to(person), withdrawn_at=None).in_bulk([each.key for each in page])
    return page, [
        ListedDataset(each.title, each.get_absolute_url(), each.schema_name, entries[each.key].tables)
        for each in page
        if each.key in entries
    ]

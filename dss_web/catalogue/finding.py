"""What a person asks of the catalogue -> the datasets that they may see and that fit."""

from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from dss_web.accounts.models import User
from dss_web.accounts.visibility import may_see, visible_to
from dss_web.registry.models import CatalogueEntry, IndexedDataset, UploadPipeline


def listed_for(person: User) -> QuerySet[IndexedDataset]:
    """All datasets that are not archived and that a person may see, by title."""
    return IndexedDataset.objects.filter(visible_to(person), is_archived=False)


def entry_for(request: HttpRequest, organisation: str, dataset: str) -> CatalogueEntry:
    """The dataset of these names. Raises Http404 where there is none, or the person may not see it."""
    key = f"{organisation}.{dataset}"
    entry = CatalogueEntry.objects.filter(key=key, withdrawn_at=None).first()
    if entry is None or not isinstance(request.user, User) or not may_see(request.user, key):
        raise Http404
    return entry


def pipeline_of(entry: CatalogueEntry) -> UploadPipeline | None:
    """What is uploaded of a dataset; None for one that is published."""
    organisation, dataset = entry.key.split(".", 1)
    return UploadPipeline.objects.filter(organisation=organisation, dataset=dataset).first()

"""Documents about datasets in published standards, for the people who may see them."""

from functools import partial
from typing import Final, cast

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dss_web.accounts.models import User
from dss_web.catalogue.described import described
from dss_web.catalogue.finding import entry_for, listed_for
from dss_web.catalogue.metadata import STANDARDS, Standard, dcat
from dss_web.catalogue.metadata.addresses import Addresses
from dss_web.http.request_url import origin
from dss_web.registry.models import CatalogueEntry

# Of the document about all datasets, below `datasets/`.
CATALOGUE_NAME: Final = "catalogue.jsonld"


@never_cache
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """All datasets that the person may see, in DCAT-AP."""
    keys = listed_for(cast(User, request.user)).values("key")
    entries = CatalogueEntry.objects.filter(key__in=keys, withdrawn_at=None).order_by("key")
    content = orjson.dumps(dcat.catalogue(described(list(entries)), Addresses(origin(request))))
    return HttpResponse(content, content_type=dcat.MEDIA_TYPE)


@never_cache
@require_safe
def _document(request: HttpRequest, organisation: str, dataset: str, *, standard: Standard) -> HttpResponse:
    entry = entry_for(request, organisation, dataset)
    site = origin(request)
    content = standard.document(described([entry])[0], Addresses(site, f"{site}{entry.get_absolute_url()}"))
    return HttpResponse(content, content_type=standard.media_type)


def _pattern(standard: Standard) -> URLPattern:
    route = f"datasets/<slug:organisation>/<slug:dataset>/{standard.file_name}"
    return path(route, partial(_document, standard=standard), name=f"catalogue-{standard.file_name}")


urlpatterns: Final = [
    path(f"datasets/{CATALOGUE_NAME}", catalogue, name="catalogue-document"),
    *map(_pattern, STANDARDS),
]

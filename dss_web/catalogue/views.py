"""The pages of the catalogue: the list of datasets."""

from typing import Final, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dss_web.accounts.models import User
from dss_web.catalogue.finding import listed_for

# What a person looks through, and quick to make.
LISTED: Final = 50


@never_cache
@require_safe
def datasets(request: HttpRequest) -> HttpResponse:
    """All datasets that the person may see."""
    page = Paginator(listed_for(cast(User, request.user)), LISTED).get_page(request.GET.get("page"))
    return render(request, "catalogue/datasets.html", {"datasets": page})

"""The front page of the service, and the list of datasets."""

from typing import Final, cast

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dss_web.accounts.access import rechecks_people
from dss_web.accounts.models import User
from dss_web.catalogue.choices import choices
from dss_web.catalogue.finding import NEEDS_ATTENTION, STATE, Counts, Wish, find, listed_for
from dss_web.catalogue.listing import as_listed
from dss_web.catalogue.nothing_found import wider_searches
from dss_web.frame.navigation import dagster_ui
from dss_web.registry.models import IndexedDataset

# What a person looks through, and quick to make.
LISTED: Final = 20
# What is seen at a glance, beside one another.
_GLANCE: Final = 5


@login_not_required
@rechecks_people
@never_cache
@require_safe
def front_page(request: HttpRequest) -> HttpResponse:
    """What the service is; for people who may come in also the search, what arrived, what is wrong, and where to go."""
    person = request.user
    if not (person.is_authenticated and person.may_come_in):
        return render(request, "catalogue/welcome.html")
    counts = Counts.of(person)
    arrived = listed_for(person).exclude(loaded_at=None).order_by("-loaded_at", "key")
    wrong = find(person, Wish(state=NEEDS_ATTENTION, order=STATE))
    context = {
        "counts": counts,
        "arrived": as_listed(arrived[:_GLANCE]),
        "wrong": as_listed(wrong[:_GLANCE]),
        "wrong_count": counts.states[NEEDS_ATTENTION],
        "dagster_ui": dagster_ui(request),
    }
    return render(request, "catalogue/front_page.html", context)


@never_cache
@require_safe
def datasets(request: HttpRequest) -> HttpResponse:
    """The datasets that the person may see: those that fit their words and filters, as they want them ordered."""
    person = cast(User, request.user)
    counts = Counts.of(person)
    wish = Wish.read(request.GET)
    page = Paginator(find(person, wish), LISTED).get_page(request.GET.get("page"))
    listed: list[IndexedDataset] = list(page.object_list)
    context = {
        "wish": wish,
        "counts": counts,
        "page": page,
        "listed": as_listed(listed, wish.query),
        "wider": wider_searches(person, wish) if not listed and wish.query.text else [],
        "choices": choices(wish, counts),
    }
    return render(request, "catalogue/datasets.html", context)

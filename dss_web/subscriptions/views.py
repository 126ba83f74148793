"""The pages on which people follow datasets, and the feeds of what happens to them."""

from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dss_web.accounts.models import User
from dss_web.accounts.rights import Right, requires, rights_on
from dss_web.accounts.visibility import may_see
from dss_web.catalogue.finding import entry_for, pipeline_of
from dss_web.registry.models import CatalogueEntry
from dss_web.subscriptions import addresses, feeds, following
from dss_web.subscriptions.letters import title_of
from dss_web.subscriptions.models import Subscription


@requires(Right.READ)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, organisation: str, dataset: str) -> HttpResponse:
    """Whether a person gets mail about a dataset, and the button to change it; and the address of its feed."""
    entry, person = entry_for(request, organisation, dataset), _person(request)
    if request.method == "POST":
        # What the button said, and not the opposite of what is: a form that is sent twice changes nothing more.
        change = {"yes": following.follow, "no": following.unfollow}.get(request.POST.get("follow", ""))
        if change:
            change(entry.key, person)
        return redirect("follow", organisation, dataset)
    context = {
        "entry": entry,
        "is_following": Subscription.objects.filter(dataset=entry.key, person=person).exists(),
        "sends_mail": bool(settings.DSS.dss_mail_url),
        "feed": _address(person, reverse("dataset-feed", args=[organisation, dataset])),
        "may_own": rights_on(person, pipeline_of(entry)).may_own,
    }
    return render(request, "subscriptions/follow.html", context)


@requires(Right.READ)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def followed(request: HttpRequest) -> HttpResponse:
    """The datasets that a person follows, and the secret address of their feeds."""
    person = _person(request)
    if request.method == "POST":
        change = {"renew": addresses.renew, "remove": addresses.remove}.get(request.POST.get("address", ""))
        if change:
            change(person)
        return redirect("followed")
    context = {
        "entries": following.followed_by(person),
        "sends_mail": bool(settings.DSS.dss_mail_url),
        "feed": _address(person, reverse("feed")),
        "known_for": following.KNOWN_FOR.days,
    }
    return render(request, "subscriptions/followed.html", context)


@never_cache
@require_safe
def changes(request: HttpRequest, organisation: str = "", dataset: str = "") -> HttpResponse:
    """The feed of a dataset, or of all that the person may see, for who has logged in."""
    return _feed(_person(request), organisation, dataset)


@login_not_required
@never_cache
@require_safe
def changes_by_key(request: HttpRequest, organisation: str = "", dataset: str = "") -> HttpResponse:
    """The same for a program, which knows a person's key. The key is in the query, which no log of ours has."""
    person = addresses.person_of_key(request.GET.get("key", ""))
    if person is None:
        raise Http404
    return _feed(person, organisation, dataset)


def _feed(person: User, organisation: str, dataset: str) -> HttpResponse:
    if not organisation:
        events = feeds.events_for(person)
        return feeds.answer(reverse("changes"), reverse("catalogue"), "Changes of datasets", events)
    entry = CatalogueEntry.objects.filter(key=f"{organisation}.{dataset}", withdrawn_at=None).first()
    if entry is None or not may_see(person, entry.key):
        raise Http404
    address = reverse("dataset-changes", args=[organisation, dataset])
    events = feeds.events_for(person, entry.key)
    return feeds.answer(address, entry.get_absolute_url(), f"Changes of {title_of(entry)}", events)


def _address(person: User, path: str) -> str | None:
    """The address that a feed reader asks, with the person's key; None if they have none."""
    key = addresses.feed_key(person)
    return f"{settings.DSS.dss_web_url}{path}?key={key}" if key else None


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)

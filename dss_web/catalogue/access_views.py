"""The pages on which owners decide who may read their dataset, and administrators who may read any."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dss_web.accounts.models import DatasetMember, User
from dss_web.accounts.rights import Right, requires
from dss_web.catalogue import access
from dss_web.catalogue.access_forms import GrantForm
from dss_web.catalogue.finding import entry_for, pipeline_of
from dss_web.hawk.models import HawkClient
from dss_web.hawk.scopes import opens_every_table, tables_opened
from dss_web.registry.models import DatasetGrant, RestrictedDataset
from dss_web.registry.reads import readers_of
from dss_web.shared.contract import GranteeKind


@requires(Right.OWN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, organisation: str, dataset: str) -> HttpResponse:
    """Who and what may read a dataset, and the form to let somebody."""
    entry = entry_for(request, organisation, dataset)
    form = GrantForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        access.give(entry.key, GranteeKind(form.cleaned_data["kind"]), form.cleaned_data["grantee"], _person(request))
        return redirect("catalogue-people", organisation, dataset)
    pipeline = pipeline_of(entry)
    clients = HawkClient.objects.all()
    context = {
        "entry": entry,
        "form": form,
        "restricted": RestrictedDataset.objects.filter(dataset=entry.key).first(),
        "grants": [(grant, _name_of(grant)) for grant in DatasetGrant.objects.filter(dataset=entry.key)],
        "pipeline": pipeline,
        "members": DatasetMember.objects.filter(pipeline=pipeline).select_related("person") if pipeline else [],
        "readers": readers_of(entry.key),
        "read_everything": [client for client in clients if opens_every_table(client.scope)],
        "read_by_scope": [
            (client, opened) for client in clients if (opened := tables_opened(client.scope, entry.schema_name))
        ],
    }
    return render(request, "catalogue/people.html", context, status=422 if form.errors else 200)


@requires(Right.OWN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def restriction(request: HttpRequest, organisation: str, dataset: str) -> HttpResponse:
    """Asks whether a dataset should be restricted, or open to everybody again, and makes it so."""
    entry = entry_for(request, organisation, dataset)
    is_restricted = RestrictedDataset.objects.filter(dataset=entry.key).exists()
    if request.method == "POST":
        # What the page said, and not the opposite of what is: a form that is sent twice changes nothing more.
        change = {"restrict": access.restrict, "open": access.open_to_everybody}.get(request.POST.get("to", ""))
        if change:
            change(entry.key, _person(request))
        return redirect("catalogue-people", organisation, dataset)
    context = {
        "entry": entry,
        "is_restricted": is_restricted,
        "pipeline": pipeline_of(entry),
        "grants": DatasetGrant.objects.filter(dataset=entry.key).exclude(kind=GranteeKind.CLIENT).count(),
    }
    return render(request, "catalogue/restriction.html", context)


@requires(Right.OWN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, organisation: str, dataset: str, grant_id: int) -> HttpResponse:
    """Asks whether somebody should no longer be let read a dataset, and ends it."""
    entry = entry_for(request, organisation, dataset)
    grant = get_object_or_404(DatasetGrant, pk=grant_id, dataset=entry.key)
    if request.method == "POST":
        access.take_back(grant, _person(request))
        return redirect("catalogue-people", organisation, dataset)
    client = HawkClient.objects.filter(pk=grant.grantee).first() if grant.kind == GranteeKind.CLIENT else None
    context = {
        "entry": entry,
        "grant": grant,
        "name": _name_of(grant),
        "is_restricted": RestrictedDataset.objects.filter(dataset=entry.key).exists(),
        # It goes on to read, by what an administrator gave it.
        "scopes": client.scope
        if client and (opens_every_table(client.scope) or tables_opened(client.scope, entry.schema_name))
        else [],
    }
    return render(request, "catalogue/take_back.html", context)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _name_of(grant: DatasetGrant) -> str:
    """The full name of a person who has logged in, or ''."""
    if grant.kind != GranteeKind.PERSON:
        return ""
    person = User.objects.filter(email__iexact=grant.grantee).order_by("last_login").last()
    return person.get_full_name() if person else ""

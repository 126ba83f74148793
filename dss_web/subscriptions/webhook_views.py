"""The page on which owners let programs know what happens to their dataset."""

import ipaddress
from typing import cast
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dss_web.accounts.models import User
from dss_web.accounts.rights import Right, requires
from dss_web.catalogue.finding import entry_for
from dss_web.shared.public_hosts import is_public
from dss_web.subscriptions import webhooks as services
from dss_web.subscriptions.models import Subscription, SubscriptionMessage


class WebhookForm(forms.Form):
    """The address of a program."""

    url = forms.CharField(
        label="Address",
        max_length=1000,
        error_messages={"required": "Enter an address, like https://example.gov.uk/datasets"},
    )

    def clean_url(self) -> str:
        """The address, if messages may be sent there as far as it says itself where it is."""
        url: str = self.cleaned_data["url"]
        try:
            URLValidator(schemes=["https"])(url)
        except ValidationError as error:
            raise ValidationError("Enter an address that begins with https://") from error
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.username or parts.password or parts.fragment:
            raise ValidationError("The address must not have a user name, a password or a “#”")
        if host.lower() not in services.named_hosts() and not _may_be_public(host):
            raise ValidationError("Messages are sent to public addresses only, and this one is private")
        return url


def _may_be_public(host: str) -> bool:
    """Whether a host may be public: a name shows that only when it is looked up, for each connection."""
    try:
        return is_public(str(ipaddress.ip_address(host)))
    except ValueError:
        return host != "localhost" and "." in host


@requires(Right.OWN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest, organisation: str, dataset: str) -> HttpResponse:
    """The addresses to which messages about a dataset are sent, and the form to add one."""
    entry, person = entry_for(request, organisation, dataset), cast(User, request.user)
    of_programs = Subscription.objects.filter(dataset=entry.key).exclude(url="")
    if number := request.POST.get("remove"):
        services.remove(get_object_or_404(of_programs, pk=number if number.isdecimal() else 0), person)
        return redirect("webhooks", organisation, dataset)
    form, secret = WebhookForm(request.POST if request.method == "POST" else None), ""
    if form.is_valid():
        try:
            secret = services.add(entry.key, form.cleaned_data["url"], person)
        except services.TooMany:
            form.add_error("url", f"A dataset has at most {services.MOST} addresses. Remove one first")
        except services.AlreadyThere:
            form.add_error("url", "Messages are sent to this address already")
    last = SubscriptionMessage.objects.filter(subscription=OuterRef("pk")).order_by("-event_id")
    context = {
        "entry": entry,
        # The form is shown empty once its address is there.
        "form": WebhookForm() if secret else form,
        # Shown once: it is encrypted at rest.
        "secret": secret,
        "webhooks": of_programs.annotate(
            outcome=Subquery(last.values("outcome")[:1]), settled_at=Subquery(last.values("settled_at")[:1])
        ),
    }
    return render(request, "subscriptions/webhooks.html", context, status=422 if form.errors else 200)

"""The page on which a person decides whether to get mail."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dss_web.accounts.models import User
from dss_web.accounts.rights import Right, requires


@requires(Right.READ)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choice(request: HttpRequest) -> HttpResponse:
    """Whether the person gets mail about their uploads, and the form to change it."""
    person = cast(User, request.user)
    if request.method == "POST":
        # Only an answer counts: a form without one changes nothing.
        if (answer := request.POST.get("mail")) in {"yes", "no"}:
            User.objects.filter(pk=person.pk).update(wants_mail=answer == "yes")
            return redirect(f"{reverse('mail-choice')}?saved")
        return render(request, "mail/choice.html", {"problem": "Select yes or no"}, status=422)
    return render(request, "mail/choice.html", {"is_saved": "saved" in request.GET})

"""Login by choosing a person, logout, and the person's profile."""

from django.contrib import auth
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe
from oauth2_provider.decorators import protected_resource

from infra.local.sso import settings
from infra.local.sso.people import PEOPLE


@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """The page with a button for each person; a press logs that person in and goes on to `next`."""
    if request.method == "POST":
        person = User.objects.filter(username=request.POST.get("person", "")).first()
        if person is not None:
            # mypy takes the web app's settings for all of Django's, and its user for this server's.
            auth.login(request, person)  # type: ignore[arg-type]
            following = request.GET.get("next", "")
            return redirect(following if url_has_allowed_host_and_scheme(following, {request.get_host()}) else "/")
    return render(request, "login.html", {"people": PEOPLE})


def logout(request: HttpRequest) -> HttpResponse:
    """End the session, with which all applications were open."""
    auth.logout(request)
    return render(request, "message.html", {"title": "You are logged out", "web_url": settings.WEB_URL})


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where people land who are not on their way to an application."""
    return render(request, "message.html", {"title": "Sample single sign-on", "web_url": settings.WEB_URL})


@protected_resource()  # type: ignore[untyped-decorator]
@require_safe
def profile(request: HttpRequest) -> JsonResponse:
    """Whoever shows an access token gets the profile of the person to whom it was given."""
    owner = request.resource_owner.username  # type: ignore[attr-defined] # set by protected_resource
    person = next(person for person in PEOPLE if person.user_id == owner)
    return JsonResponse(person.profile(settings.WEB_URL))

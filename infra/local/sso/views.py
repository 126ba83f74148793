"""Log in by choosing a person, log out, and read the person's profile."""

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
    """A page with a button for each person. A click logs that person in and redirects to `next`."""
    if request.method == "POST":
        person = User.objects.filter(username=request.POST.get("person", "")).first()
        if person is not None:
            # mypy takes the web app's settings for all of Django's, and its user for this server's.
            auth.login(request, person)  # type: ignore[arg-type]
            following = request.GET.get("next", "")
            return redirect(following if url_has_allowed_host_and_scheme(following, {request.get_host()}) else "/")
    return render(request, "login.html", {"people": PEOPLE})


def logout(request: HttpRequest) -> HttpResponse:
    """End the session, and say so."""
    auth.logout(request)
    return render(request, "message.html", {"title": "You are signed out", "web_url": settings.WEB_URL})


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """A page that says what this server is."""
    return render(request, "message.html", {"title": "Staff-sso stand-in", "web_url": settings.WEB_URL})


@protected_resource()  # type: ignore[untyped-decorator]
@require_safe
def profile(request: HttpRequest) -> JsonResponse:
    """The profile, as JSON, of the person to whom the access token was issued.

    A file `access/<user_id>` in SSO_HOME, with a slug on each line, takes the place of the person's access profiles.
    """
    owner = request.resource_owner.username  # type: ignore[attr-defined] # set by protected_resource
    person = next(person for person in PEOPLE if person.user_id == owner)
    changed = settings.HOME / "access" / person.user_id
    slugs = changed.read_text().split() if changed.is_file() else person.access_profiles
    return JsonResponse(person.profile(settings.WEB_URL, slugs))

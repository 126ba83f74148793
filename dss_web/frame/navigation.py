"""The service's navigation: where people can go, and where they are."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Item:
    """A link of the navigation. `current` is for `aria-current`: the page itself, a page below it, or ''."""

    text: str
    url: str
    current: str


def dagster_ui(request: HttpRequest) -> str:
    """The address of the Dagster UI for the person who asks; '' where there is none here, or not for them."""
    dss, person = settings.DSS, request.user
    may_see = person.is_authenticated and person.dagster_role
    return dss.dss_dagster_ui_path if dss.dss_dagster_ui_key and may_see else ""


def navigation(request: HttpRequest) -> list[Item]:
    """Where the person who asks, who may come in, can go."""
    mail = reverse("mail-choice")
    places = [("Datasets", reverse("catalogue")), ("Uploads", reverse("datasets")), ("API", reverse("docs"))]
    if operations := dagster_ui(request):
        places.append(("Operations", operations))
    if request.user.is_staff:
        places.append(("Administration", reverse("admin:index")))
    is_below = [request.path.startswith(url) and request.path != mail for _, url in places]
    return [
        Item(text, url, "page" if request.path == url else "true" if below else "")
        for (text, url), below in zip(places, is_below, strict=True)
    ]

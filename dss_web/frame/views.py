"""The pages about the service itself. They are open to everyone, as they show no data."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dss_web.frame.cookies import cookies


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement: what was tested how, what is known not to work, and how to complain."""
    return render(request, "frame/accessibility.html")


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The privacy notice: what is kept about people, why, for how long, and whom to ask."""
    context = {"session_hours": settings.SESSION_COOKIE_AGE // 3600, "sends_mail": bool(settings.DSS.dss_mail_url)}
    return render(request, "frame/privacy.html", context)


@login_not_required
@require_safe
def show_cookies(request: HttpRequest) -> HttpResponse:
    """Each cookie with its purpose and its end."""
    return render(request, "frame/cookies.html", {"cookies": cookies()})

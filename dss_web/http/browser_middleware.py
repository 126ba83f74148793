"""Middleware for people's pages only: sessions, forms, messages, and rules for browsers.

Requests to the API skip it: it would take a tenth of the time of their shortest response, and leave each request
behind as a reference cycle. Access is decided elsewhere, for all requests alike (`dss_web.accounts.access`).
"""

from typing import Any, Final

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware

# Below it are the requests that skip this middleware.
API_PATH: Final = "/api/v1/"
# A browser that opens an answer of the API shows text or saves a file, whatever is in it.
_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"


class _ForPeople:
    """Before a middleware of Django's in a class's bases: it runs for all requests but those to the API."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(API_PATH):
            response: HttpResponseBase = self.get_response(request)
            return response
        return super().__call__(request)  # type: ignore[misc, no-any-return]


# What the cookies were called before they had a prefix. People who come from the release before stay logged in, and
# the forms in their tabs are taken. Goes with the release after this one.
_FORMER_NAMES: Final = (("sessionid", "SESSION_COOKIE_NAME"), ("csrftoken", "CSRF_COOKIE_NAME"))


class Sessions(_ForPeople, SessionMiddleware):
    """Sessions, in a cookie and the database."""

    def process_request(self, request: HttpRequest) -> None:
        """Read the cookies, which may have the names of the release before."""
        for former, name in _FORMER_NAMES:
            if former in request.COOKIES:
                request.COOKIES.setdefault(getattr(settings, name), request.COOKIES[former])
        super().process_request(request)


class FormTokens(_ForPeople, CsrfViewMiddleware):
    """Refuses forms that come without their CSRF token."""


class Login(_ForPeople, AuthenticationMiddleware):
    """`request.user`, from the session. What a person sees is kept by no proxy, and by their browser for a moment."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response, which is this person's alone."""
        response = super().__call__(request)
        # Not no-store: with that, browsers forget what was typed into a form when somebody goes back to it.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class Messages(_ForPeople, MessageMiddleware):
    """Messages that the next page shows."""


class NoFrames(_ForPeople, XFrameOptionsMiddleware):
    """`X-Frame-Options`: no page of ours within another site's."""


class ContentPolicy(_ForPeople, CSPMiddleware):
    """`Content-Security-Policy`: for pages by settings.CONTENT_SECURITY_POLICY, for the API that nothing may be run."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response with its policy."""
        response = super().__call__(request)
        response.headers.setdefault("Content-Security-Policy", _NOTHING)
        return response

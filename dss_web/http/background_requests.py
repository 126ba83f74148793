"""Forms that a page's script sends, so that the page stays until there is an answer that it can use.

A script cannot see where a redirect leads, and the one to the login leads to another host, which it may not ask. So it
gets 201 with the `Location` for a redirect, and 401 where it would be sent to the login.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# `X-Requested-With` of our scripts (`static/dss/requests.js`). Other sites cannot send it without asking first.
SENT_BY_SCRIPT: Final = "dss-page"
_REDIRECTS: Final = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER})


def answer_scripts(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that tells our scripts of redirects in a way that they can use."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.headers.get("X-Requested-With") != SENT_BY_SCRIPT or response.status_code not in _REDIRECTS:
            return response
        if urlsplit(response["Location"]).path == settings.LOGIN_URL:
            response.status_code = HTTPStatus.UNAUTHORIZED
            del response["Location"]
        else:
            response.status_code = HTTPStatus.CREATED
        return response

    return middleware

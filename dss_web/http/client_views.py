"""Views for programs: without the login of people, and read-only."""

from collections.abc import Callable
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from dss_web.http.request_context import context_of

READ_METHODS: Final = ["GET", "HEAD"]
_ALLOWED: Final = [*READ_METHODS, "OPTIONS"]
# The statuses whose body depends on the table alone, and not on what was wrong with the request.
_TAGGED: Final = frozenset({200, 304})


def for_clients(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Exempt a view from the login of people; answer OPTIONS, the same for everyone; allow nothing but reading."""

    @login_not_required
    @csrf_exempt  # so that a POST is told that it is not allowed, and not that it lacks a form's token
    def answer(request: HttpRequest, *args: object, **names: object) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return HttpResponse(headers={"Allow": ", ".join(_ALLOWED)}, content_type="text/plain")
        if request.method not in READ_METHODS:
            return HttpResponseNotAllowed(_ALLOWED, content_type="text/plain")
        response = view(request, *args, **names)
        tag = context_of(request).entity_tag
        if tag and response.status_code in _TAGGED:
            response.headers["ETag"] = tag
            # For the client alone, and not without asking us.
            response.headers["Cache-Control"] = "private, no-cache"
        return response

    return answer

"""Views for programs: without people's login."""

from collections.abc import Callable, Sequence
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from dss_web.http.request_context import context_of

READ_METHODS: Final = ["GET", "HEAD"]
# Only the bodies of these statuses depend on nothing but the table; that of an error depends on the request.
_TAGGED: Final = frozenset({200, 304})


def for_clients(
    view: Callable[..., HttpResponseBase], methods: Sequence[str] = READ_METHODS
) -> Callable[..., HttpResponseBase]:
    """Exempt a view from people's login, respond to OPTIONS the same for everyone, and allow only these methods.

    A response about a table gets the `ETag` that the view left in the request's context.
    """

    allowed = [*methods, "OPTIONS"]

    @login_not_required
    @csrf_exempt  # so that a POST gets 405, and not an error about a missing form token
    def respond(request: HttpRequest, *args: object, **names: object) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return HttpResponse(headers={"Allow": ", ".join(allowed)}, content_type="text/plain")
        if request.method not in methods:
            return HttpResponseNotAllowed(allowed, content_type="text/plain")
        response = view(request, *args, **names)
        entity_tag = context_of(request).entity_tag
        if entity_tag and response.status_code in _TAGGED:
            response.headers["ETag"] = entity_tag
            # Only the client itself may keep it, and must ask us before it uses it again.
            response.headers["Cache-Control"] = "private, no-cache"
        return response

    return respond

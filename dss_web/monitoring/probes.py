"""What load balancers, Kubernetes and Prometheus ask: they come by IP address, which is no name of ours.

Their views say nothing that depends on the host, and need neither a session nor a login, so that they are answered
before Django compares the host with DSS_ALLOWED_HOSTS.
"""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve

_PROBES: Final = frozenset({"/healthcheck", "/readiness", "/metrics"})


def answer_probes(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware that answers probes by whatever name or address they came."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        if request.path_info.removesuffix("/") not in _PROBES:
            return get_response(request)
        match = request.resolver_match = resolve(request.path_info)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        # As Django's own middleware says it, which looks at the host.
        response["Content-Length"] = str(len(response.content))
        return response

    return respond

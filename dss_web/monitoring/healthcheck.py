"""Whether the web app answers: for load balancers."""

from django.http import HttpRequest, HttpResponse

from dss_web.http.responses import json_response


def healthcheck(request: HttpRequest) -> HttpResponse:
    """Whether the web app answers; asks nothing else, neither the client nor the database."""
    return json_response({"status": "OK"})

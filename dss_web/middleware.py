"""One log line for each request, and its id in the answer."""

import logging
import time
import uuid
from collections.abc import Callable

from django.db import connections
from django.http import HttpRequest, HttpResponse

from dss_web import logs

log = logging.getLogger("dss_web.request")


class RequestRecord:
    """Outermost middleware: gives the request its id, and logs what became of it.

    The line holds no query and no header: a postcode or a key is nobody's business in a log.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        token = logs.request_id.set(uuid.uuid4().hex)
        try:
            response = self.get_response(request)
            if not response.streaming:
                # Django would keep it until the last byte is with the client, however slow that one is.
                connections.close_all()
            response["X-Request-ID"] = logs.request_id.get() or ""
            log.info("answered", extra=_entry(request, response, started))
            return response
        finally:
            logs.request_id.reset(token)


def note(request: HttpRequest, **facts: object) -> None:
    """Remember facts of a request for its log line: `client`, `outcome`, `table`, `rows`."""
    vars(request).setdefault("facts", {}).update(facts)


def _entry(request: HttpRequest, response: HttpResponse, started: float) -> dict[str, object]:
    match = request.resolver_match
    facts: dict[str, object] = getattr(request, "facts", {})
    return {
        "method": request.method,
        "route": match.route if match else None,
        "status": response.status_code,
        "bytes": None if response.streaming else len(response.content),
        "ms": round((time.perf_counter() - started) * 1000, 1),
        "outcome": "ok" if response.status_code < 400 else response.reason_phrase,
        **facts,
    }

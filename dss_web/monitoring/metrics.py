"""What Prometheus learns of requests. Off unless DSS_METRICS_TOKEN is set; right with any number of processes.

Labels are routes as they are declared, methods and statuses: none of them grows with what clients send.
"""

import hmac
import os
import platform
import threading
import time
from functools import cache
from typing import Final

import django
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from dss_web.configuration import web_settings
from dss_web.monitoring.processes import FOLDER_VARIABLE

# A page takes 10 to 20 ms, an answer that nothing has changed 2; exports take as long as their clients do.
BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
UNMATCHED: Final = "unmatched"
SAMPLE_SECONDS: Final = 1.0


class RequestMetrics:
    """The counts of this process. Measured: 9 µs for a request, in the files that several processes share."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._requests = Counter("dss_requests", "Requests answered.", ["route", "method", "status"], registry=registry)
        self._seconds = Histogram(
            "dss_request_duration_seconds",
            "From a request's arrival to its answer, of a streamed one to its last byte.",
            ["route"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._bytes = Counter("dss_response_body_bytes", "Bytes of bodies answered.", ["route"], registry=registry)
        self._rows = Counter("dss_rows", "Rows of tables answered.", ["route"], registry=registry)
        self._refused = Counter(
            "dss_authentication_failures", "Requests of clients that were not believed.", ["reason"], registry=registry
        )
        self._broken = Counter(
            "dss_streams_broken", "Streamed answers that did not reach their end.", ["route", "by"], registry=registry
        )
        self._running = _gauge("dss_requests_in_progress", "Requests that are being answered.", registry)
        self._streams = Gauge(
            "dss_streams_in_progress",
            "Streamed answers that are being sent: exports, and files of pages.",
            ["route"],
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._connections = _gauge("dss_database_connections_in_use", "Connections that requests hold.", registry)
        self._waiting = _gauge("dss_database_requests_waiting", "Requests that wait for a connection.", registry)
        Gauge(
            "dss_build_info",
            "What runs here.",
            ["build", "python", "django"],
            multiprocess_mode="livemax",
            registry=registry,
        ).labels(web_settings().dss_build, platform.python_version(), django.get_version()).set(1)
        threading.Thread(target=self._watch_pool, name="pool metrics", daemon=True).start()

    def begin(self) -> None:
        """A request has arrived."""
        self._running.inc()

    def begin_stream(self, route: str) -> None:
        """Its answer is a stream."""
        self._streams.labels(route).inc()

    def end_stream(self, route: str, broken_by: str | None) -> None:
        """The stream has ended; `broken_by` is `client` or `server`, unless it came to its end."""
        self._streams.labels(route).dec()
        if broken_by:
            self._broken.labels(route, broken_by).inc()

    def end(
        self, route: str, method: str, status: int, seconds: float, size: int, rows: int, refusal: str | None
    ) -> None:
        """A request was answered, with a body of `size` bytes."""
        self._running.dec()
        self._requests.labels(route, method if method in METHODS else "other", status).inc()
        self._seconds.labels(route).observe(seconds)
        self._bytes.labels(route).inc(size)
        if rows:
            self._rows.labels(route).inc(rows)
        if refusal:
            self._refused.labels(refusal).inc()

    def as_text(self) -> bytes:
        """What Prometheus reads: the sums of all processes, where there are several."""
        registry = self._registry
        if os.environ.get(FOLDER_VARIABLE):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus-client types a part of itself
        return generate_latest(registry)

    def _watch_pool(self) -> None:
        # Looked at from the side: at the end of a request its own connection has been returned already, and where
        # all wait, none ends.
        while True:
            stats = connections[DEFAULT_DB_ALIAS].pool.get_stats()  # type: ignore[attr-defined]  # Postgres's own
            self._connections.set(stats["pool_size"] - stats["pool_available"])
            self._waiting.set(stats["requests_waiting"])
            time.sleep(SAMPLE_SECONDS)


def _gauge(name: str, text: str, registry: CollectorRegistry) -> Gauge:
    """A state of the present, which the live processes have together."""
    return Gauge(name, text, multiprocess_mode="livesum", registry=registry)


@cache
def request_metrics() -> RequestMetrics | None:
    """This process's metrics; None where nobody may read them."""
    return RequestMetrics() if web_settings().dss_metrics_token else None


def metrics(request: HttpRequest) -> HttpResponse:
    """Metrics for whoever bears the token. Asks neither the database nor a session."""
    counted = request_metrics()
    if counted is None:
        raise Http404
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, b"Bearer " + web_settings().dss_metrics_token.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"}, content_type="text/plain")
    return HttpResponse(counted.as_text(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})

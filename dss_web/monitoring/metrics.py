"""`/metrics` for Prometheus: counts of requests, over all processes, and what the registry says of datasets.

Off unless DSS_METRICS_TOKEN is set. Labels of requests are routes as they are declared, methods and statuses: clients
cannot add values to them.
"""

import hmac
import os
import platform
import threading
import time
from collections import Counter as Counts
from functools import cache
from typing import Final

import django
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from dss_web.configuration import web_settings
from dss_web.database.base import waiting
from dss_web.database.replica import Read, replica
from dss_web.monitoring.dataset_metrics import DatasetMetrics
from dss_web.monitoring.processes import FOLDER_VARIABLE

# In seconds. A page takes 10 to 20 ms, a 304 takes 2; exports take as long as their clients do.
BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
# Any other method is counted as `other`: clients may send whatever they like.
METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
# The route of requests that match none.
UNMATCHED: Final = "unmatched"
# Prometheus scrapes every 15 seconds or more.
SAMPLE_SECONDS: Final = 1.0


class RequestMetrics:
    """The counts of this process, in files that all processes share. Counting takes 9 µs for a request."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._requests = Counter("dss_requests", "Responses sent.", ["route", "method", "status"], registry=registry)
        self._seconds = Histogram(
            "dss_request_duration_seconds",
            "From a request's arrival to its response, or to the last byte of a stream.",
            ["route"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._bytes = Counter("dss_response_body_bytes", "Bytes of response bodies.", ["route"], registry=registry)
        self._rows = Counter("dss_rows", "Rows of tables sent.", ["route"], registry=registry)
        self._refused = Counter(
            "dss_authentication_failures", "Requests that could not be authenticated.", ["reason"], registry=registry
        )
        self._broken = Counter(
            "dss_streams_broken", "Streams that did not reach their end.", ["route", "by"], registry=registry
        )
        self._running = _gauge("dss_requests_in_progress", "Requests in progress.", registry)
        self._streams = Gauge(
            "dss_streams_in_progress",
            "Streams in progress: exports, and files of pages.",
            ["route"],
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._connections = _gauge("dss_database_connections_in_use", "Connections that requests hold.", registry)
        self._waiting = _gauge("dss_database_requests_waiting", "Requests that wait for a connection.", registry)
        self._timeouts = Counter(
            "dss_database_timeouts", "Requests that waited for a connection and got none.", registry=registry
        )
        self._timeouts_counted = 0
        Gauge(
            "dss_build_info",
            "What runs here.",
            ["build", "python", "django"],
            multiprocess_mode="livemax",
            registry=registry,
        ).labels(web_settings().dss_build, platform.python_version(), django.get_version()).set(1)
        self._reads = Counter(
            "dss_table_reads",
            "Tables opened where there is a replica: on the replica, or on the primary and why.",
            ["read"],
            registry=registry,
        )
        self._reads_counted: Counts[Read] = Counts()
        self._datasets = DatasetMetrics()
        threading.Thread(target=self._watch_pool, name="pool metrics", daemon=True).start()

    def begin(self) -> None:
        """Count a request that has arrived."""
        self._running.inc()

    def begin_stream(self, route: str) -> None:
        """Count a stream that begins."""
        self._streams.labels(route).inc()

    def end_stream(self, route: str, broken_by: str | None) -> None:
        """Count a stream that ends; `broken_by` is `client` or `server`, None if it reached its end."""
        self._streams.labels(route).dec()
        if broken_by:
            self._broken.labels(route, broken_by).inc()

    def end(
        self, route: str, method: str, status: int, seconds: float, size: int, rows: int, refusal: str | None
    ) -> None:
        """Count a request that ends, with a body of `size` bytes."""
        self._running.dec()
        self._requests.labels(route, method if method in METHODS else "other", status).inc()
        self._seconds.labels(route).observe(seconds)
        self._bytes.labels(route).inc(size)
        if rows:
            self._rows.labels(route).inc(rows)
        if refusal:
            self._refused.labels(refusal).inc()

    def as_text(self) -> bytes:
        """The metrics in Prometheus's format: sums over all processes, if there are several; then those of datasets."""
        registry = self._registry
        if os.environ.get(FOLDER_VARIABLE):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus-client types a part of itself
        datasets = CollectorRegistry(auto_describe=False)
        datasets.register(self._datasets)
        return generate_latest(registry) + generate_latest(datasets)

    def _watch_pool(self) -> None:
        # In a thread of its own: at the end of a request its connection has been returned already, and while all
        # requests wait for one, none ends.
        while True:
            stats = connections[DEFAULT_DB_ALIAS].pool.get_stats()  # type: ignore[attr-defined]  # Postgres's own
            self._connections.set(stats["pool_size"] - stats["pool_available"])
            self._waiting.set(sum(one.alias == DEFAULT_DB_ALIAS for one in waiting.copy()))
            timeouts = stats.get("requests_errors", 0)
            self._timeouts.inc(timeouts - self._timeouts_counted)
            self._timeouts_counted = timeouts
            self._count_reads()
            time.sleep(SAMPLE_SECONDS)

    def _count_reads(self) -> None:
        """Add what was read since the last sample."""
        reads = replica.reads.copy()
        for read, number in reads.items():
            self._reads.labels(read).inc(number - self._reads_counted[read])
        self._reads_counted = reads


def _gauge(name: str, text: str, registry: CollectorRegistry) -> Gauge:
    """A gauge whose value is the sum over the live processes."""
    return Gauge(name, text, multiprocess_mode="livesum", registry=registry)


@cache
def request_metrics() -> RequestMetrics | None:
    """This process's metrics; None if they are off."""
    return RequestMetrics() if web_settings().dss_metrics_token else None


def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics, to requests with the bearer token. Those of requests need neither the database nor a session."""
    counts = request_metrics()
    if counts is None:
        raise Http404
    authorization = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(authorization, b"Bearer " + web_settings().dss_metrics_token.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"}, content_type="text/plain")
    return HttpResponse(counts.as_text(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})

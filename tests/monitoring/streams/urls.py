"""Streams of every fate. `CHUNK` bytes at a time."""

import time
from collections.abc import Callable, Iterator

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import include, path
from django.views import defaults

from dss_web.hawk.models import HawkClient
from dss_web.http.request_context import context_of
from dss_web.urls import handler400, handler403, handler404  # noqa: F401 Django looks for them in this module
from tests.monitoring.streams import CHUNK


def stream(request: HttpRequest, chunks: int, pause: str) -> StreamingHttpResponse:
    """So many chunks, with a row noted for each, and a pause of milliseconds after each."""

    def body() -> Iterator[bytes]:
        for number in range(chunks):
            context_of(request).rows = number + 1
            yield b"x" * CHUNK
            time.sleep(float(pause) / 1000)

    return StreamingHttpResponse(body())


def failing_stream(request: HttpRequest) -> StreamingHttpResponse:
    """Two chunks, then a division by zero."""

    def body() -> Iterator[bytes]:
        yield b"x" * CHUNK
        context_of(request).rows = 7
        yield b"x" * CHUNK
        1 / 0  # noqa: B018 the point of it

    return StreamingHttpResponse(body())


def holding_stream(request: HttpRequest) -> StreamingHttpResponse:
    """A stream that holds a connection to the database from its first chunk to its last."""

    def body() -> Iterator[bytes]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT generate_series(1, 500)")
            while row := cursor.fetchone():
                context_of(request).rows = row[0]
                yield b"x" * CHUNK

    return StreamingHttpResponse(body())


def large(request: HttpRequest, megabytes: int) -> HttpResponse:
    """A plain answer of this size, made with the database's help."""
    HawkClient.objects.count()
    return HttpResponse(b"x" * megabytes * 1_000_000)


def surprise(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("key=secret")


def handler500(request: HttpRequest) -> HttpResponse:
    """An error page that fails itself, where a test asks for that."""
    if "twice" in request.path:
        raise LookupError("key=secret")
    return defaults.server_error(request)


def public(view: Callable[..., object]) -> Callable[..., HttpResponse]:
    return login_not_required(view)  # type: ignore[type-var,return-value]


urlpatterns = [
    path("test/stream/<int:chunks>/<pause>/", public(stream)),
    path("test/failing/", public(failing_stream)),
    path("test/holding/", public(holding_stream)),
    path("test/large/<int:megabytes>/", public(large)),
    path("test/surprise/", public(surprise)),
    path("test/surprise/twice/", public(surprise)),
    path("", include("dss_web.urls")),
]

"""One log line and one count for each request, and its id in the answer."""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from http.client import responses
from typing import Final

from django.conf import settings
from django.db import connections
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from dss_web import logs
from dss_web.http.request_context import context_of
from dss_web.monitoring.metrics import UNMATCHED, request_metrics

log = logging.getLogger("dss_web.request")
stream_log = logging.getLogger("dss_web.stream")

FILE_BLOCK_BYTES: Final = 64 * 1024
# As RFC 9110 has them, and Python from 3.13 on: a log does not depend on the Python that writes it.
_PHRASES: Final = {**responses, 413: "Content Too Large", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}


class RequestRecord:
    """Outermost middleware: gives the request its id, and records what became of it.

    The line holds no query and no header: a postcode or a key is nobody's business in a log. It is written when the
    answer goes to the server, or, where that is a stream, when the stream has ended.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        record = Record(request)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = record.identifier
            if isinstance(response, StreamingHttpResponse):
                _record_stream(record, response)
                return response
            # Django would keep it until the last byte is with the client, however slow that one is.
            connections.close_all()
            record.close(response.status_code, len(response.content) if isinstance(response, HttpResponse) else 0)
        except BaseException as error:
            record.close(500, 0, failure(error))
            raise
        return response


def failure(error: BaseException | None) -> str:
    """The outcome of a request that ended in an exception: its kind alone, for a message may hold what was sent."""
    return f"failed: {type(error).__name__}"


class Record:
    """A request from its arrival to the end of its answer. Its id stands in what is logged meanwhile."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.identifier = uuid.uuid4().hex
        self._started = time.perf_counter()
        self._metrics = request_metrics()
        logs.request_id.set(self.identifier)
        if self._metrics:
            self._metrics.begin()

    @property
    def route(self) -> str | None:
        """The route as it is declared; None where none matched."""
        if match := self.request.resolver_match:
            return match.route
        return f"{settings.STATIC_URL[1:]}<path>" if self.request.path_info.startswith(settings.STATIC_URL) else None

    def begin_stream(self) -> None:
        if self._metrics:
            self._metrics.begin_stream(self.route or UNMATCHED)

    def close_stream(self, status: int, size: int, *, finished: bool, error: Exception | None) -> None:
        """The end of a stream: where it was not `finished` the client has gone, unless there was an `error`."""
        broken_by = None if finished else "server" if error else "client"
        if self._metrics:
            self._metrics.end_stream(self.route or UNMATCHED, broken_by)
        outcomes = {"server": failure(error), "client": "broken off by the client"}
        self.close(status, size, outcomes.get(broken_by or ""))

    def close(self, status: int, size: int, outcome: str | None = None) -> None:
        """Write the line: `size` is the body's in bytes; without an `outcome` it is the noted one, or the status's."""
        context = context_of(self.request)
        seconds = time.perf_counter() - self._started
        usual = "ok" if status < 400 else _PHRASES.get(status, "")
        entry = {
            "client": context.client,
            "method": self.request.method,
            "route": self.route,
            "table": context.table or self._table(),
            "status": status,
            "rows": context.rows,
            "bytes": size,
            "ms": round(seconds * 1000, 1),
            "outcome": outcome or context.outcome or usual,
        }
        if context.refusal:
            entry["refusal"] = context.refusal
        log.info("answered", extra=entry)
        if self._metrics:
            self._metrics.end(
                self.route or UNMATCHED,
                self.request.method or "",
                status,
                seconds,
                size,
                context.rows or 0,
                context.refusal,
            )
        logs.request_id.set(None)

    def _table(self) -> str | None:
        """The table that the path names, for requests that were refused before anybody looked at it."""
        names = self.request.resolver_match.kwargs if self.request.resolver_match else {}
        return f"{names['schema_name']}.{names['table_name']}" if "table_name" in names else None


def _record_stream(record: Record, response: StreamingHttpResponse) -> None:
    if isinstance(response, FileResponse):
        # Through our hands, not from file to socket by gunicorn: nobody could tell what has been sent.
        response.file_to_stream = None
        response.block_size = FILE_BLOCK_BYTES
    record.begin_stream()
    response.streaming_content = _Counted(record, response)


class _Counted:
    """A stream that is counted on its way out. The server closes it at its end, or when it cannot be sent."""

    def __init__(self, record: Record, response: StreamingHttpResponse) -> None:
        self._record = record
        self._status = response.status_code
        self._chunks: Iterator[bytes] = iter(response)
        self._sent = 0
        self._on_its_way = 0
        self._finished = False
        self._error: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        # The server asks for a chunk when it has sent the one before.
        self._sent += self._on_its_way
        self._on_its_way = 0
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._finished = True
            raise
        except Exception as error:
            self._error = error
            stream_log.error("a streamed answer failed", exc_info=error)
            raise
        self._on_its_way = len(chunk)
        return chunk

    def close(self) -> None:
        self._record.close_stream(self._status, self._sent, finished=self._finished, error=self._error)

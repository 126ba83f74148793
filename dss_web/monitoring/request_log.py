"""One log line and one count for each request, and its id in the response."""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from http.client import responses
from typing import Final

from django.conf import settings
from django.db import connections
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from dss_web import logs
from dss_web.http.request_context import context_of
from dss_web.monitoring.metrics import METHODS, UNMATCHED, request_metrics
from dss_web.tracing import tracing

log = logging.getLogger("dss_web.request")
stream_log = logging.getLogger("dss_web.stream")

# Django's 4 KiB would mean 16 times as many reads and writes.
FILE_BLOCK_BYTES: Final = 64 * 1024
# Phrases of RFC 9110, which Python has only from 3.13 on: a log must not depend on the Python that writes it.
_PHRASES: Final = {**responses, 413: "Content Too Large", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}


class RequestRecord:
    """The outermost middleware: gives the request its id, and records how it ended.

    The line has no query and no header: postcodes and keys must not be in a log. It is written when the response goes
    to the server, or at the end of a stream.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response with its `X-Request-ID`."""
        record = Record(request)
        try:
            with record.traced():
                response = self.get_response(request)
            response["X-Request-ID"] = record.identifier
            if isinstance(response, StreamingHttpResponse):
                _record_stream(record, response)
                return response
            # Django would keep the connection until a slow client has the last byte.
            connections.close_all()
            record.close(response.status_code, len(response.content) if isinstance(response, HttpResponse) else 0)
        except BaseException as error:
            record.close(500, 0, failure(error))
            raise
        return response


def failure(error: BaseException | None) -> str:
    """The outcome of a request that ended in an exception: its class only, since its text may repeat what was sent."""
    return f"failed: {type(error).__name__}"


class Record:
    """A request from its arrival to the end of its response. All log lines in between have its id."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.identifier = uuid.uuid4().hex
        self._started = time.perf_counter()
        self._metrics = request_metrics()
        self._tracing = tracing()
        self._span = self._tracing and self._tracing.begin_request(request.headers.get("traceparent"))
        logs.request_id.set(self.identifier)
        if self._metrics:
            self._metrics.begin()

    @property
    def route(self) -> str | None:
        """The route as it is declared; None if none matched."""
        if match := self.request.resolver_match:
            return match.route
        return f"{settings.STATIC_URL[1:]}<path>" if self.request.path_info.startswith(settings.STATIC_URL) else None

    def traced(self) -> AbstractContextManager[object]:
        """What is done in the block is traced as done for this request, if anything is traced."""
        return self._tracing.within(self._span) if self._tracing else nullcontext()

    def begin_stream(self) -> None:
        """Count a stream, which `close_stream` ends."""
        if self._metrics:
            self._metrics.begin_stream(self.route or UNMATCHED)

    def close_stream(self, status: int, size: int, *, finished: bool, error: Exception | None) -> None:
        """Record the end of a stream: if it is not `finished`, the client has gone, unless there was an `error`."""
        broken_by = None if finished else "server" if error else "client"
        if self._metrics:
            self._metrics.end_stream(self.route or UNMATCHED, broken_by)
        outcomes = {"server": failure(error), "client": "broken off by the client"}
        self.close(status, size, outcomes.get(broken_by or ""))

    def close(self, status: int, size: int, outcome: str | None = None) -> None:
        """Write the line, for a body of `size` bytes. Without `outcome`, it is the context's or the status's."""
        context = context_of(self.request)
        seconds = time.perf_counter() - self._started
        usual_outcome = "ok" if status < 400 else _PHRASES.get(status, "")
        entry = {
            "client": context.client,
            "method": self.request.method,
            "route": self.route,
            "table": context.table or self._table(),
            "status": status,
            "rows": context.rows,
            "bytes": size,
            "ms": round(seconds * 1000, 1),
            "outcome": outcome or context.outcome or usual_outcome,
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
        if self._tracing:
            facts = {name: entry[name] for name in ("client", "table", "rows", "outcome")}
            facts["request_id"] = self.identifier
            method = self.request.method if self.request.method in METHODS else "other"
            self._tracing.end_request(self._span, method or "", self.route or UNMATCHED, status, facts)
        logs.request_id.set(None)

    def _table(self) -> str | None:
        """The table that the path names, for requests that were refused before it was opened."""
        names = self.request.resolver_match.kwargs if self.request.resolver_match else {}
        return f"{names['schema_name']}.{names['table_name']}" if "table_name" in names else None


def _record_stream(record: Record, response: StreamingHttpResponse) -> None:
    if isinstance(response, FileResponse):
        # Not from file to socket by gunicorn (sendfile): nobody could count what was sent.
        response.file_to_stream = None
        response.block_size = FILE_BLOCK_BYTES
    record.begin_stream()
    response.streaming_content = _Counted(record, response)


class _Counted:
    """A stream whose bytes are counted. The server closes it at its end, or when it cannot send it."""

    def __init__(self, record: Record, response: StreamingHttpResponse) -> None:
        self._record = record
        self._status = response.status_code
        self._chunks: Iterator[bytes] = iter(response)
        self._sent = 0
        self._current = 0
        self._finished = False
        self._error: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        # The server takes a chunk when it has sent the one before.
        self._sent += self._current
        self._current = 0
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._finished = True
            raise
        except Exception as error:
            self._error = error
            stream_log.error("a stream failed", exc_info=error)
            raise
        self._current = len(chunk)
        return chunk

    def close(self) -> None:
        """Record the end."""
        self._record.close_stream(self._status, self._sent, finished=self._finished, error=self._error)

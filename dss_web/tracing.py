"""Traces from the API to SQL -> an OpenTelemetry collector, where OTEL_EXPORTER_OTLP_ENDPOINT is set.

A request is a span with its route, client, table, status and rows, which ends with the last byte of its response; each
statement in it is one below, with its text and without its values. There are no queries, headers or addresses in them.
Nothing is imported without the setting. Of the libraries' own instrumentation none is used: Django's would send whole
URLs, and psycopg's sees no COPY, by which pages are made.
"""

import importlib
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

import psycopg
from psycopg import sql

# A statement's text is cut: those of pages have the names of all columns.
_MOST_CHARACTERS: Final = 2000
_VALUES: Final = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")


class Tracing:
    """Makes spans. One for a process, which `start_tracing` returns."""

    def __init__(self, endpoint: str, version: str) -> None:
        self.api = importlib.import_module("opentelemetry.trace")
        self._propagation = importlib.import_module("opentelemetry.trace.propagation.tracecontext")
        sdk = importlib.import_module("opentelemetry.sdk.trace")
        resources = importlib.import_module("opentelemetry.sdk.resources")
        export = importlib.import_module("opentelemetry.sdk.trace.export")
        otlp = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        resource = resources.Resource.create({"service.name": "data-store-service", "service.version": version})
        provider = sdk.TracerProvider(resource=resource)
        exporter = otlp.OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        provider.add_span_processor(export.BatchSpanProcessor(exporter))
        self._tracer = provider.get_tracer("dss_web")

    def begin_request(self, traceparent: str | None) -> Any:
        """The span of a request, which belongs to the trace of its client if that sends one."""
        parent = self._propagation.TraceContextTextMapPropagator().extract({"traceparent": traceparent or ""})
        return self._tracer.start_span("request", context=parent, kind=self.api.SpanKind.SERVER)

    def within(self, span: Any) -> AbstractContextManager[Any]:
        """What is done in the block is done for this span."""
        current: AbstractContextManager[Any] = self.api.use_span(span, end_on_exit=False, record_exception=False)
        return current

    def end_request(self, span: Any, method: str, route: str, status: int, facts: dict[str, Any]) -> None:
        """End the span of a request."""
        span.update_name(f"{method} {route}")
        span.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
        span.set_attributes({f"dss.{name}": value for name, value in facts.items() if value is not None})
        if status >= 500:
            span.set_status(self.api.StatusCode.ERROR)
        span.end()

    @contextmanager
    def statement(self, query: Any, connection: psycopg.Connection[Any]) -> Iterator[None]:
        """A span for a statement, within a request."""
        if not self.api.get_current_span().get_span_context().is_valid:
            yield
            return
        text = _text(query, connection)
        attributes = {"db.system.name": "postgresql", "db.query.text": text}
        name = text.split(None, 1)[0].upper() if text else "SQL"
        # The text of an error may have values.
        with self._tracer.start_as_current_span(
            name,
            kind=self.api.SpanKind.CLIENT,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except psycopg.Error as error:
                span.set_attribute("db.response.status_code", error.sqlstate or "")
                span.set_status(self.api.StatusCode.ERROR)
                raise


_process: list[Tracing] = []


def start_tracing(endpoint: str, version: str) -> None:
    """Trace this process from now on, unless there is no endpoint. After a fork: the thread that sends is its own."""
    if endpoint and not _process:
        _process.append(Tracing(endpoint, version))


def tracing() -> Tracing | None:
    """What makes spans in this process; None where nothing is traced."""
    return _process[0] if _process else None


def trace_cursors(connection: psycopg.Connection[Any]) -> None:
    """Let the statements of a connection be traced, if anything is."""
    if _process and not issubclass(connection.cursor_factory, _TracedCursor):
        connection.cursor_factory = type("TracedCursor", (_TracedCursor, connection.cursor_factory), {})


class _TracedCursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, *args: Any, **options: Any) -> Any:
        with _span(query, self.connection):
            return super().execute(query, *args, **options)

    @contextmanager
    def copy(self, statement: Any, *args: Any, **options: Any) -> Iterator[psycopg.Copy]:
        with _span(statement, self.connection), super().copy(statement, *args, **options) as copy:
            yield copy


def _span(query: Any, connection: psycopg.Connection[Any]) -> AbstractContextManager[None]:
    return _process[0].statement(query, connection) if _process else nullcontext()


def _text(query: Any, connection: psycopg.Connection[Any]) -> str:
    """A statement without its values."""
    if isinstance(query, sql.Composable):
        query = query.as_string(connection)
    text = query.decode(errors="replace") if isinstance(query, bytes) else str(query)
    return _VALUES.sub("?", " ".join(text.split()))[:_MOST_CHARACTERS]

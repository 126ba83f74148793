"""The thread that reads a table for an export, at the database's speed, however slow the client is."""

import contextvars
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from django.db import connections
from django.http import HttpRequest
from psycopg import sql

from dss_web.configuration import web_settings
from dss_web.exports.export_query import ExportQuery, start_url
from dss_web.exports.formats import Encoder, encoder
from dss_web.exports.spool import Block, Spool, SpoolFull
from dss_web.http.errors import ApiError
from dss_web.http.query_parameters import undeclared_parameters
from dss_web.tables.columns import Selection, chosen_columns, visible_columns
from dss_web.tables.copy_out import blocks, copy_of
from dss_web.tables.filters import Filter, check_filters, parse_filters
from dss_web.tables.ids import require_integer_id
from dss_web.tables.relation import Relation, Version
from dss_web.tables.served_table import ServedTable
from dss_web.tables.versions import open_for_request, require_generation

log = logging.getLogger("dss_web.exports")

# An export may take longer than a page. Until the end of the transaction, so that the connection's next user is safe.
_SET_TIMEOUT = sql.SQL("SET LOCAL statement_timeout = {}")


class Cancelled(Exception):
    """The client has gone, so nobody needs the rest."""


@dataclass(frozen=True)
class Opened:
    """What is known of an export before its first row: the columns' keys, and the table's state (None if untracked)."""

    columns: tuple[str, ...]
    version: Version | None


class Conditions(Protocol):
    """Which rows are asked for, as it stands in a request whose columns are known."""

    @property
    def parameters(self) -> Iterable[tuple[str, str]]:
        """What asks for them in the URL of the same export from its start."""

    def check(self, relation: Relation) -> Sequence[sql.Composable]:
        """SQL over `t`. Raises ApiError for what cannot be asked of this table."""


@dataclass(frozen=True)
class IndexedFilters:
    """The filters of an API request, each of which an index must serve."""

    filters: Sequence[Filter]
    visible: Selection

    @property
    def parameters(self) -> Iterable[tuple[str, str]]:
        """The filters as they were sent."""
        return [(filter_.parameter, filter_.value) for filter_ in self.filters]

    def check(self, relation: Relation) -> Sequence[sql.Composable]:
        """The conditions. Raises BadRequest for a filter without an index, and for a value of another type."""
        check_filters(relation, self.visible, self.filters)
        return [filter_.condition for filter_ in self.filters]


# Reads the conditions of a request. Raises ApiError for what is none.
ParseConditions = Callable[[HttpRequest, Selection], Conditions]


@dataclass(frozen=True)
class _Plan:
    """How an export's rows are read and encoded."""

    opened: Opened
    encoder: Encoder
    statement: sql.Composed


def peek_export(request: HttpRequest, table: ServedTable, query: ExportQuery) -> Opened:
    """What an export would open, without making it. Raises the errors that `Producer.opened` would have."""
    with open_for_request(request, table.schema, table.name, query.generation) as relation:
        return _plan(request, relation, table, query, filters_of_request).opened


def filters_of_request(request: HttpRequest, visible: Selection) -> IndexedFilters:
    """The filters of an API request. Raises BadRequest for an operator on an unknown column."""
    return IndexedFilters(parse_filters(visible, undeclared_parameters(ExportQuery, request.GET)), visible)


class Producer(threading.Thread):
    """Fills the spool with one export. `opened` has a value, or an exception, when table and query are checked."""

    def __init__(
        self,
        request: HttpRequest,
        table: ServedTable,
        query: ExportQuery,
        spool: Spool,
        parse_conditions: ParseConditions = filters_of_request,
    ) -> None:
        super().__init__(name="export", daemon=True)
        self.opened: Future[Opened] = Future()
        self._request, self._table, self._query, self._spool = request, table, query, spool
        self._parse_conditions = parse_conditions
        self._cancelled = threading.Event()
        # Log lines have the request's id, which is in its context.
        self._context = contextvars.copy_context()

    def cancel(self) -> None:
        """Stop soon: after the current block, or within 0.2 seconds while Postgres sends nothing."""
        self._cancelled.set()

    def run(self) -> None:
        """The thread's own: `start` calls it."""
        self._context.run(self._run)

    def _run(self) -> None:
        failure: BaseException | None = None
        try:
            self._produce()
        except BaseException as error:
            failure = error
        finally:
            # The connection goes back to the pool now, however long the client still takes.
            connections.close_all()
        if not self.opened.done():
            self.opened.set_exception(failure or AssertionError("nothing was opened"))
        elif failure and not isinstance(failure, Cancelled | ApiError | SpoolFull):
            log.error("an export failed in the middle", exc_info=failure)
        self._spool.end(failure)

    def _produce(self) -> None:
        with open_for_request(self._request, self._table.schema, self._table.name, self._query.generation) as relation:
            plan = _plan(self._request, relation, self._table, self._query, self._parse_conditions)
            seconds = web_settings().dss_export_timeout_seconds
            relation.connection.execute(_SET_TIMEOUT.format(int(seconds * 1000)))
            self.opened.set_result(plan.opened)
            self._copy(relation, plan)

    def _copy(self, relation: Relation, plan: _Plan) -> None:
        encoder = plan.encoder
        # Sent with the first rows only: if an error comes instead of them, the client gets the error's own response.
        head = encoder.head()
        # Closed at once, also if a block cannot be encoded or put: until then the connection is in the middle of COPY.
        with closing(
            blocks(relation.connection, plan.statement, encoder.block_bytes, self._check_cancelled)
        ) as row_blocks:
            for rows in row_blocks:
                content = head + encoder.encode(rows)
                head = b""
                self._spool.put(Block(content, len(rows), encoder.id_of(rows[0]), encoder.id_of(rows[-1])))
        if end := head + encoder.end():
            self._spool.put(Block(end))

    def _check_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled


def _plan(
    request: HttpRequest, relation: Relation, table: ServedTable, query: ExportQuery, parse_conditions: ParseConditions
) -> _Plan:
    visible = visible_columns(relation.row_type, table.hidden, table.casing)
    conditions = parse_conditions(request, visible)
    start = start_url(request, [*query.kept(), *conditions.parameters])
    require_generation(relation, query.generation, start)
    require_integer_id(relation)
    # Before the columns: a client that asks for two impossible things is told of its filter, as it always was.
    rows = conditions.check(relation)
    selection = chosen_columns(visible, query.columns)
    form = encoder(query, selection)
    statement = copy_of(relation.identifier, form.values, form.options, first_id=query.from_id, conditions=rows)
    return _Plan(Opened(tuple(column.key for column in selection.columns), relation.version), form, statement)

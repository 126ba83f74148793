"""Which client read which table, to the minute, as its owners are shown it (`operations.dataset_read`)."""

import logging
import time
from collections.abc import Callable
from typing import Final

import psycopg
from django.db import Error as DatabaseError
from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from dss_web.database.prepared import Prepared
from dss_web.http.request_context import context_of

log = logging.getLogger("dss_web.hawk")

_EVERY_SECONDS: Final = 60.0
# A process that has seen so many pairs of client and table forgets them all, and writes each once more.
_MOST_PAIRS: Final = 10_000
# The schema of a declared dataset need not have its name. Another process may have written within the minute.
_record = Prepared(
    "dss_record_read",
    """
    INSERT INTO operations.dataset_read AS known (dataset, "table", kind, reader, day, last_read_at)
    VALUES (
        coalesce((SELECT min(key) FROM operations.dataset WHERE schema_name = $1 AND withdrawn_at IS NULL), $1),
        $2, 'client', $3, (now() AT TIME ZONE 'UTC')::date, now()
    )
    ON CONFLICT (dataset, "table", kind, reader, day) DO UPDATE SET last_read_at = now()
    WHERE known.last_read_at < now() - interval '1 minute'
    """,
)


class ReadRecord:
    """Middleware that writes down who has read a table, at most once a minute for each client and table."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._written: dict[tuple[str, str], float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response. A read that cannot be written down is a read nevertheless."""
        response = self.get_response(request)
        context = context_of(request)
        if context.client and context.table and response.status_code == 200:
            self._record(context.client, context.table)
            if response.streaming:
                # An export holds no connection of the pool, however long its client takes.
                connections.close_all()
        return response

    def _record(self, client: str, table: str) -> None:
        pair, now = (client, table), time.monotonic()
        if now - self._written.get(pair, -_EVERY_SECONDS) < _EVERY_SECONDS:
            return
        if len(self._written) >= _MOST_PAIRS:
            self._written.clear()
        self._written[pair] = now
        schema, _, name = table.rpartition(".")
        try:
            _record(schema, name, client)
        except (psycopg.Error, DatabaseError) as error:
            log.warning("that a client has read a table was not recorded: %s", type(error).__name__)

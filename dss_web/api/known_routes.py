"""The named routes that there are, as a process last read them of `operations.dataset`."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import Error as DatabaseError

from dss_web.api.routes import ROUTES, NamedRoute, served
from dss_web.shared.routes import Route

log = logging.getLogger("dss_web.api")

# Within this time a route that has changed or gone is served as it was. Reading takes 1 ms.
READ_EVERY_SECONDS: Final = 10.0
# How soon they are read again for a path that is none of them, so that a new route is there at once and a client that
# asks for many unknown paths costs a statement a second.
READ_AGAIN_SECONDS: Final = 1.0

# What `operations.dataset` says of a dataset's routes: schema, routes, since when the dataset is withdrawn.
Row = tuple[str, list[dict[str, Any]], datetime | None]


class KnownRoutes:
    """The routes of a process. Only one of its threads reads them at a time, and the others need not wait."""

    def __init__(
        self,
        read: Callable[[], Iterable[Row]],
        read_restricted: Callable[[], Iterable[str]] = tuple,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`read_restricted` gives the schemas of datasets that are not open to everybody."""
        self.routes: Sequence[NamedRoute] = ROUTES
        self.restricted: frozenset[str] = frozenset()
        self.is_current = False
        self._read = read
        self._read_restricted = read_restricted
        self._clock = clock
        self._tried_at: float | None = None
        self._reading = threading.Lock()

    def refresh(self, seconds: float) -> bool:
        """Read the routes if that was tried longer ago than this. Returns whether it was tried.

        While the database is out of reach, the routes stay those that are known, and `is_current` is False.
        """
        if not self._is_older_than(seconds):
            return False
        # Before the first time there is nothing good to answer from.
        if not self._reading.acquire(blocking=self._tried_at is None):
            return False
        try:
            if not self._is_older_than(seconds):  # another thread has read them while this one waited
                return True
            try:
                self.routes = routes_of(self._read())
                self.restricted = frozenset(self._read_restricted())
                self.is_current = True
            except DatabaseError as error:
                self.is_current = False
                log.warning("the named routes could not be read, and those known before are served: %s", error)
            self._tried_at = self._clock()
            return True
        finally:
            self._reading.release()

    @property
    def open_routes(self) -> tuple[NamedRoute, ...]:
        """Those that everybody may know of. The others are served like them, to clients that may use them."""
        return tuple(route for route in self.routes if route.table.schema not in self.restricted)

    def _is_older_than(self, seconds: float) -> bool:
        return self._tried_at is None or self._clock() - self._tried_at >= seconds


def routes_of(rows: Iterable[Row]) -> tuple[NamedRoute, ...]:
    """The routes of all datasets that are declared, and those of the contract of datasets of which no row tells."""
    declared = {schema: [] if withdrawn_at else routes for schema, routes, withdrawn_at in rows}
    return (
        *(route for route in ROUTES if route.table.schema not in declared),
        *(route for schema, routes in declared.items() for route in _understood(schema, routes)),
    )


def _understood(schema: str, routes: Iterable[dict[str, Any]]) -> Iterable[NamedRoute]:
    """The routes that this release can serve: while it is replaced, a newer one may have written what it can not."""
    for route in routes:
        try:
            yield served(schema, Route.from_json(route))
        except (KeyError, ValueError) as error:
            log.warning("a route of %s is not served, since it is of another release: %s (%r)", schema, route, error)

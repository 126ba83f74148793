"""The engine of settings.DATABASES, which Django finds by this module's name: its own for Postgres."""

import select
from typing import Any, Final

import psycopg
from django.db.backends.postgresql import base

from dss_web.shared.liveness import SESSION
from dss_web.tracing import trace_cursors

# Those for which a connection of the pool is awaited now. The pool's own count has those that gave up as well, until it
# has a connection again.
waiting: Final["set[DatabaseWrapper]"] = set()


class DatabaseWrapper(base.DatabaseWrapper):
    """Never gives out a connection that Postgres has ended while it was in the pool.

    Django's CONN_HEALTH_CHECKS asks Postgres instead, which costs each request a round trip.
    """

    def get_connection_params(self) -> dict[str, Any]:
        """What the pool hands to psycopg, without user and password: those it asks for with each new connection."""
        fixed = super().get_connection_params()
        return {name: value for name, value in fixed.items() if name not in {"user", "password"}}

    def _configure_connection(self, connection: psycopg.Connection[Any]) -> bool:
        """The session's settings, once for each connection of the pool."""
        connection.execute(SESSION.encode())
        super()._configure_connection(connection)  # type: ignore[misc]  # Django's own, without types
        return True

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        """A connection of the pool. Raises Django's errors."""
        waiting.add(self)
        try:
            connection: psycopg.Connection[Any] = super().get_new_connection(conn_params)
            while _has_ended(connection):
                connection.close()
                self.pool.putconn(connection)  # which replaces it
                connection = super().get_new_connection(conn_params)
        finally:
            waiting.discard(self)
        trace_cursors(connection)
        return connection


def _has_ended(connection: psycopg.Connection[Any]) -> bool:
    """Whether Postgres has closed the connection, on which nothing is under way. Notices that it sent are read."""
    socket = select.poll()
    socket.register(connection.pgconn.socket, select.POLLIN)
    while socket.poll(0):
        try:
            connection.pgconn.consume_input()
        except psycopg.OperationalError:
            return True
    return False

"""The engine of settings.DATABASES, found by this module's name: Django's own for Postgres, but for one check."""

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Never hands out a connection that Postgres has ended while it lay in the pool.

    Django's CONN_HEALTH_CHECKS finds out by asking Postgres, which takes each request a round trip.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        connection: psycopg.Connection[Any] = super().get_new_connection(conn_params)
        while _has_ended(connection):
            connection.close()
            self.pool.putconn(connection)  # which makes another one in its place
            connection = super().get_new_connection(conn_params)
        return connection


def _has_ended(connection: psycopg.Connection[Any]) -> bool:
    """Whether Postgres, which has not been asked anything, has sent the end of file; notices are taken in."""
    socket = select.poll()
    socket.register(connection.pgconn.socket, select.POLLIN)
    while socket.poll(0):
        try:
            connection.pgconn.consume_input()
        except psycopg.OperationalError:
            return True
    return False

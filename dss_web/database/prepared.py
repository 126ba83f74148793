"""Statements that are the same in every request: each connection plans them once."""

import re
from typing import Any, Final, LiteralString
from weakref import WeakSet

import psycopg

from dss_web.database import request_connection

# These statements take a millisecond. One that takes longer waits for a database in trouble.
TIMEOUT_SECONDS: Final = 2


class Prepared:
    """A statement with its parameters as $1, $2 …, which every connection prepares once."""

    # psycopg can prepare statements too, but would send the time-out in a message of its own.

    def __init__(self, name: LiteralString, statement: LiteralString) -> None:
        # As text: composing it for each call would take as long as preparing it saves.
        self._prepare = f"PREPARE {name} AS {statement}".encode()
        values = ", ".join(["%s"] * len(set(re.findall(r"\$\d+", statement))))
        self._execute = f"SET LOCAL statement_timeout = {TIMEOUT_SECONDS * 1000}; EXECUTE {name} ({values})".encode()
        self._prepared_on: WeakSet[psycopg.Connection[Any]] = WeakSet()

    def __call__(self, *values: object) -> psycopg.Cursor[Any]:
        """Run the statement with these parameters on the request's connection.

        Raises psycopg.Error if Postgres is out of reach, or takes longer than 2 seconds.
        """
        connection = request_connection()
        if connection not in self._prepared_on:
            connection.execute(self._prepare)
            self._prepared_on.add(connection)
        cursor = connection.execute(self._execute, values)
        cursor.nextset()
        return cursor

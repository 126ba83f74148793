"""Statements that are the same in every request: each connection plans them once."""

import re
from typing import Any, Final, LiteralString
from weakref import WeakSet

import psycopg

from dss_web.database import request_connection

TIMEOUT_SECONDS: Final = 2


class Prepared:
    """A statement with its parameters as $1, $2 …; called with their values, it runs on the request's connection.

    Raises psycopg.Error when Postgres is out of reach, or busy for 2 seconds.
    """

    # psycopg would prepare statements of itself, but send the time-out in a message of its own.

    def __init__(self, name: LiteralString, statement: LiteralString) -> None:
        # As text: to compose it anew would take as long as is saved.
        self._prepare = f"PREPARE {name} AS {statement}".encode()
        values = ", ".join(["%s"] * len(set(re.findall(r"\$\d+", statement))))
        self._execute = f"SET LOCAL statement_timeout = {TIMEOUT_SECONDS * 1000}; EXECUTE {name} ({values})".encode()
        self._known: WeakSet[psycopg.Connection[Any]] = WeakSet()

    def __call__(self, *values: object) -> psycopg.Cursor[Any]:
        connection = request_connection()
        if connection not in self._known:
            connection.execute(self._prepare)
            self._known.add(connection)
        executed = connection.execute(self._execute, values)
        executed.nextset()
        return executed

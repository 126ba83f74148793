"""The connection to Postgres: psycopg's own, for the API.

base.py       Django's engine, whose pool never gives out a connection that has ended
pooled.py     the databases as Django's settings have them: the service's own, and its replica
replica.py    the replica's connection, while it is there
own.py        connections beside its pool
prepared.py   statements that each connection plans once
"""

from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db import Error as DatabaseError


def request_connection(alias: str = DEFAULT_DB_ALIAS) -> psycopg.Connection[Any]:
    """The connection of this request or thread, in autocommit: psycopg's own. It is closed through Django.

    Django's cursors would take 0.1 ms more for each statement. Raises psycopg.OperationalError if Postgres is out of
    reach.
    """
    try:
        connections[alias].ensure_connection()
    except DatabaseError as error:
        raise psycopg.OperationalError(str(error)) from error
    connection: psycopg.Connection[Any] = connections[alias].connection
    return connection


def return_connection(alias: str = DEFAULT_DB_ALIAS) -> None:
    """Give this request's or thread's connection back to the pool; whoever needs one later gets one again."""
    if not connections[alias].in_atomic_block:
        connections[alias].close()

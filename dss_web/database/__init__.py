"""The connection to Postgres: psycopg's own, for the API.

base.py       Django's engine, whose pool never gives out a connection that has ended
own.py        connections beside its pool
prepared.py   statements that each connection plans once
"""

from typing import Any

import psycopg
from django.db import Error as DatabaseError
from django.db import connection as django_connection


def request_connection() -> psycopg.Connection[Any]:
    """The connection of this request or thread, in autocommit: psycopg's own. It is closed through Django.

    Django's cursors would take 0.1 ms more for each statement. Raises psycopg.OperationalError if Postgres is out of
    reach.
    """
    try:
        django_connection.ensure_connection()
    except DatabaseError as error:
        raise psycopg.OperationalError(str(error)) from error
    connection: psycopg.Connection[Any] = django_connection.connection
    return connection

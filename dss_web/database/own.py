"""A connection beside Django's: for whoever works without Django, or while requests hold all of its pool."""

from typing import Any, Final

import psycopg

from dss_web.configuration import web_settings
from dss_web.shared.liveness import SESSION, client_parameters

# Whoever waits for a database that has vanished would not look at the one in its place.
_UNTAKEN_SECONDS: Final = 10


def own_connection(
    purpose: str,
    connect_seconds: int,
    statement_seconds: float = 0,
    untaken_seconds: float = _UNTAKEN_SECONDS,
    url: str = "",
) -> psycopg.Connection[Any]:
    """A new connection in autocommit mode, which the caller closes. `purpose` is what `pg_stat_activity` shows.

    It is to the service's database, or to the one at `url`. No statement may take longer than `statement_seconds`, if
    that is not 0; times are UTC. Raises psycopg.OperationalError where there is no connection within `connect_seconds`,
    at least two.
    """
    connection: psycopg.Connection[Any] = psycopg.connect(
        url or web_settings().database_url(),
        autocommit=True,
        application_name=purpose,
        connect_timeout=connect_seconds,
        **client_parameters(untaken_seconds),
    )
    try:
        # By SET, and not as an option of the connection, which PgBouncer does not take.
        limit = round(statement_seconds * 1000)
        connection.execute(f"{SESSION}; SET statement_timeout = {limit}; SET TimeZone = 'UTC'".encode())
    except BaseException:
        connection.close()
        raise
    return connection

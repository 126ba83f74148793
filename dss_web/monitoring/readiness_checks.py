"""Whether the parts that the service needs do their work: each check returns, or raises NotReady.

Their texts are for everyone. What a part answered to us is for the log.
"""

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
import psycopg
from obstore.store import ObjectStore
from psycopg import sql

from dss_web.configuration import web_settings
from dss_web.shared.contract import DAEMON_HEARTBEAT, DAGSTER_DAEMON
from dss_web.shared.object_store import object_store

# A prefix under which nothing is kept: asking for it costs as much as asking whether the bucket is there.
NOWHERE: Final = ".readiness"

_OUT_OF_REACH: Final = "it is out of reach, or refuses"
_AGE: Final = sql.SQL("SELECT extract(epoch FROM now() - beat_at)::float FROM {} WHERE daemon = %s").format(
    sql.Identifier(*DAEMON_HEARTBEAT)
)


class NotReady(Exception):
    """What is wrong with a part, without its address and without what it answered."""


def check_database() -> None:
    """Postgres lets us in and takes writes: without them no nonce is used up, so no client gets in."""
    row = _ask("SHOW transaction_read_only")
    if row != ("off",):
        raise NotReady("it is read-only")


def check_storage() -> None:
    """The bucket is there and may be listed; of a folder, that it is there and may be written to."""
    url = web_settings().s3_bucket_url
    try:
        obstore.list(_store(), NOWHERE).collect()
        # Of a folder that has gone, obstore says that it is empty.
        reached = not url.startswith("file:") or os.access(url2pathname(urlsplit(url).path), os.W_OK | os.X_OK)
    except (obstore.exceptions.BaseError, OSError) as error:
        raise NotReady(_OUT_OF_REACH) from error
    if not reached:
        raise NotReady(_OUT_OF_REACH)


def check_dagster() -> None:
    """The Dagster daemon and, since that writes it down for us, its code server have given a sign of life lately."""
    row = _ask(_AGE, [DAGSTER_DAEMON])
    if row is None:
        raise NotReady("no heartbeat of the daemon was ever seen")
    if row[0] > web_settings().dss_heartbeat_limit_seconds:
        raise NotReady(f"the daemon's last heartbeat is {row[0]:.0f} s old")


CHECKS: Final[Mapping[str, Callable[[], None]]] = {
    "database": check_database,
    "storage": check_storage,
    "dagster": check_dagster,
}


def _ask(statement: Any, values: list[object] | None = None) -> tuple[Any, ...] | None:
    """One row, on a connection of its own: one of the pool's would be waited for where requests hold them all."""
    settings = web_settings()
    timeout = int(settings.dss_readiness_timeout_seconds * 1000)
    try:
        with psycopg.connect(
            settings.dss_database_url,
            autocommit=True,
            application_name="dss-web readiness",
            connect_timeout=max(2, round(settings.dss_readiness_timeout_seconds)),
            options=f"-c statement_timeout={timeout}",
        ) as connection:
            return connection.execute(statement, values).fetchone()
    except psycopg.Error as error:
        raise NotReady("the database is out of reach, or refuses") from error


@cache
def _store() -> ObjectStore:
    settings = web_settings()
    return object_store(settings.s3_bucket_url, timeout_seconds=settings.dss_readiness_timeout_seconds)

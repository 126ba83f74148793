"""The checks of the parts that the service needs: each returns, or raises NotReady.

Everyone can read the errors' texts; a part's own error, which is their cause, is only logged.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
import psycopg
from obstore.store import ObjectStore
from psycopg import sql

from dss_web.configuration import web_settings
from dss_web.database.own import own_connection
from dss_web.registry.stuck import stuck_datasets
from dss_web.shared.contract import DAEMON_HEARTBEAT, DAGSTER_DAEMON
from dss_web.shared.object_store import object_store

# A prefix under which nothing is stored: listing it costs as little as asking whether the bucket exists.
NOWHERE: Final = ".readiness"

_OUT_OF_REACH: Final = "it is out of reach, or refuses"
_AGE: Final = sql.SQL("SELECT extract(epoch FROM now() - beat_at)::float FROM {} WHERE daemon = %s").format(
    sql.Identifier(*DAEMON_HEARTBEAT)
)


class NotReady(Exception):
    """A part does not work. The text says how, without the part's address and its own error."""


def check_database() -> None:
    """Postgres accepts connections and writes: without writes no nonce is used up, so no client gets in."""
    row = _select_row("SHOW transaction_read_only")
    if row != ("off",):
        raise NotReady("it is read-only")


def check_storage() -> None:
    """The bucket exists and can be listed; a folder exists and can be written to."""
    url = web_settings().s3_bucket_url
    try:
        obstore.list(_store(), NOWHERE).collect()
        # obstore lists a folder that does not exist as an empty one.
        is_usable = not url.startswith("file:") or os.access(url2pathname(urlsplit(url).path), os.W_OK | os.X_OK)
    except (obstore.exceptions.BaseError, OSError) as error:
        raise NotReady(_OUT_OF_REACH) from error
    if not is_usable:
        raise NotReady(_OUT_OF_REACH)


def check_dagster() -> None:
    """The Dagster daemon's heartbeat is recent, and so is its code server's, which copies the heartbeat for us."""
    row = _select_row(_AGE, [DAGSTER_DAEMON])
    if row is None:
        raise NotReady("no heartbeat of the daemon was ever seen")
    if row[0] > web_settings().dss_heartbeat_limit_seconds:
        raise NotReady(f"the daemon's last heartbeat is {row[0]:.0f} s old")


def check_datasets() -> None:
    """No dataset stands still. Names and reasons are in the log alone, since everyone can read this answer."""
    with _connection() as connection:
        stuck = stuck_datasets(connection)
    if stuck:
        datasets = {one.dataset for one in stuck}
        reasons = ", ".join(sorted({one.reason for one in stuck}))
        text = f"{len(datasets)} stand still, the first since {stuck[0].since:%Y-%m-%d %H:%M} UTC: {reasons}"
        details = "; ".join(f"{one.dataset} since {one.since:%Y-%m-%d %H:%M}: {one.why}" for one in stuck)
        raise NotReady(text) from StandingStill(details)


def check_replica() -> None:
    """The replica answers, and is one. Tables are read from the primary while it does not."""
    seconds = web_settings().dss_readiness_timeout_seconds
    url = web_settings().replica_url()
    try:
        with own_connection("dss-web readiness", max(2, round(seconds)), seconds, url=url) as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    except psycopg.Error as error:
        raise NotReady("it is out of reach, or refuses: tables are read from the primary") from error
    if row != (True,):
        raise NotReady("it is no replica, and may have other rows")


# By the names that DSS_READINESS_CHECKS lists.
CHECKS: Final[Mapping[str, Callable[[], None]]] = {
    "database": check_database,
    "storage": check_storage,
    "dagster": check_dagster,
    "datasets": check_datasets,
    "replica": check_replica,
}
# What these find is told, and leaves the service ready: it serves all that is loaded while one publisher's file waits,
# and reads the primary while there is no replica.
ADVISORY: Final = frozenset({"datasets", "replica"})


class StandingStill(Exception):
    """Which datasets stand still, and why, for the log."""


def _select_row(statement: Any, values: list[object] | None = None) -> tuple[Any, ...] | None:
    with _connection() as connection:
        return connection.execute(statement, values).fetchone()


@contextmanager
def _connection() -> Iterator[psycopg.Connection[Any]]:
    """A connection of the check's own: the pool has none to spare while requests hold them all."""
    seconds = web_settings().dss_readiness_timeout_seconds
    try:
        with own_connection("dss-web readiness", max(2, round(seconds)), seconds) as connection:
            yield connection
    except psycopg.Error as error:
        raise NotReady("the database is out of reach, or refuses") from error


@cache
def _store() -> ObjectStore:
    settings = web_settings()
    return object_store(settings.s3_bucket_url, timeout_seconds=settings.dss_readiness_timeout_seconds)

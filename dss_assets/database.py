"""The connection to the service's Postgres, and every advisory lock that the assets half takes.

Four locks, from the longest to the shortest: a run's (it lives), a file's (one process works on it), a dataset's (one
transaction loads it) and data-flow's (one process asks for a run). Those of a session end with its connection, and so
with its process; the others end with their transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from dss_assets.errors import TransientError

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Database:
    """The service's Postgres."""

    url: str

    @contextmanager
    def connect(self, purpose: str) -> Iterator[Connection]:
        """A connection in autocommit mode. `purpose` is what `pg_stat_activity` shows. Raises TransientError."""
        try:
            connection: psycopg.Connection[tuple[Any, ...]] = psycopg.connect(
                self.url,
                autocommit=True,
                application_name=f"dss {purpose}"[:63],
                connect_timeout=10,
                keepalives_idle=30,
                # Published dates are ISO; uploaded ones may have the day first. Values are UTC.
                options="-c DateStyle=ISO,DMY -c TimeZone=UTC -c lock_timeout=1h",
            )
        except psycopg.OperationalError as error:
            raise TransientError(f"The database cannot be reached: {error}. It is tried again.") from error
        with connection:
            yield connection


@contextmanager
def run_lock(connection: Connection, run_id: str) -> Iterator[None]:
    """Say that a run is alive for as long as this connection is: a lock that dies with the process."""
    connection.execute("SELECT pg_advisory_lock_shared(hashtextextended(%s, 0))", [f"run {run_id}"])
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock_shared(hashtextextended(%s, 0))", [f"run {run_id}"])


def is_alive(connection: Connection, run_id: str) -> bool:
    """Whether a live process works for the run. Also False just before it begins and after it ends."""
    with connection.transaction():
        row = connection.execute(
            "SELECT NOT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"run {run_id}"]
        ).fetchone()
    return bool(row and row[0])


@contextmanager
def file_lock(connection: Connection, source: str, file_name: str) -> Iterator[None]:
    """Keep other processes from working on the same file until the block ends."""
    key = [f"file {source} {file_name}"]
    connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", key)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)


def lock_dataset(connection: Connection, dataset_key: str) -> None:
    """Wait until no other transaction loads the dataset, and keep others out until this transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"load {dataset_key}"])


def lock_dataflow(connection: Connection) -> None:
    """Wait until no other transaction asks data-flow for a run, and keep others out until this transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('dataflow', 0))")

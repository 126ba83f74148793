"""The connection to the service's Postgres, and every advisory lock that the assets half takes.

Five locks: a run's (it lives), a file's (one process works on it), a host's (two processes are connected to it), a
dataset's (one transaction loads it) and data-flow's (one process asks for a run). The first three end with their
session, and so with its process; the others end with their transaction.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus

from dss_assets.errors import IngestionError, TransientError
from dss_web.shared import contract
from dss_web.shared.error_reports import report_error
from dss_web.shared.liveness import SESSION, client_parameters

Connection = psycopg.Connection[tuple[Any, ...]]

# Publishers' sites serve people first. Two, so that a download of hours does not keep a listing from its turn.
HOST_CONNECTIONS: Final = 2
# By SET, since PgBouncer takes no options of a connection. A load sets the order of its dates (`loading/copy_in.py`).
# Values are UTC.
_SESSION: Final = f"SET DateStyle = ISO, YMD; SET TimeZone = 'UTC'; SET lock_timeout = '1h'; {SESSION}".encode()
# Sensors look fifty times a minute at rest. With a connection for each look, Postgres did little else than open them.
KEPT_CONNECTIONS: Final = 4
# A connection that a firewall has dropped in silence is not used for ever, nor is a password from before.
_KEPT_SECONDS: Final = 30 * 60
# How often a process that waits for a host looks whether its turn has come.
_SLOT_LOOK_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class _Kept:
    """An open connection that nobody uses, and when it was opened on the clock of `time.monotonic`."""

    connection: Connection
    opened_at: float


@dataclass(frozen=True, slots=True)
class Database:
    """The service's Postgres, or another one that it writes to.

    `url` may be what tells it, which is asked for each connection.
    """

    url: str | Callable[[], str] = field(repr=False)
    _kept: deque[_Kept] = field(default_factory=deque, init=False, repr=False, compare=False)

    @contextmanager
    def connect(self, purpose: str) -> Iterator[Connection]:
        """A connection in autocommit mode. `purpose` is what `pg_stat_activity` shows. Raises TransientError."""
        with self._open(purpose) as connection, _errors_reported():
            yield connection

    @contextmanager
    def look(self, purpose: str) -> Iterator[Connection]:
        """As `connect`, over a connection that stays open for the next look.

        It is for what is done again every few seconds, and leaves nothing behind in its session, such as a lock.
        """
        kept = self._take_kept(purpose) or _Kept(self._open(purpose), time.monotonic())
        is_kept = False
        try:
            with _errors_reported():
                yield kept.connection
            is_idle = kept.connection.info.transaction_status == TransactionStatus.IDLE
            is_young = time.monotonic() - kept.opened_at < _KEPT_SECONDS
            is_kept = is_idle and is_young and len(self._kept) < KEPT_CONNECTIONS
        finally:
            if is_kept:
                self._kept.append(kept)
            else:
                kept.connection.close()

    def _take_kept(self, purpose: str) -> _Kept | None:
        """A kept connection that Postgres still answers on."""
        while True:
            try:
                kept = self._kept.pop()
            except IndexError:  # sensors look at the same time, in threads
                return None
            try:
                kept.connection.execute("SELECT set_config('application_name', %s, false)", [_shown(purpose)])
            except psycopg.OperationalError:
                kept.connection.close()
            else:
                return kept

    def _open(self, purpose: str) -> Connection:
        try:
            return self.open(purpose)
        except psycopg.OperationalError as error:
            raise TransientError(f"The database cannot be reached: {error}. It is tried again.") from error

    def open(self, purpose: str) -> Connection:
        """The same connection, which the caller closes. Raises what psycopg does."""
        connection: Connection = psycopg.connect(
            self.url if isinstance(self.url, str) else self.url(),
            autocommit=True,
            application_name=_shown(purpose),
            connect_timeout=10,
            **client_parameters(),
        )
        try:
            connection.execute(_SESSION)
        except BaseException:
            connection.close()
            raise
        return connection


def _shown(purpose: str) -> str:
    """What Postgres shows of a connection, as long as it can be."""
    return f"dss {purpose}"[:63]


@contextmanager
def _errors_reported() -> Iterator[None]:
    """Whatever a sensor or a run does, it does with a connection: errors that nobody foresaw are reported here."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, IngestionError | psycopg.OperationalError):
            report_error(error)
        raise


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
    key = [contract.file_lock(source, file_name)]
    connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", key)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)


@contextmanager
def host_slot(connection: Connection, host: str, wait_seconds: float) -> Iterator[None]:
    """One of a host's HOST_CONNECTIONS turns over all processes, until the block ends.

    `connection` is in autocommit mode. Raises TransientError where no turn came within `wait_seconds`.
    """
    deadline = time.monotonic() + wait_seconds
    while (key := _free_slot(connection, host)) is None:
        if time.monotonic() > deadline:
            raise TransientError(
                f"{host} was not asked: {HOST_CONNECTIONS} connections to it were in use for {wait_seconds:g} seconds, "
                "which is as many as the service has to one host. It is tried again."
            )
        time.sleep(_SLOT_LOOK_SECONDS)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def _free_slot(connection: Connection, host: str) -> str | None:
    """The key of a turn that is ours now, None where all are taken."""
    for number in range(HOST_CONNECTIONS):
        key = f"host {host} {number}"
        row = connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key]).fetchone()
        if row and row[0]:
            return key
    return None


def lock_dataset(connection: Connection, dataset_key: str) -> None:
    """Wait until no other transaction loads the dataset, and keep others out until this transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"load {dataset_key}"])


def lock_dataflow(connection: Connection) -> None:
    """Wait until no other transaction asks data-flow for a run, and keep others out until this transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('dataflow', 0))")

"""A host that vanishes in the middle of its work holds nothing up for long."""

import contextlib
import os
import socket
import time

import psycopg
import pytest

from dss_assets.database import Connection, Database, is_alive, run_lock

# Of Linux: a socket in this state is closed without a word to the other side, as by a host that has lost its power.
# https://man7.org/linux/man-pages/man7/tcp.7.html does not list it; lwn.net/Articles/495304 describes it.
TCP_REPAIR = 19
RUN = "a run of a host that vanishes"


def vanish(connection: Connection) -> None:
    """Let the other side of a connection hear nothing more of it."""
    time.sleep(0.5)  # until what was said last is acknowledged: what is said again finds out
    with socket.socket(fileno=os.dup(connection.fileno())) as own:
        try:
            own.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        except PermissionError:
            pytest.skip("only an administrator of the machine may close a socket in silence")
    connection.pgconn.finish()


def test_its_locks_are_free_within_a_minute(database_url: str) -> None:
    database = Database(database_url)
    with (
        contextlib.suppress(psycopg.OperationalError),
        database.connect("vanishing") as vanishing,
        run_lock(vanishing, RUN),
    ):
        vanish(vanishing)

    with database.connect("test") as connection:
        time.sleep(2)
        assert is_alive(connection, RUN), "nobody has told Postgres"
        deadline = time.monotonic() + 60
        while is_alive(connection, RUN):
            assert time.monotonic() < deadline, "Postgres still waits for the host"
            time.sleep(0.5)

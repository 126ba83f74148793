"""However a part of the service connects to Postgres, both sides find out that the other has vanished."""

import json
import os
import socket

import sqlalchemy

from dss_assets.assets.pooled import PooledRunStorage
from dss_assets.database import Database
from dss_web.shared.liveness import watched_url
from tests.parts.manage import manage

SERVER_SETTINGS = {
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "45000",
}
SOCKET_OPTIONS = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
IN_DJANGO = """
import json, os, socket
from django.db import connection
connection.ensure_connection()
raw = connection.connection
shown = {name: raw.execute(f"SHOW {name}").fetchone()[0] for name in %r}
with socket.socket(fileno=os.dup(raw.fileno())) as own:
    print(json.dumps([shown, [own.getsockopt(socket.IPPROTO_TCP, option) for option in %r]]))
"""


def options_of(descriptor: int) -> list[int]:
    with socket.socket(fileno=os.dup(descriptor)) as own:
        return [own.getsockopt(socket.IPPROTO_TCP, option) for option in SOCKET_OPTIONS]


def test_a_run_or_a_sensor(database_url: str) -> None:
    with Database(database_url).connect("test") as connection:
        assert {name: connection.execute(f"SHOW {name}".encode()).fetchone() for name in SERVER_SETTINGS} == {
            name: (value,) for name, value in SERVER_SETTINGS.items()
        }
        assert options_of(connection.fileno()) == [15, 10, 3, 60_000]


def test_dagsters_own_storages(database_url: str) -> None:
    storage = PooledRunStorage(database_url.replace("postgresql:", "postgresql+psycopg2:"), False)
    with storage.connect() as connection:
        shown = {name: connection.execute(sqlalchemy.text(f"SHOW {name}")).scalar() for name in SERVER_SETTINGS}
        assert shown == SERVER_SETTINGS
        assert options_of(connection.connection.fileno()) == [15, 10, 3, 60_000]
    storage._engine.dispose()


def test_the_web_app(database_url: str) -> None:
    options = [int(option) for option in SOCKET_OPTIONS]
    done = manage(database_url, "shell", "-c", IN_DJANGO % (list(SERVER_SETTINGS), options))

    assert json.loads(done.stdout.splitlines()[-1]) == [SERVER_SETTINGS, [15, 10, 3, 10_000]]


def test_what_a_url_says_itself_stays() -> None:
    url = watched_url("postgresql+psycopg2://me:a%40b@db:5432/dagster?sslmode=verify-full&keepalives_idle=99")

    assert url.startswith("postgresql+psycopg2://me:a%40b@db:5432/dagster?")
    assert "sslmode=verify-full" in url
    assert "keepalives_idle=99" in url
    assert "keepalives_idle=15" not in url

"""The embedded Postgres: it keeps what was committed, whatever happened to it or to us."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from infra.local.postgres import Postgres
from infra.local.process import LocalError

pytestmark = pytest.mark.stand_in

OWNER = """
import sys, time
from pathlib import Path
from infra.local.postgres import Postgres
server = Postgres(Path(sys.argv[1]))
server.start()
print(server.url("postgres"), flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dss-postgres-") as name:
        Path(name).chmod(0o711)
        yield Path(name) / "postgres"


@pytest.fixture
def server(folder: Path) -> Iterator[Postgres]:
    server = Postgres(folder)
    yield server
    server.remove()


def _write(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS value")


def _read(url: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT value FROM kept").fetchone()


def test_what_was_committed_survives_a_stop(server: Postgres) -> None:
    with server:
        _write(server.url("postgres"))
    with server:
        assert _read(server.url("postgres")) == (1,)


def test_what_was_committed_survives_a_kill(server: Postgres) -> None:
    server.start()
    _write(server.url("postgres"))
    server.kill()
    with server:
        assert _read(server.url("postgres")) == (1,)


def test_a_killed_server_with_a_back_end_at_work_is_started_again(server: Postgres) -> None:
    server.start()
    _write(server.url("postgres"))
    with contextlib.closing(psycopg.connect(server.url("postgres"), autocommit=True)) as busy:
        busy.execute("SET statement_timeout = '10min'")
        busy.pgconn.send_query(b"SELECT sum(random()) FROM generate_series(1, 2000000000)")
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        server.start()
        assert _read(server.url("postgres")) == (1,)


def test_a_server_whose_owner_was_killed_is_taken_over(folder: Path, server: Postgres) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER, folder], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        url = owner.stdout.readline().strip()
        _write(url)
        owner.kill()
    with psycopg.connect(url) as connection:  # its server lives on
        connection.execute("SELECT")
    with server:
        assert _read(server.url("postgres")) == (1,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_a_stale_pid_file_that_names_another_process_harms_nobody(server: Postgres) -> None:
    server.start()
    server.kill()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as bystander:
        lines = [str(bystander.pid), str(server.data), "1", str(server.port), "", "127.0.0.1", "", "ready"]
        (server.data / "postmaster.pid").write_text("\n".join(lines))
        with server:
            assert psutil.pid_exists(bystander.pid)
            assert bystander.poll() is None
        bystander.kill()


def test_an_initialisation_that_was_broken_off_is_begun_again(server: Postgres) -> None:
    unfinished = server.folder / "data.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    with server:
        _write(server.url("postgres"))


def test_a_port_on_which_something_else_listens_is_refused(server: Postgres, postgres_server: Postgres) -> None:
    other = Postgres(server.folder.parent / "other", port=postgres_server.port)
    try:
        with pytest.raises(LocalError, match=r"Address already in use|Another Postgres answers"):
            other.start()
    finally:
        other.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the server's own user may not enter")
def test_a_folder_that_the_servers_user_may_not_enter_will_do_as_well(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "postgres")
    try:
        with server:
            _write(server.url("postgres"))
        with Postgres(closed / "postgres") as again:
            assert _read(again.url("postgres")) == (1,)
    finally:
        server.remove()
    assert not server.folder.exists()

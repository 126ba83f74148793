"""Both halves work through PgBouncer in session mode."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dss_assets.database import Database, file_lock
from infra.local.ports import free_port, wait_for_port
from infra.local.postgres import Postgres
from infra.local.process import Process
from infra.local.unprivileged import server_user
from tests.conftest import REPOSITORY
from tests.parts.service import running

CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={postgres} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = session
default_pool_size = 50
"""


@pytest.fixture
def pooled_url(database_url: str, postgres_server: Postgres) -> Iterator[str]:
    """The database through PgBouncer."""
    subprocess.run(["/bin/sh", "infra/local/programs.sh"], cwd=REPOSITORY, check=True)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="dss-pgbouncer-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        # Its user, who is not root, may be one that has no way into the repository.
        program = shutil.copytree(REPOSITORY / ".programs/pgbouncer", folder / "program") / "pgbouncer"
        (folder / "pgbouncer.ini").write_text(CONFIGURATION.format(postgres=postgres_server.port, port=port))
        process = Process(
            "pgbouncer",
            [program, folder / "pgbouncer.ini"],
            folder / "log",
            {"LD_LIBRARY_PATH": str(program.parent)},
            folder,
            server_user(),
        )
        process.start()
        try:
            wait_for_port(process, port)
            yield database_url.replace(f":{postgres_server.port}/", f":{port}/")
        finally:
            process.stop(timeout_seconds=2)


def test_a_session_has_its_settings_and_its_locks_end_with_it(pooled_url: str) -> None:
    database = Database(pooled_url)
    with database.connect("one") as connection, file_lock(connection, "org.trees", "a.csv"):
        shown = [
            connection.execute(f"SHOW {name}".encode()).fetchone()
            for name in ("DateStyle", "TimeZone", "lock_timeout", "tcp_keepalives_count")
        ]
        assert shown == [("ISO, YMD",), ("UTC",), ("1h",), ("3",)]
        with database.connect("another") as other:
            other.execute("SET lock_timeout = '100ms'")
            taken = other.execute("SELECT pg_try_advisory_lock(hashtextextended('file org.trees a.csv', 0))").fetchone()
            assert taken == (False,)
    with database.connect("a third") as third:
        assert third.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone() == (0,)


def test_the_web_app_reads_pages_and_is_ready(pooled_url: str, tmp_path: Path) -> None:
    with running(pooled_url, tmp_path, DSS_READINESS_CHECKS="database") as service:
        service.execute('CREATE SCHEMA "org.trees"', 'CREATE TABLE "org.trees"."L1" (id int PRIMARY KEY, name text)')
        service.execute('INSERT INTO "org.trees"."L1" SELECT n, n FROM generate_series(1, 10) AS n')
        client = service.add_client("reader", "*")
        for _ in range(3):
            assert len(client.get("/api/v1/table-data/org.trees/L1").json()["values"]) == 10
        assert client.get("/readiness/").status_code == 200

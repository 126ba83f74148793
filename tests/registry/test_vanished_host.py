"""A host that vanishes in the middle of its work holds nothing up for long, and nothing of it is there twice."""

import subprocess
import sys
import time
from pathlib import Path

from dss_assets import registry
from dss_assets.database import Connection, Database, is_alive, run_lock
from dss_assets.datasets import EXPORTERS
from dss_assets.ingestion import ingest
from dss_assets.storage import Storage
from tests.conftest import REPOSITORY, migrate
from tests.parts.hosts import host, reachable_postgres, skip_without_hosts
from tests.parts.thrown_away import postgres_folder
from tests.parts.waiting import wait_until
from tests.published import exporter_line, exporters_zip

FILE, RUN = "exporters1601.zip", "a run of a host that vanishes"
# Enough for a COPY of seconds.
ROWS = 600_000
COPYING = "SELECT sum(tuples_processed) FROM pg_stat_progress_copy WHERE command = 'COPY FROM'"
WRITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'"


def load(database_url: str, storage_url: str) -> int:
    """Load the file that is stored, as a run does; its rows."""
    storage = Storage(storage_url, "datasets", "uploads")
    stored = storage.find(path := storage.dataset_path("hmrc", "exporters", FILE))
    assert stored
    content = Path(storage_url.removeprefix("file://"), path).read_bytes()
    with Database(database_url).connect("run") as connection, run_lock(connection, RUN):
        return ingest(connection, storage, EXPORTERS, FILE, RUN, lambda _: (storage.put(path, [content]), "v1")).rows


def read(database_url: str) -> None:
    """Ask for more than is taken: Postgres has something on its way to us when we vanish."""
    with Database(database_url).connect("reader") as connection, connection.cursor() as cursor:
        for _ in cursor.stream("SELECT repeat('x', 1000) FROM generate_series(1, 10000000)"):
            time.sleep(600)


def until(connection: Connection, question: str) -> None:
    wait_until(lambda: (connection.execute(question.encode()).fetchone() or (0,))[0], question)


def test_its_locks_are_free_within_a_minute(tmp_path: Path, storage_url: str) -> None:
    skip_without_hosts()
    lines = "".join(exporter_line("201601", f"Company {number}", "1") for number in range(ROWS))
    storage = Storage(storage_url, "datasets", "uploads")
    storage.put(storage.dataset_path("hmrc", "exporters", FILE), [exporters_zip(exporters1601=lines)])
    with postgres_folder() as folder, host() as other, reachable_postgres(folder, other) as server:
        server.create_database("dss")
        url = server.url("dss")
        migrate(url)
        there = url.replace("127.0.0.1", other.gateway)
        command = [sys.executable, "-m", "tests.registry.test_vanished_host"]
        vanishing = [
            subprocess.Popen(other.command(*command, *arguments), cwd=REPOSITORY, stderr=subprocess.DEVNULL)
            for arguments in ([there], [there, storage_url])
        ]
        try:
            with Database(url).connect("test") as connection:
                until(connection, WRITING)
                until(connection, COPYING)
                other.cut()
                cut_at = time.monotonic()
                time.sleep(2)
                assert is_alive(connection, RUN), "nobody has told Postgres"
                while is_alive(connection, RUN) or (connection.execute(WRITING.encode()).fetchone() or (0,))[0]:
                    assert time.monotonic() < cut_at + 60, "Postgres still waits for the host"
                    time.sleep(0.5)

                assert registry.requeue_orphaned(connection, EXPORTERS.key) == [FILE]
                assert load(url, storage_url) == ROWS
                other.mend()
                # Whoever comes back finds its connection gone, and with it all that it had not committed.
                assert vanishing[1].wait(90) == 1
                counted = 'SELECT count(*), count(DISTINCT company_name) FROM "hmrc.exporters"."L0"'
                assert connection.execute(counted.encode()).fetchone() == (ROWS, ROWS)
        finally:
            for process in vanishing:
                process.kill()
                process.wait()


if __name__ == "__main__":
    (load if sys.argv[2:] else read)(*sys.argv[1:])

"""An uploaded file from the moment that the storage has it to the check page, through the worker."""

import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from infra.local.postgres import Postgres
from tests.benchmarks.memory import peak
from tests.conftest import migrate
from tests.parts.worker import running_worker

# As `services.finish_upload` does it.
_DATASET = "INSERT INTO pipeline (organisation, dataset, slug) VALUES ('bench', 'check', 'bench-check') RETURNING id"
_VERSION = (
    "INSERT INTO pipeline_data_file (id, pipeline_id, data_file_url, original_name, uploaded_by, state, uploaded_at,"
    " encoding, delimiter, quote, size) VALUES (%s, %s, %s, 'check.csv', '', 'uploaded', now(), 'utf-8', ',', '\"', %s)"
)
_TASK = "INSERT INTO operations.upload_task (version_id, kind, bytes_total) VALUES (%s, 'check', %s)"


@dataclass(frozen=True)
class Checked:
    """`seconds` from the task to its end, of which the process `worked` so many; MiB above idle; times it was read."""

    seconds: float
    worked: float
    memory: float
    read: float


def check(server: Postgres, folder: Path, file: Path) -> Checked:
    """Have a file of this folder checked by a worker at rest."""
    server.create_database("check")
    database_url, size = server.url("check"), file.stat().st_size
    migrate(database_url)
    (folder / "worker").mkdir(exist_ok=True)
    try:
        with (
            running_worker(folder / "worker", database_url, folder.as_uri()) as process,
            psycopg.connect(database_url, autocommit=True) as connection,
        ):
            while b"waiting for tasks" not in (folder / "worker/worker.log").read_bytes():
                time.sleep(0.1)
            time.sleep(1)
            worker = psutil.Process(process.pid)
            idle = worker.memory_info().rss / 2**20
            version = uuid.uuid4()
            ((dataset,),) = connection.execute(_DATASET)
            connection.execute(_VERSION, [version, dataset, str(file.relative_to(folder)), size])
            started = time.perf_counter()
            with connection.transaction():
                connection.execute(_TASK, [version, size])
                connection.execute("NOTIFY upload_task")
            highest = worked = read = 0.0
            while not (child := next(filter(_is_at_work, worker.children()), None)):
                pass
            while _outcome(connection, version) == "":
                try:
                    highest = max(highest, peak(child.pid))
                    worked, read = sum(child.cpu_times()[:2]), child.io_counters().read_chars / size
                except (psutil.Error, OSError, AssertionError):
                    break
                time.sleep(0.02)
            while (outcome := _outcome(connection, version)) == "":
                pass
            seconds = time.perf_counter() - started
            assert outcome == "done", (folder / "worker/worker.log").read_text()
    finally:
        server.drop_database("check")
    return Checked(seconds, worked, highest - idle, read)


def _is_at_work(child: psutil.Process) -> bool:
    """Whether it checks the file: what the worker did at its start has ended, and is only not collected yet."""
    try:
        return child.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _outcome(connection: psycopg.Connection[tuple[str]], version: uuid.UUID) -> str:
    found = connection.execute("SELECT outcome FROM operations.upload_task WHERE version_id = %s", [version])
    return found.fetchall()[0][0]

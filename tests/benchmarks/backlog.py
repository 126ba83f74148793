"""A backlog of 300 small files of one dataset: the time until all are in the registry."""

import json
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from infra.local.postgres import Postgres
from tests.benchmarks.report import Figure
from tests.conftest import REPOSITORY
from tests.published import exporter_line, exporters_zip

FILES = 300
LIMIT_SECONDS = 20
COUNT = "SELECT count(*) FROM operations.datafile_registry WHERE state = 'processed'"


def measure(server: Postgres, folder: Path) -> list[Figure]:
    """The whole service is started for it, over a Postgres of its own, as `make run` does."""
    home, files = folder / "home", folder / "files/hmrc/exporters"
    files.mkdir(parents=True)
    command = [sys.executable, "-m", "infra.local", "up", "--home", str(home), "--publisher", str(files.parents[1])]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not (home / "service.json").exists():
            assert process.poll() is None, "the service ended at its start"
            time.sleep(0.1)
        where = json.loads((home / "service.json").read_text())
        time.sleep(10)  # until it is idle
        for number in range(FILES):
            content = exporters_zip(exporters=exporter_line("201601", f"Company {number}", "1"))
            (files / f"exporters{1000 + number}.zip").write_bytes(content)
        started = time.perf_counter()
        with psycopg.connect(where["database"], autocommit=True) as connection:
            while (connection.execute(COUNT).fetchone() or (0,))[0] < FILES:
                assert time.perf_counter() - started < 30 * LIMIT_SECONDS
                time.sleep(0.2)
        seconds = time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(60)
    return [Figure(f"backlog of {FILES} files, until all are in the registry", seconds, "s", at_most=LIMIT_SECONDS)]

"""One load in a process of its own, so that its time and its memory are its alone.

`python -m tests.benchmarks.child DATABASE_URL STORAGE_URL DATASET FILE` prints seconds, of CPU too, its own and its
connection's in Postgres, and MiB above idle.
"""

import json
import re
import sys
import time
from pathlib import Path

import psutil

from dss_assets.database import Database
from dss_assets.dataset import Column, Dataset, Replace, UserCsv
from dss_assets.datasets import DATASETS
from dss_assets.ingestion import ingest
from dss_assets.storage import Storage, StoredFile
from dss_web.shared.contract import ColumnType

UPLOAD = Dataset(
    "bench",
    "upload",
    source=None,
    format=UserCsv(),
    loading=Replace(),
    columns=(
        Column("number", ColumnType.INTEGER),
        Column("day", ColumnType.DATE),
        *(Column(f"text_{number}") for number in range(8)),
    ),
)


def main() -> None:
    database_url, storage_url, key, file_name = sys.argv[1:]
    dataset = next(dataset for dataset in (*DATASETS, UPLOAD) if dataset.key == key)
    storage = Storage(storage_url, "datasets", "uploads")
    path = storage.dataset_path(dataset.organisation, dataset.name, file_name)
    with Database(database_url).connect("benchmark") as connection:
        connection.execute("SELECT 1")
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
        idle = psutil.Process().memory_info().rss
        processes = (psutil.Process(), psutil.Process(connection.info.backend_pid))
        before = [sum(process.cpu_times()[:2]) for process in processes]
        started = time.perf_counter()
        loaded = ingest(connection, storage, dataset, file_name, "benchmark", lambda _: (StoredFile(path, 0, ""), ""))
        seconds = time.perf_counter() - started
        own_cpu, cpu = (sum(p.cpu_times()[:2]) - spent for p, spent in zip(processes, before, strict=True))
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak
    memory = int(peak[1]) / 2**10 - idle / 2**20
    print(json.dumps({"seconds": seconds, "own_cpu": own_cpu, "cpu": cpu, "memory": memory, "rows": loaded.rows}))


if __name__ == "__main__":
    main()

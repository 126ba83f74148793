"""One load in a process of its own, so that its time and its memory are its alone.

`python -m tests.benchmarks.child DATABASE_URL STORAGE_URL DATASET FILE` prints seconds, of CPU too, its own and its
connection's in Postgres, MiB above idle, and how much disk the tables take.
"""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from dss_assets.database import Database
from dss_assets.dataset import Column, Dataset, Replace, UserCsv
from dss_assets.datasets import DATASETS
from dss_assets.ingestion import ingest
from dss_assets.storage import Storage, StoredFile
from dss_web.shared.contract import ColumnType
from dss_web.shared.csv import inspect_csv
from tests.benchmarks.memory import peak, start_counting

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

# Bytes on disk of the tables of a schema, with their indexes, and of the registry with the rejects.
_SIZES = """
    SELECT coalesce(sum(pg_total_relation_size(oid)) FILTER (WHERE relnamespace = to_regnamespace(quote_ident(%s))), 0)
            ::bigint,
        coalesce(sum(pg_total_relation_size(oid)) FILTER (WHERE relname IN ('datafile_registry', 'reject')), 0)::bigint
    FROM pg_class WHERE relkind = 'r'
"""


def main() -> None:
    database_url, storage_url, key, file_name = sys.argv[1:]
    dataset = next(dataset for dataset in (*DATASETS, UPLOAD) if dataset.key == key)
    storage = Storage(storage_url, "datasets", "uploads")
    path = storage.dataset_path(dataset.organisation, dataset.name, file_name)
    if dataset is UPLOAD:
        with Path(urlsplit(storage_url).path, path).open("rb") as file:
            dataset = replace(UPLOAD, format=UserCsv(inspect_csv(file).reading))
    with Database(database_url).connect("benchmark") as connection:
        connection.execute("SELECT 1")
        idle = start_counting()
        processes = (psutil.Process(), psutil.Process(connection.info.backend_pid))
        before = [sum(process.cpu_times()[:2]) for process in processes]
        started = time.perf_counter()
        loaded = ingest(connection, storage, dataset, file_name, "benchmark", lambda _: (StoredFile(path, 0, ""), ""))
        seconds = time.perf_counter() - started
        own_cpu, cpu = (sum(p.cpu_times()[:2]) - spent for p, spent in zip(processes, before, strict=True))
        tables, registry = connection.execute(_SIZES, [dataset.schema]).fetchone() or (0, 0)
    took = {"seconds": seconds, "own_cpu": own_cpu, "cpu": cpu}
    sizes = {"tables": tables / 2**20, "registry": registry / 2**10}
    print(json.dumps({**took, "memory": peak() - idle, "rows": loaded.rows, **sizes}))


if __name__ == "__main__":
    main()

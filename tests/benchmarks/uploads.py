"""A CSV of half a million rows and ten columns, from the storage to its table."""

import time
from pathlib import Path

import psycopg

from infra.local.postgres import Postgres
from tests.benchmarks.checks import check
from tests.benchmarks.child import UPLOAD
from tests.benchmarks.loads import load
from tests.benchmarks.report import Figure

ROWS = 500_000
TRIES = 2


def measure(server: Postgres, folder: Path) -> list[Figure]:
    file = folder / "storage/datasets/bench/upload/upload.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as csv:
        csv.write(",".join(column.name for column in UPLOAD.columns) + "\n")
        for number in range(ROWS):
            texts = ",".join(f"text {number:07} column {i}" for i in range(8))
            csv.write(f"{number},2024-01-{number % 28 + 1:02},{texts}\n")
    done = [load(server, f"upload_{number}", folder / "storage", UPLOAD.key, file.name) for number in range(TRIES)]
    seconds, floor = min(one["seconds"] for one in done), _copy(server, file)
    checked = min((check(server, folder / "storage", file) for _ in range(TRIES)), key=lambda one: one.seconds)
    return [
        Figure(
            "CSV upload, 500,000 × 10 (100 MB), stored to the check page",
            checked.seconds,
            "s",
            at_most=3.0,
            memory=checked.memory,
            note=f"through the worker, of which {checked.worked:.2f} s of processor time, with the types and facts of "
            f"every column from all of its rows; its bytes are read {checked.read:.2f} times",
        ),
        Figure(
            "CSV upload, 500,000 × 10, load",
            seconds / floor,
            "× COPY of the file",
            at_most=1.5,
            memory=max(one["memory"] for one in done),
            note=f"{ROWS / seconds:,.0f} rows/s",
        ),
    ]


def _copy(server: Postgres, file: Path) -> float:
    server.create_database("upload_floor")
    try:
        with psycopg.connect(server.url("upload_floor")) as connection, file.open("rb") as csv:
            columns = ", ".join(f"{column.name} {column.type}" for column in UPLOAD.columns)
            connection.execute(f"CREATE TABLE floor ({columns})".encode())
            started = time.perf_counter()
            with connection.cursor().copy("COPY floor FROM STDIN (FORMAT csv, HEADER)") as copy:
                while chunk := csv.read(1024 * 1024):
                    copy.write(chunk)
            return time.perf_counter() - started
    finally:
        server.drop_database("upload_floor")

"""Half a million rows of the ONS Postcode Directory, from the zip in the storage to L0 and L1."""

import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from infra.local.postgres import Postgres
from infra.local.samples import ONS_COLUMNS, write_onspd
from tests.benchmarks.report import Figure
from tests.conftest import REPOSITORY, migrate

ROWS = 500_000
TRIES = 3
FILE = "ONSPD_MAY_2024_UK.zip"
KEY = "ons.postcode_directory"


def measure(server: Postgres, folder: Path) -> list[Figure]:
    storage = folder / "storage"
    file = storage / "datasets/ons/postcode_directory" / FILE
    file.parent.mkdir(parents=True)
    write_onspd(file, ROWS, "MAY", 2024)
    csv = folder / "ons.csv"
    with zipfile.ZipFile(file) as archive, archive.open("Data/ONSPD_MAY_2024_UK.csv") as member:
        csv.write_bytes(member.read())
    floors, loads, memory = [], [], 0.0
    for number in range(TRIES):
        floors.append(copy(server, f"floor_{number}", csv, [f"{name} text" for name in ONS_COLUMNS]))
        done = load(server, f"load_{number}", storage, KEY, FILE)
        loads.append(done["seconds"])
        memory = max(memory, done["memory"])
    ratio = min(loads) / min(floors)
    note = f"{ROWS / min(loads):,.0f} rows/s; `\\copy` {ROWS / min(floors):,.0f} rows/s; {used(done)}"
    return [
        Figure("ONS, 500,000 rows, zip to L0 and L1", ratio, "× `psql \\copy` of the rows", at_most=1.0, note=note),
        Figure("ONS, memory of the loading process", memory, "MiB above idle", at_most=64, memory=memory),
    ]


def load(server: Postgres, database: str, storage: Path, key: str, file_name: str) -> dict[str, float]:
    """Load a file that lies in the storage into a new database, in a process of its own."""
    server.create_database(database)
    migrate(server.url(database))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.child", server.url(database), storage.as_uri(), key, file_name],
            cwd=REPOSITORY,
            check=True,
            capture_output=True,
            text=True,
        )
        found: dict[str, float] = json.loads(done.stdout)
        return found
    finally:
        server.drop_database(database)


def used(done: Mapping[str, float]) -> str:
    """The CPU of a load, for the notes."""
    return f"CPU {done['cpu']:.1f} s in Postgres, {done['own_cpu']:.1f} s beside it"


def copy(server: Postgres, database: str, csv: Path, columns: Sequence[str]) -> float:
    """Seconds for the rows of a CSV by psql into one table with a bigserial primary key.

    `columns` are names with types.
    """
    server.create_database(database)
    try:
        with psycopg.connect(server.url(database)) as connection:
            connection.execute(f"CREATE TABLE floor (id bigserial PRIMARY KEY, {', '.join(columns)})".encode())
        names = ", ".join(column.split()[0] for column in columns)
        command = f"\\copy floor ({names}) FROM '{csv}' WITH (FORMAT csv, HEADER)"
        started = time.perf_counter()
        subprocess.run(
            [server.program("psql"), "--quiet", server.url(database), "-c", command], check=True, env=dict(os.environ)
        )
        return time.perf_counter() - started
    finally:
        server.drop_database(database)

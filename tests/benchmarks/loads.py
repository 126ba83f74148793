"""Half a million rows of the ONS Postcode Directory, from the zip in the storage to L0 and L1."""

import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psycopg
from psycopg import sql

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
        floors.append(_copy(server, f"floor_{number}", csv))
        done = load(server, f"load_{number}", storage, KEY, FILE)
        loads.append(done["seconds"])
        memory = max(memory, done["memory"])
    ratio = min(loads) / min(floors)
    note = f"{ROWS / min(loads):,.0f} rows/s; `\\copy` {ROWS / min(floors):,.0f} rows/s"
    return [
        Figure("ONS, 500,000 rows, zip to L0 and L1", ratio, "× `psql \\copy` of the rows", at_most=1.5, note=note),
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


def _copy(server: Postgres, database: str, csv: Path) -> float:
    """Seconds for the same rows by psql into one table with a primary key."""
    server.create_database(database)
    try:
        with psycopg.connect(server.url(database)) as connection:
            columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in ONS_COLUMNS)
            connection.execute(sql.SQL("CREATE TABLE floor (id serial PRIMARY KEY, {})").format(columns))
        command = f"\\copy floor ({', '.join(ONS_COLUMNS)}) FROM '{csv}' WITH (FORMAT csv, HEADER)"
        started = time.perf_counter()
        subprocess.run(
            [server.program("psql"), "--quiet", server.url(database), "-c", command], check=True, env=dict(os.environ)
        )
        return time.perf_counter() - started
    finally:
        server.drop_database(database)

"""A month of two hundred thousand HMRC exporters, from the zip of zips in the storage to L0 and L1."""

from pathlib import Path

from infra.local.postgres import Postgres
from infra.local.samples import write_exporters
from tests.benchmarks.loads import load, used
from tests.benchmarks.report import Figure

ROWS = 200_000
TRIES = 3
FILE = "exporters2405.zip"
KEY = "hmrc.exporters"


def measure(server: Postgres, folder: Path) -> list[Figure]:
    storage = folder / "storage"
    write_exporters(storage / "datasets/hmrc/exporters" / FILE, ROWS, "2405")
    done = [load(server, f"exporters_{number}", storage, KEY, FILE) for number in range(TRIES)]
    best = min(done, key=lambda one: one["seconds"])
    memory = max(one["memory"] for one in done)
    return [
        Figure(
            f"HMRC, {ROWS:,} lines, zip of zips to L0 and L1",
            best["rows"] / best["seconds"],
            "rows/s",
            at_least=200_000,
            memory=memory,
            note=used(best),
        ),
        Figure("HMRC, memory of the loading process", memory, "MiB above idle", at_most=64, memory=memory),
    ]

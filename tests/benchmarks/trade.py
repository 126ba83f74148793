"""Two million rows of a year of BACI, from the CSV in the storage to L0 and L1."""

import random
from pathlib import Path

from infra.local.postgres import Postgres
from tests.benchmarks.loads import copy, load, used
from tests.benchmarks.report import Figure

ROWS = 2_000_000
TRIES = 3
FILE = "BACI_HS92_Y2022_V202401.csv"
KEY = "dit.baci"
COLUMNS = ("t integer", "hs6 integer", "i integer", "j integer", "v numeric", "q numeric")


def measure(server: Postgres, folder: Path) -> list[Figure]:
    file = folder / "storage/datasets/dit/baci" / FILE
    _write(file)
    floor_file = folder / "baci.csv"
    # COPY knows one word for NULL, and no spaces around it: the floor reads empty fields.
    floor_file.write_bytes(file.read_bytes().replace(b"           NA", b""))
    floors, done = [], []
    for number in range(TRIES):
        floors.append(copy(server, f"trade_floor_{number}", floor_file, COLUMNS))
        done.append(load(server, f"trade_{number}", folder / "storage", KEY, FILE))
    best = min(done, key=lambda one: one["seconds"])
    memory = max(one["memory"] for one in done)
    floor = ROWS / min(floors)
    return [
        Figure(
            f"BACI, {ROWS:,} rows to L0 and L1",
            best["seconds"] / min(floors),
            "× `psql \\copy` of the rows",
            at_most=1.1,
            memory=memory,
            note=f"{ROWS / best['seconds']:,.0f} rows/s; `\\copy` {floor:,.0f} rows/s; {used(best)}",
        ),
        Figure("BACI, memory of the loading process", memory, "MiB above idle", at_most=64, memory=memory),
    ]


def _write(file: Path) -> None:
    """As CEPII writes it since 2021; every twentieth quantity is not known."""
    chance = random.Random("baci")  # noqa: S311 not for secrets: the same rows each time
    lines = []
    for number in range(10_000):
        quantity = "           NA" if number % 20 == 0 else f"{chance.uniform(0, 1000):13.3f}"
        exporter, importer = chance.randrange(4, 895), chance.randrange(4, 895)
        lines.append(
            f"2022,{chance.randrange(10_000, 999_999)},{exporter},{importer},{chance.random():15.3f},{quantity}"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as csv:
        csv.write("t,k,i,j,v,q\n")
        for _ in range(ROWS // len(lines)):
            csv.write("\n".join(lines) + "\n")

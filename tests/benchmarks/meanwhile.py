"""Pages of the API at rest, and while a release of the ONS Postcode Directory is loaded into the same Postgres."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from infra.local.postgres import Postgres
from infra.local.samples import write_onspd
from tests.benchmarks.loads import FILE, KEY, ROWS
from tests.benchmarks.reader import Reader
from tests.benchmarks.report import Figure
from tests.conftest import REPOSITORY, migrate
from tests.parts.service import running

# A page each: a client that takes its time.
PAUSE_SECONDS = 0.02
SECONDS_AT_REST = 6
ROUNDS = 3
PAGE_ROWS = 1000
PATH = "/api/v1/table-data/ons.postcode_directory/L1?next-id={}"


def measure(server: Postgres, folder: Path) -> list[Figure]:
    storage, url = folder / "storage", server.url("meanwhile")
    file = storage / "datasets/ons/postcode_directory" / FILE
    if not file.exists():
        write_onspd(file, ROWS, "MAY", 2024)
    server.create_database("meanwhile")
    migrate(url)
    command = [sys.executable, "-m", "tests.benchmarks.child", url, storage.as_uri(), KEY]
    subprocess.run([*command, FILE], cwd=REPOSITORY, check=True, capture_output=True)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    at_rest: list[float] = []
    meanwhile: list[float] = []
    with running(url, folder, DSS_PAGINATION_SIZE=str(PAGE_ROWS)) as service:
        reader = Reader(service.add_client("benchmark", "*"))
        for number in range(ROUNDS):
            file.with_name(name := f"ONSPD_AUG_{2024 + number}_UK.zip").hardlink_to(file)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CHECKPOINT")
            ends = time.perf_counter() + SECONDS_AT_REST
            at_rest += _pages(reader, lambda ends=ends: time.perf_counter() < ends)  # type: ignore[misc]
            loading = subprocess.Popen([*command, name], cwd=REPOSITORY, stdout=subprocess.DEVNULL)
            meanwhile += _pages(reader, lambda loading=loading: loading.poll() is None)  # type: ignore[misc]
            assert loading.returncode == 0
    server.drop_database("meanwhile")
    quiet, busy = (statistics.quantiles(taken, n=100)[98] for taken in (at_rest, meanwhile))
    medians = [statistics.median(taken) * 1000 for taken in (at_rest, meanwhile)]
    return [
        Figure(
            "p99 of a page while an ONS release loads",
            busy / quiet,
            "× the p99 at rest",
            at_most=3,
            note=f"{busy * 1000:.3g} ms, at rest {quiet * 1000:.3g} ms; "
            f"medians {medians[1]:.3g} ms and {medians[0]:.3g} ms; {len(meanwhile)} pages",
        )
    ]


def _pages(reader: Reader, goes_on: Callable[[], bool]) -> list[float]:
    """Seconds for each page, one after the other, for as long as it goes on."""
    taken = []
    number = 0
    while goes_on():
        number += 1
        started = time.perf_counter()
        reader.get(PATH.format(1 + number * PAGE_ROWS % (ROWS - PAGE_ROWS)))
        taken.append(time.perf_counter() - started)
        time.sleep(PAUSE_SECONDS)
    return taken

"""Run the benchmarks, or those that are named, and write docs/performance.md when all were run.

Those of LARGE are run by name alone: each takes up to a quarter of an hour.
"""

import argparse
import platform
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil

from infra.local.postgres import Keeping, Postgres
from tests.benchmarks import (
    accounts,
    backlog,
    big_files,
    catalogue,
    delivery,
    derived,
    exporters,
    exports,
    growth,
    loads,
    many_files,
    meanwhile,
    pages,
    rest,
    trade,
    uploads,
)
from tests.benchmarks.report import Figure, as_markdown
from tests.conftest import REPOSITORY

BENCHMARKS: dict[str, Callable[[Postgres, Path], list[Figure]]] = {
    "loads": loads.measure,
    "exporters": exporters.measure,
    "trade": trade.measure,
    "accounts": accounts.measure,
    "derived": derived.measure,
    "uploads": uploads.measure,
    "pages": pages.measure,
    "meanwhile": meanwhile.measure,
    "exports": exports.measure,
    "delivery": delivery.measure,
    "backlog": backlog.measure,
    "catalogue": catalogue.measure,
    "rest": rest.measure,
}
LARGE: dict[str, Callable[[Postgres, Path], list[Figure]]] = {
    "big_ons": big_files.ons,
    "big_baci": big_files.baci,
    "big_accounts_day": big_files.accounts_day,
    "big_accounts_month": big_files.accounts_month,
    "many_in_the_folder": many_files.in_the_folder,
    "many_partitions": many_files.partitions,
    "growth_pages": growth.pages,
    "growth_dagster": growth.dagster,
}
TARGET = REPOSITORY / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, *LARGE, []], help="only these")
    names = parser.parse_args().names or list(BENCHMARKS)
    figures: list[Figure] = []
    # Closed to nobody on the way: the server runs as another user where we are root.
    with tempfile.TemporaryDirectory(prefix="dss-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        server = Postgres(folder / "postgres", keeping=Keeping.DURABLE)
        server.start()
        try:
            for benchmark in names:
                print(f"{benchmark} …", file=sys.stderr, flush=True)
                found = {**BENCHMARKS, **LARGE}[benchmark](server, folder)
                print(as_markdown(found), flush=True)
                figures += found
        finally:
            server.remove()
    if set(names) == set(BENCHMARKS):
        _write(figures)
    return 1 if any(figure.is_out_of_bounds for figure in figures) else 0


def _write(figures: list[Figure]) -> None:
    memory = psutil.virtual_memory().total / 2**30
    machine = f"{psutil.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"
    measured = f"Measured on {datetime.now(UTC):%d %B %Y}, {machine}.\n\n{as_markdown(figures)}"
    before, _, rest = TARGET.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    TARGET.write_text(f"{before}{BEGIN}{measured}{END}{after}")


if __name__ == "__main__":
    sys.exit(main())

"""One derivation in a process of its own: `python -m tests.benchmarks.derived_child DATABASE_URL`.

Prints seconds, MiB above idle, and rows.
"""

import json
import re
import sys
import time
from pathlib import Path

import psutil

from dss_assets.database import Database
from dss_assets.datasets import TARIFF
from dss_assets.derivations import derive


def main() -> None:
    database = Database(sys.argv[1])
    with database.connect("benchmark") as connection:
        connection.execute("SELECT 1")
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
        idle = psutil.Process().memory_info().rss
        started = time.perf_counter()
        made = derive(database, connection, TARIFF, "benchmark")
        seconds = time.perf_counter() - started
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak
    print(json.dumps({"seconds": seconds, "memory": int(peak[1]) / 2**10 - idle / 2**20, "rows": made.filled.rows}))


if __name__ == "__main__":
    main()

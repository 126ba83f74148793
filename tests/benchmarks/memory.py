"""The most memory that a process had, as Linux counts it."""

import re
from pathlib import Path

import psutil


def start_counting() -> float:
    """Let the peak count from here; MiB that the process has now."""
    Path("/proc/self/clear_refs").write_text("5")
    return float(psutil.Process().memory_info().rss) / 2**20


def peak(process: int | str = "self") -> float:
    """MiB, the most since the count was started, or of another process since it began."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1]) / 2**10

"""The whole service with nothing to do: the processor time that all of its processes take together."""

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil

from infra.local.postgres import Postgres
from tests.benchmarks.report import Figure
from tests.conftest import REPOSITORY

SECONDS = 60
# As `make run` has it, and as most sources declare it.
OFTEN, SELDOM = 5, 60
LIMITS = {OFTEN: 0.15, SELDOM: 0.05}
# `make run` lists every five seconds, so that whoever tries it need not wait.
_START = """
import sys
from infra.local import __main__, service_processes
service_processes.SOURCE_INTERVAL_SECONDS = {seconds}
sys.exit(__main__.main())
"""


def measure(server: Postgres, folder: Path) -> list[Figure]:
    """Once with sources that are listed every few seconds, once with the intervals of a deployment."""
    return [
        Figure(
            f"the whole service at rest, sources listed every {seconds} s",
            _at_rest(folder / f"rest-{seconds}", seconds),
            "of a core",
            at_most=limit,
        )
        for seconds, limit in LIMITS.items()
    ]


def _at_rest(folder: Path, seconds: int) -> float:
    """The share of one core that is busy, over a minute."""
    home, files = folder / "home", folder / "files"
    files.mkdir(parents=True)
    command = [sys.executable, "-c", _START.format(seconds=seconds), "up"]
    process = subprocess.Popen(
        [*command, "--home", str(home), "--publisher", str(files)],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (home / "service.json").exists():
            assert process.poll() is None, "the service ended at its start"
            time.sleep(0.1)
        assert json.loads((home / "service.json").read_text())
        time.sleep(SECONDS)  # until its start is over: what is declared is written down, each source was listed once
        started, before = time.perf_counter(), _busy(process.pid)
        time.sleep(SECONDS)
        after = _busy(process.pid)
        took = time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(60)
    return sum(busy - before.get(pid, 0) for pid, busy in after.items()) / took


def _busy(pid: int) -> dict[int, float]:
    """The processor time of each process of a run in seconds, with that of its children that have ended.

    Those are what Postgres has forked for connections that are closed again.
    """
    root = psutil.Process(pid)
    busy = {}
    for process in [root, *root.children(recursive=True)]:
        try:
            busy[process.pid] = sum(process.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return busy

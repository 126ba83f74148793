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
# What stands in for others on one machine, and what lets "Reload definitions" read changed files: no deployment has it.
ONLY_HERE = ("-m infra.local", "from infra.local", "code-server start")
# `make run` lists every five seconds, so that whoever tries it need not wait.
_START = """
import sys
from infra.local import __main__, service_processes
service_processes.SOURCE_INTERVAL_SECONDS = {seconds}
sys.exit(__main__.main())
"""


def measure(server: Postgres, folder: Path) -> list[Figure]:
    """All of `make run`, whose sources are listed every few seconds; and a deployment with its own intervals."""
    everything = f"everything that `make run` starts, at rest, sources listed every {OFTEN} s"
    deployed = f"the processes of a deployment at rest, Postgres included, sources listed every {SELDOM} s"
    busy = sum(_at_rest(folder / f"rest-{OFTEN}", OFTEN).values())
    shares = _at_rest(folder / f"rest-{SELDOM}", SELDOM)
    busy_there = sum(share for command, share in shares.items() if not any(part in command for part in ONLY_HERE))
    return [
        Figure(everything, busy, "of a core", at_most=0.15),
        Figure(deployed, busy_there, "of a core", at_most=0.05),
    ]


def _at_rest(folder: Path, seconds: int) -> dict[str, float]:
    """By command line, the share of one core that is busy over a minute."""
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
    shares = dict[str, float]()
    for pid, (line, busy) in after.items():
        shares[line] = shares.get(line, 0) + (busy - before.get(pid, ("", 0.0))[1]) / took
    return shares


def _busy(pid: int) -> dict[int, tuple[str, float]]:
    """Of each process of a run its command line and its processor time in seconds, children that have ended included.

    Those are what Postgres has forked for connections that are closed again.
    """
    root = psutil.Process(pid)
    busy = {}
    for process in [root, *root.children(recursive=True)]:
        try:
            busy[process.pid] = " ".join(process.cmdline()), sum(process.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return busy

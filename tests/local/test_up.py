"""`python -m infra.local up`, as a person runs it."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import requests

from infra.local.samples import write_exporters
from tests.conftest import REPOSITORY
from tests.parts.waiting import wait_until

COUNT = 'SELECT count(*) FROM "hmrc.exporters"."L1"'
KEYS = {
    "web",
    "dagster",
    "sso",
    "publisher",
    "publisher_files",
    "storage",
    "database",
    "dagster_database",
    "datasets_database",
    "hawk",
    "people",
    "pids",
}


class Up:
    """The command over a home, with one small file to publish."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.files = folder / "publisher"
        self.log = folder / "up.log"
        self._started: list[subprocess.Popen[bytes]] = []
        self.family: list[psutil.Process] = []

    def command(self, *options: str) -> list[str]:
        places = ["--home", str(self.home), "--publisher", str(self.files)]
        return [sys.executable, "-m", "infra.local", "up", *places, *options]

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(self.command(*options), cwd=REPOSITORY, stdout=log, stderr=log)
        self._started.append(process)
        return process

    def ready(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        """What service.json says, once it is there."""
        wait_until(lambda: self.said() != "" or process.poll() is not None)
        assert process.poll() is None, self.log.read_text()
        self.family = psutil.Process(process.pid).children(recursive=True)
        service: dict[str, Any] = json.loads(self.said())
        return service

    def said(self) -> str:
        """The text of service.json; '' while there is none, since a start takes away what the one before left."""
        try:
            return (self.home / "service.json").read_text()
        except FileNotFoundError:
            return ""

    def alive(self) -> list[str]:
        """Of the processes that ran when the service was ready, those that still do."""
        return [" ".join(_arguments(process)) for process in self.family if _is_alive(process)]

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.terminate()
                process.wait(60)


def _arguments(process: psutil.Process) -> list[str]:
    """The command of a process; nothing of one that has just ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:  # it ended between the two questions
        return False


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    write_exporters(tmp_path / "publisher/hmrc/exporters/exporters2405.zip", 20, "2405")
    up = Up(tmp_path)
    yield up
    up.end()


def test_it_starts_and_tells_where_everything_is_mends_outlives_kills_and_stops_without_a_trace(up: Up) -> None:
    # One story, since each start takes 20 s of CPU.
    killed = up.start()
    service = up.ready(killed)
    database = service["database"]
    _tells_where_everything_is(up, service)
    _refuses_a_second_one(up, killed)
    _mends(up, service)

    # Killed, it leaves nothing behind.
    wait_until(lambda: _companies(database) == 20)
    up.family = psutil.Process(killed.pid).children(recursive=True)
    killed.kill()
    killed.wait()
    wait_until(lambda: up.alive() == [])
    assert not (up.home / "service.json").exists()

    # With its reaper killed as well, a run leaves its processes behind, which the next one ends.
    again = up.start()
    up.ready(again)
    left_behind = up.family
    reaper = next(child for child in left_behind if "infra.local.reaper" in _arguments(child))
    again.kill()
    reaper.kill()
    again.wait()
    assert up.alive() != []

    # The next run has all data.
    stale = up.said()
    last = up.start()
    wait_until(lambda: not any(_is_alive(child) for child in left_behind))
    wait_until(lambda: up.said() not in ("", stale))
    service = up.ready(last)
    assert requests.get(f"{service['web']}/healthcheck/", timeout=60).status_code == 200
    assert _companies(service["database"]) == 20

    last.send_signal(signal.SIGINT)
    assert last.wait(30) == 0
    assert up.alive() == []
    assert not (up.home / "service.json").exists()
    assert not (up.home / "manage").exists()


def _tells_where_everything_is(up: Up, service: dict[str, Any]) -> None:
    assert service.keys() == KEYS
    assert stat.S_IMODE((up.home / "service.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((up.home / "manage").stat().st_mode) == 0o700
    listed = subprocess.run([up.home / "manage", "list_hawk_keys", "you"], capture_output=True, text=True, check=True)
    assert " live " in listed.stdout
    assert requests.get(f"{service['web']}/healthcheck/", timeout=60).json() == {"status": "OK"}
    assert requests.get(f"{service['dagster']}/server_info", timeout=60).status_code == 200
    for name in ("database", "dagster_database", "datasets_database"):
        psycopg.connect(service[name]).close()


def _refuses_a_second_one(up: Up, first: subprocess.Popen[bytes]) -> None:
    """In the same home, and without harm."""
    second = subprocess.run(up.command(), cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert f"Another run (process {first.pid}) has its home in {up.home}" in second.stderr


def _mends(up: Up, service: dict[str, Any]) -> None:
    """What dies is started again, the database too."""
    for name in ("web", "postgres"):
        os.kill(service["pids"][name], signal.SIGKILL)
    wait_until(lambda: "web has died (code -9)" in up.log.read_text())
    wait_until(lambda: _answers(f"{service['web']}/healthcheck/"))
    wait_until(lambda: _connects(service["database"]))


def test_once_says_which_file_has_not_arrived_and_why(up: Up) -> None:
    broken = up.files / "hmrc/exporters/exporters2404.zip"
    broken.write_bytes((up.files / "hmrc/exporters/exporters2405.zip").read_bytes()[:1000])
    process = subprocess.run(
        up.command("--once", "--timeout", "100"), cwd=REPOSITORY, capture_output=True, text=True, check=False
    )

    assert process.returncode == 1
    reasons = [line for line in process.stderr.splitlines() if "exporters2404.zip did not arrive" in line]
    assert len(reasons) == 1
    arrived = [line.split()[:3] for line in process.stdout.splitlines() if line.startswith("hmrc.exporters")]
    assert ["hmrc.exporters", "exporters2405.zip", "20"] in arrived
    assert reasons[0].startswith("hmrc.exporters exporters2404.zip did not arrive: failed ")
    assert "Everything has stopped." in process.stdout


def _companies(database: str) -> int:
    """The rows of the table; 0 before there is one, and while the database is away."""
    try:
        with psycopg.connect(database) as connection:
            return int((connection.execute(COUNT).fetchone() or (0,))[0])
    except (psycopg.errors.UndefinedTable, psycopg.OperationalError):
        return 0


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def _connects(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True

"""A run's home: the folder in which everything that must survive lies, and which one run has at a time."""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil

from infra.local.process import LocalError, end_sessions

# The commands of dss_assets that people run beside the service, each with a script of its name.
DATASET_COMMANDS = ("try", "reshape", "remove")

SECRETS = (
    "web_secret_key",
    "hawk_encryption_key",
    "sso_secret_key",
    "sso_client_secret",
    "person_hawk_key",
    "reader_hawk_key",
    "dataflow_hawk_key",
    "metrics_token",
)


class Home:
    """The folder and its bookkeeping files. What holds keys is for its owner's eyes alone."""

    def __init__(self, folder: Path) -> None:
        """Use this folder, and create it if it is not there."""
        self.folder = folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.logs = self.folder / "logs"
        self.storage = self.folder / "storage"
        self.service_file = self.folder / "service.json"
        self.processes_file = self.folder / "processes.json"
        self.manage_script = self.folder / "manage"
        self.dataset_scripts = {command: self.folder / command for command in DATASET_COMMANDS}
        for needed in (self.logs, self.storage):
            needed.mkdir(exist_ok=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other run out of this home. Raises LocalError if one uses it already."""
        with (self.folder / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise LocalError(
                    f"Another run (process {lock.read().strip() or 'unknown'}) has its home in {self.folder}. "
                    "Stop it with Ctrl-C, or choose another home for this one: --home DIR."
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def secrets(self) -> dict[str, str]:
        """The keys of this home, made at its first run."""
        path = self.folder / "secrets.json"
        by_name: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        missing = {name: secrets.token_hex(32) for name in SECRETS if name not in by_name}
        if missing:
            by_name |= missing
            write_privately(path, by_name)
        return by_name

    def secret_file(self, name: str) -> Path:
        """A file that holds one of the keys, for a program that reads it from there."""
        path = self.folder / name
        write_privately(path, self.secrets()[name])
        return path

    def record_processes(self, pids: Mapping[str, int]) -> None:
        """Note which processes run, so that they can be found after this one was killed."""
        entries = {}
        for name, pid in pids.items():
            with contextlib.suppress(psutil.Error):
                entries[name] = {"pid": pid, "created": psutil.Process(pid).create_time()}
        write_privately(self.processes_file, entries)

    def end_leftovers(self) -> list[str]:
        """End the processes that an earlier run left behind; their names. A reaper at this work may finish it."""
        with (self.folder / "reaper.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
        ended = end_recorded(self.processes_file)
        self.service_file.unlink(missing_ok=True)
        self.manage_script.unlink(missing_ok=True)
        for script in self.dataset_scripts.values():
            script.unlink(missing_ok=True)
        self.processes_file.unlink(missing_ok=True)
        return ended


def end_recorded(processes_file: Path) -> list[str]:
    """End the recorded processes and all that they started; the names of those that still ran.

    A number that another process bears by now is left alone: that one was not started at the recorded time.
    """
    try:
        entries: dict[str, dict[str, Any]] = json.loads(processes_file.read_text())
    except (OSError, ValueError):
        return []
    sessions = {}
    for name, entry in entries.items():
        try:
            if abs(psutil.Process(entry["pid"]).create_time() - entry["created"]) < 1:
                sessions[name] = entry["pid"]
        except psutil.NoSuchProcess:
            # The first of the session is gone; as long as others are in it, nobody else can get its number.
            sessions[name] = entry["pid"]
        except psutil.Error:
            continue
    alive = [name for name, pid in sessions.items() if psutil.pid_exists(pid)]
    end_sessions(sessions.values(), timeout_seconds=5)
    return alive


def write_privately(path: Path, content: Mapping[str, Any] | str, mode: int = 0o600) -> None:
    """Write a file for its owner only: text, or a mapping as JSON. Readers see the old file or the new one, whole."""
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.unlink(missing_ok=True)
    with open(unfinished, "w", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(content if isinstance(content, str) else json.dumps(content, indent=2))
    unfinished.replace(path)

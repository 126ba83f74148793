"""A process of ours in a session of its own, so that it can be ended with everything that it has started."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import psutil

from infra.local.signals import deferred

# A traceback of Dagster's has its cause in its last lines.
LOG_TAIL_LINES = 20


class LocalError(Exception):
    """A part of the local run cannot do its work; the text says what was found and what to do."""


class Process:
    """A program with its log file. Start and stop may be called any number of times."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        user: tuple[int, int] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Describe the program; nothing is started.

        `environment` is all that it gets (None: ours), `folder` its working directory, `user` its user and group id.
        """
        self.name = name
        self.argv = [str(part) for part in argv]
        self.log = log
        self._environment = environment
        self._folder = folder
        self._user = user
        self.stop_signal = stop_signal
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of the started process, which is its session's id too. Raises LocalError before the first start."""
        if self._popen is None:
            raise LocalError(f"{self.name} has not been started.")
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        """Whether the program has been started and has not ended."""
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The program's exit code, negative for a signal; None before its end."""
        return None if self._popen is None else self._popen.poll()

    def start(self) -> None:
        """Start the program; its output is appended to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        user, group, extra_groups = (None, None, None) if self._user is None else (*self._user, ())
        # A stop that came after the fork and before the assignment would leave a process that nobody knows.
        with _open_privately(self.log) as log, deferred():
            self._popen = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=None if self._environment is None else dict(self._environment),
                cwd=self._folder,
                start_new_session=True,
                user=user,
                group=group,
                extra_groups=extra_groups,
            )

    def wait(self) -> int:
        """Wait for the program's own end: its exit code."""
        assert self._popen is not None
        return self._popen.wait()

    def ask_to_stop(self) -> None:
        """Send the stop signal without waiting, so that several processes can stop at the same time."""
        self.send_signal(self.stop_signal)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the program; nothing where it has ended."""
        if self.is_running and self._popen is not None:
            self._popen.send_signal(number)

    def stop(self, timeout_seconds: float = 10) -> None:
        """End the program and everything in its session; whoever does not go in time is killed."""
        if self._popen is None:
            return
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout_seconds)
        end_sessions([self._popen.pid], timeout_seconds=1)
        self._popen.wait()

    def log_tail(self) -> str:
        """The last lines of the log, for a message about a process that died."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return "(no log)"
        return "\n".join(f"    {line}" for line in lines[-LOG_TAIL_LINES:])


def _open_privately(log: Path) -> BinaryIO:
    """A log to append to, for its owner's eyes alone: a program may print what is secret, such as a mail."""
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.fchmod(descriptor, 0o600)  # one of an earlier release was open to everybody
    return os.fdopen(descriptor, "ab")


def session_members(sessions: Iterable[int]) -> list[psutil.Process]:
    """The living processes of these sessions: a child, its children, and those that outlived their parents."""
    session_ids = set(sessions)
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getsid(process.pid) in session_ids and process.status() != psutil.STATUS_ZOMBIE:
                members.append(process)
    return members


def end_sessions(sessions: Iterable[int], timeout_seconds: float, stop_signal: signal.Signals = signal.SIGTERM) -> None:
    """Ask all processes of these sessions to stop; kill those that have not after `timeout_seconds`."""
    sessions = list(sessions)
    for number in (stop_signal, signal.SIGKILL):
        members = session_members(sessions)
        for member in members:
            with contextlib.suppress(psutil.Error):
                member.send_signal(number)
        _, alive = psutil.wait_procs(members, timeout=timeout_seconds)
        if not alive and not session_members(sessions):
            return

"""A process of ours in a session of its own, so that it can be ended with everything that it has started."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from infra.local.signals import deferred

LOG_TAIL_LINES = 20
START_SECONDS = 90


class LocalFault(Exception):
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
        if self._popen is None:
            raise LocalFault(f"{self.name} has not been started.")
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        return None if self._popen is None else self._popen.poll()

    def start(self) -> None:
        """Start the program; its output is appended to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        user, group, extra_groups = (None, None, None) if self._user is None else (*self._user, ())
        # A stop that came after the fork and before the assignment would leave a process that nobody knows.
        with self.log.open("ab") as log, deferred():
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
        if self.is_running and self._popen is not None:
            self._popen.send_signal(self.stop_signal)

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


def session_members(sessions: Iterable[int]) -> list[psutil.Process]:
    """The living processes of these sessions: a child, its children, and those that outlived their parents."""
    wanted = set(sessions)
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getsid(process.pid) in wanted and process.status() != psutil.STATUS_ZOMBIE:
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


def free_ports(*preferred: int) -> list[int]:
    """Different TCP ports of 127.0.0.1: each preferred one where nothing listens there, else (or for 0) any."""
    with contextlib.ExitStack() as listeners:
        ports = []
        for wanted in preferred:
            listener = listeners.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", wanted))
            except OSError:
                listener.bind(("127.0.0.1", 0))
            ports.append(int(listener.getsockname()[1]))
    return ports


def free_port() -> int:
    return free_ports(0)[0]


def wait_for_port(process: Process, port: int, path: str = "") -> None:
    """Wait until something listens on the port and, where a path is given, answers there with success.

    Raises LocalFault when the process dies first or START_SECONDS have passed.
    """
    deadline = time.monotonic() + START_SECONDS
    while True:
        if not process.is_running:
            raise LocalFault(
                f"{process.name} ended with code {process.exit_code} while it started. The end of {process.log}:\n"
                f"{process.log_tail()}"
            )
        # Not to answer is an OSError, an HTTP error too.
        with contextlib.suppress(OSError, http.client.HTTPException):
            if path:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
            else:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        if time.monotonic() > deadline:
            raise LocalFault(
                f"{process.name} did not answer on port {port} within {START_SECONDS} seconds. "
                f"The end of {process.log}:\n{process.log_tail()}"
            )
        time.sleep(0.05)

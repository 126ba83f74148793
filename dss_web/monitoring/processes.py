"""What gunicorn's first process does for its workers: a folder for shared counts, and limits on idle clients.

gunicorn's configuration imports this, so neither Django nor Prometheus is imported before it is needed.
"""

import contextlib
import os
import shutil
import socket
import struct
import tempfile
from pathlib import Path
from typing import Final

# The name is prometheus-client's: set before its first import, it makes all workers count in files of this folder.
FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX: Final = "dss-metrics-"
# In memory if possible: each count is a write into a mapped file, which a disk would have to follow.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 the folder in it is made by mkdtemp, for this user only


def make_metrics_folder() -> None:
    """Make the folder in which this process's workers count, unless this process has made it already.

    gunicorn reads its configuration again at SIGHUP, and at SIGUSR2 starts a second first process with the same
    environment. Folders of processes that were killed, and could not remove theirs, are removed.
    """
    if Path(os.environ.get(FOLDER_VARIABLE, "")).name.startswith(_prefix(os.getpid())):
        return
    parent = _MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    for leftover in parent.glob(f"{_PREFIX}*"):
        owner = leftover.name.removeprefix(_PREFIX).partition("-")[0]
        # In a container, the process that was killed had the same number as this one.
        if owner.isdecimal() and (int(owner) == os.getpid() or not _is_alive(int(owner))):
            shutil.rmtree(leftover, ignore_errors=True)
    os.environ[FOLDER_VARIABLE] = tempfile.mkdtemp(prefix=_prefix(os.getpid()), dir=parent)


def forget_worker(pid: int) -> None:
    """Drop the gauges of a worker that has ended; its counters stay in the sums."""
    if FOLDER_VARIABLE in os.environ:
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 the folder has to be set before

        mark_process_dead(pid)  # type: ignore[no-untyped-call]  # prometheus-client types a part of itself


def remove_metrics_folder() -> None:
    """Remove the folder, if this process made it."""
    folder = Path(os.environ.get(FOLDER_VARIABLE, ""))
    if folder.name.startswith(_prefix(os.getpid())):
        shutil.rmtree(folder, ignore_errors=True)


def limit_idle_clients(listener: socket.socket, seconds: float) -> None:
    """Disconnect clients that for this long neither take what is sent to them nor finish what they send.

    Sockets that the listener accepts inherit it. gunicorn has no such limit: its threads would wait for ever. Only for
    TCP, and only on Linux, which has TCP_USER_TIMEOUT.
    """
    if listener.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    # Also if the client's machine responds but its receive buffer stays full (Linux 5.11 or later).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))
    whole, part = divmod(seconds, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(whole), int(part * 1_000_000)))


def _prefix(pid: int) -> str:
    return f"{_PREFIX}{pid}-"


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True

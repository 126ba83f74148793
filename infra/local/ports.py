"""TCP ports on this machine: which are free, who listens on them, and whether a process got the one chosen for it.

Between choosing a port and binding it, another program can take it. Something then answers there that is not ours,
so a server counts as ready only once a process of ours owns the listening socket.
"""

import contextlib
import http.client
import re
import socket
import time
import urllib.request

import psutil

from infra.local.process import LocalError, Process, session_members

# On a busy machine Dagster's processes have taken more than 90 seconds to start. One that ends is noticed at once.
START_SECONDS = 300
# How often whoever chose a port may choose again. Losing one race is rare; three in a row have another cause.
START_ATTEMPTS = 3
# A look at all sockets of the machine takes 10 to 20 ms.
LOOK_SECONDS = 0.1
# Listeners at these addresses take what is sent to 127.0.0.1.
LOCAL_ADDRESSES = {"127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0"}  # noqa: S104 compared, not bound


# How Python's and gRPC's servers tell it.
_COULD_NOT_BIND = re.compile(r"address already in use|connection in use|failed to bind|CouldNotBind", re.IGNORECASE)


class PortTaken(LocalError):
    """Another program took the port between choosing and binding. Choose another port and start again."""


def free_ports(*preferred: int) -> list[int]:
    """Different TCP ports of 127.0.0.1: each preferred one where nothing listens there, else (or for 0) any."""
    with contextlib.ExitStack() as listeners:
        ports = []
        for port in preferred:
            listener = listeners.enter_context(socket.socket())
            if not _bind(listener, port):
                _bind(listener, 0)
            ports.append(int(listener.getsockname()[1]))
    return ports


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nothing listens."""
    return free_ports(0)[0]


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as listener:
        return _bind(listener, port)


def _bind(listener: socket.socket, port: int) -> bool:
    # As servers do it: a port on which connections of an ended server still linger is free.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def listeners(port: int) -> set[int]:
    """The ids of the processes that listen on this port of 127.0.0.1; 0 for one that belongs to another user."""
    return {
        connection.pid or 0
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
        and connection.laddr
        and connection.laddr.port == port
        and connection.laddr.ip in LOCAL_ADDRESSES
    }


def wait_for_port(process: Process, port: int, path: str = "") -> None:
    """Wait until the process listens on the port and, where a path is given, answers there with success.

    Raises PortTaken when something else listens there, and LocalError when the process ends first or START_SECONDS
    have passed.
    """
    deadline = time.monotonic() + START_SECONDS
    while True:
        is_running = process.is_running
        if _listens_alone(process, port) and (not path or _answers(port, path)):
            return
        if not is_running:
            # Whoever had it may have gone since.
            if not is_free(port) or _COULD_NOT_BIND.search(process.log_tail()):
                raise PortTaken(f"{process.name} could not listen on port {port}: another program uses it.")
            raise LocalError(
                f"{process.name} ended with code {process.exit_code} while it started. The end of {process.log}:\n"
                f"{process.log_tail()}"
            )
        if time.monotonic() > deadline:
            raise LocalError(
                f"{process.name} did not answer on port {port} within {START_SECONDS} seconds. "
                f"The end of {process.log}:\n{process.log_tail()}"
            )
        time.sleep(LOOK_SECONDS)


def _listens_alone(process: Process, port: int) -> bool:
    """Whether the process listens on the port. Raises PortTaken when another does, be it as well (SO_REUSEPORT)."""
    owners = listeners(port)
    strangers = owners - {member.pid for member in session_members([process.pid])}
    # A process that has ended between the two looks is no stranger; whoever took the port is still there.
    strangers &= listeners(port) if strangers else set()
    if strangers:
        raise PortTaken(
            f"Port {port} was free when it was chosen for {process.name}, and now process "
            f"{', '.join(str(pid or 'of another user') for pid in sorted(strangers))} listens on it."
        )
    return bool(owners)


def _answers(port: int, path: str) -> bool:
    # A connection that is refused or dropped is an OSError, and so is an HTTP error.
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
    except (OSError, http.client.HTTPException):
        return False
    return True

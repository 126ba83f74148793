"""A host of its own on this machine, by a network namespace: what runs there can be cut off without a word."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from infra.local.ports import free_port
from infra.local.postgres import Keeping, Postgres

IP = shutil.which("ip") or "/sbin/ip"


def is_possible() -> bool:
    """Whether this machine lets us make hosts: for root, with the kernel's right to make namespaces."""
    if os.geteuid() != 0 or not Path(IP).exists():
        return False
    probe = f"dss-{uuid.uuid4().hex[:8]}"
    if subprocess.run([IP, "netns", "add", probe], capture_output=True, check=False).returncode:
        return False
    subprocess.run([IP, "netns", "delete", probe], check=True)
    return True


def skip_without_hosts() -> None:
    """Skip the test where this machine lets us make no hosts."""
    if not is_possible():
        pytest.skip("only root, with iproute2, can make hosts of its own")


@dataclass(frozen=True)
class Host:
    """A namespace with one cable to this machine. `gateway` is this machine's address at the other end of it."""

    name: str = field(default_factory=lambda: f"dss{uuid.uuid4().hex[:8]}")
    # A network of four addresses, within those that RFC 2544 keeps for tests of networks.
    network: str = field(default_factory=lambda: f"198.18.{os.getpid() % 250}.{uuid.uuid4().int % 60 * 4}")

    @property
    def gateway(self) -> str:
        return self._address(1)

    def command(self, *argv: str) -> list[str]:
        """The command that runs a program there."""
        return [IP, "netns", "exec", self.name, *argv]

    def cut(self) -> None:
        """Pull the cable: neither side hears of the other any more, and nobody is told."""
        self._ip("link", "set", "cable", "down")

    def mend(self) -> None:
        self._ip("link", "set", "cable", "up")

    def _ip(self, *arguments: str) -> None:
        subprocess.run([IP, "-netns", self.name, *arguments], check=True)

    def _address(self, number: int) -> str:
        start, _, last = self.network.rpartition(".")
        return f"{start}.{int(last) + number}"

    def _make(self) -> None:
        here = f"{self.name}h"
        subprocess.run([IP, "netns", "add", self.name], check=True)
        cable = ["link", "add", here, "type", "veth", "peer", "name", "cable", "netns", self.name]
        subprocess.run([IP, *cable], check=True)
        subprocess.run([IP, "address", "add", f"{self.gateway}/30", "dev", here], check=True)
        subprocess.run([IP, "link", "set", here, "up"], check=True)
        self._ip("address", "add", f"{self._address(2)}/30", "dev", "cable")
        self._ip("link", "set", "cable", "up")
        self._ip("link", "set", "lo", "up")

    def _remove(self) -> None:
        subprocess.run([IP, "netns", "delete", self.name], check=False)


@contextmanager
def host() -> Iterator[Host]:
    """A host that is gone after the block, with its cable. Whoever runs there is to be ended before."""
    made = Host()
    try:
        made._make()
        yield made
    finally:
        made._remove()


@contextmanager
def reachable_postgres(folder: Path, host: Host) -> Iterator[Postgres]:
    """A Postgres that is reached from the host, too."""
    server = Postgres(folder / "postgres", port=free_port(), keeping=Keeping.THROWN_AWAY)
    argv = server.process.argv
    server.process.argv = [f"127.0.0.1,{host.gateway}" if part == "127.0.0.1" else part for part in argv]
    try:
        server.start()
        with (server.data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {host.network}/30 trust\n")
        os.kill(server.process.pid, 1)  # SIGHUP: read the rules again
        yield server
    finally:
        server.remove()

"""docker-compose.yml: what stands in it, and its services on a real engine."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import yaml

from infra.local.ports import free_ports
from infra.local.sso.people import Person
from tests.conftest import REPOSITORY
from tests.parts.site import Site, Visitor

DOCKER = shutil.which("docker") or "docker"
PORTS = ("DSS_WEB_PORT", "DSS_DAGSTER_PORT", "DSS_SSO_PORT", "DSS_DATAFLOW_PORT", "DSS_S3_PORT", "DSS_POSTGRES_PORT")
# Beside a service that somebody runs by the file's own name, whose volumes stay as they are.
PROJECT = "dss-test"
# On a busy machine all have been healthy after two and a half minutes; with two cores of their own after 40 seconds.
HEALTHY_SECONDS = 400


def read_services() -> dict[str, dict[str, Any]]:
    """The services by name, as they stand in the file."""
    composed = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    services: dict[str, dict[str, Any]] = composed["services"]
    return services


class Composed:
    """The project of the tests. Its ports are free ones of this machine."""

    def __init__(self) -> None:
        self.ports = dict(zip(PORTS, map(str, free_ports(*[0] * len(PORTS))), strict=True))
        self.environment = os.environ | self.ports
        self.healthy_after = 0.0

    def compose(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """`docker compose` with these arguments. Its output is in the error of one that fails."""
        ended = subprocess.run(
            [DOCKER, "compose", "--project-name", PROJECT, *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or ended.returncode == 0, f"{arguments}\n{ended.stdout[-4000:]}{ended.stderr[-4000:]}"
        return ended

    def up(self) -> None:
        """Start everything, and wait until it is healthy."""
        begun = time.monotonic()
        # No waiting by compose: it takes a container that has done its work and ended for one that has failed.
        self.compose("up", "--no-build", "--detach", "--quiet-pull")
        self.wait_until_healthy()
        self.healthy_after = time.monotonic() - begun

    def down(self) -> None:
        """Remove everything, with what it has written."""
        self.compose("down", "--volumes", "--timeout", "10")

    def containers(self) -> dict[str, dict[str, Any]]:
        """What the engine says of each service's container."""
        ids = self.compose("ps", "--all", "--quiet").stdout.split()
        inspected = subprocess.run([DOCKER, "inspect", *ids], capture_output=True, text=True, check=True)
        return {
            found["Config"]["Labels"]["com.docker.compose.service"]: found for found in json.loads(inspected.stdout)
        }

    def unhealthy(self) -> dict[str, str]:
        """The services that are not as they should be, with what the engine says of them."""
        states = {name: found["State"] for name, found in self.containers().items()}
        return {
            name: state["Health"]["Status"] if "Health" in state else f"ended with {state['ExitCode']}"
            for name, state in states.items()
            if not (
                state["Status"] == "exited" and state["ExitCode"] == 0
                if "Health" not in state
                else state["Running"] and state["Health"]["Status"] == "healthy"
            )
        }

    def wait_until_healthy(self) -> None:
        deadline = time.monotonic() + HEALTHY_SECONDS
        while unhealthy := self.unhealthy():
            if time.monotonic() > deadline:
                logs = self.compose("logs", "--no-color", "--tail", "20", *unhealthy, check=False).stdout
                raise AssertionError(f"{unhealthy}\n{logs}")
            time.sleep(1)

    def run_in(self, service: str, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command in a running container."""
        given = [f"--env={name}={value}" for name, value in environment.items()]
        return self.compose("exec", "--no-TTY", *given, service, *command, check=False)

    def rows(self, database: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a statement answers in one of the three databases; nothing where its table is not there yet."""
        url = f"postgresql://postgres:local-only@127.0.0.1:{self.ports['DSS_POSTGRES_PORT']}/{database}"
        try:
            with psycopg.connect(url) as connection:
                return connection.execute(statement.encode(), values).fetchall()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            return []

    def url(self, port: str, path: str = "/") -> str:
        """The address of a published port."""
        return f"http://localhost:{self.ports[port]}{path}"

    def login(self, person: Person) -> Visitor:
        """A person who is logged in to the web app."""
        sso = f"http://sso.localhost:{self.ports['DSS_SSO_PORT']}"
        return Site(self.url("DSS_WEB_PORT", ""), sso, "", "", Path()).login(person)


@contextmanager
def names_below_localhost() -> Iterator[None]:
    """Names below localhost are this machine, as in browsers (RFC 6761); glibc asks the name server for them."""
    resolve = socket.getaddrinfo

    def resolve_as_browsers_do(host: Any, *arguments: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *arguments, **options)

    with mock.patch("socket.getaddrinfo", resolve_as_browsers_do):
        yield

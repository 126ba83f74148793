"""docker-compose.yml without Docker: its services' very commands, environments and healthchecks, on this machine."""

import re
import subprocess
import time
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from infra.local.ports import free_ports
from infra.local.process import Process
from tests.conftest import REPOSITORY
from tests.deployment.image import Image

PATIENCE_SECONDS = 60
ALL_INTERFACES = "0.0.0.0"  # noqa: S104 what containers listen on; here it is replaced


def read_services() -> dict[str, dict[str, Any]]:
    """The services by name, as Compose sees them."""
    composed = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    services: dict[str, dict[str, Any]] = composed["services"]
    return services


class Composed:
    """All services of our image; for Postgres another server stands in, at `postgres_port`."""

    def __init__(self, image: Image, logs: Path, postgres_port: int) -> None:
        self.image = image
        self.services = {name: service for name, service in read_services().items() if name != "postgres"}
        ports = ["3000", "4000", "5001", "5002", "5003", "8000", "9000"]
        self.ports = dict(zip(ports, map(str, free_ports(*[0] * len(ports))), strict=True)) | {
            "5432": str(postgres_port)
        }
        hosts = "|".join(map(re.escape, [*read_services(), "sso.localhost", "localhost", ALL_INTERFACES]))
        port = "|".join(self.ports)
        self._address = re.compile(rf"\b(?:{hosts}):(?={port})")
        self._port = re.compile(rf"\b(?:{port})\b")
        self.processes = {
            name: Process(
                name, self.here(service["command"]), logs / f"{name}.log", self.environment(name), image.folder
            )
            for name, service in self.services.items()
        }

    def here(self, command: list[str]) -> list[str]:
        """A command with this machine's address, ports and folders in the place of the containers'."""
        return [self._here(part) for part in command]

    def environment(self, name: str) -> Mapping[str, str]:
        """The environment of a service's container."""
        given = self.services[name].get("environment", {})
        return self.image.environment | {key: self._here(value) for key, value in given.items()}

    def url(self, port: str, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.ports[port]}{path}"

    def start(self) -> None:
        """Start everything, each service once what it depends on is as far as its condition says."""
        order = TopologicalSorter({name: service.get("depends_on", {}) for name, service in self.services.items()})
        for name in order.static_order():
            for needed, condition in self.services.get(name, {}).get("depends_on", {}).items():
                if needed in self.processes:
                    self._wait_for(needed, condition["condition"])
            if name in self.processes:
                self.processes[name].start()
        for name, service in self.services.items():
            if "healthcheck" in service:
                self._wait_for(name, "service_healthy")

    def stop(self) -> None:
        for process in self.processes.values():
            process.ask_to_stop()
        for process in self.processes.values():
            process.stop(timeout_seconds=10)

    def is_healthy(self, name: str) -> bool:
        """Whether the service's own healthcheck finds it healthy."""
        kind, *command = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        checked = subprocess.run(
            self.here(command), cwd=self.image.folder, env=self.environment(name), capture_output=True, check=False
        )
        return checked.returncode == 0

    def _wait_for(self, name: str, condition: str) -> None:
        process = self.processes[name]
        if condition == "service_completed_successfully":
            assert process.wait() == 0, f"{name} failed:\n{process.log_tail()}"
            return
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.is_healthy(name):
            assert process.is_running, f"{name} ended with code {process.exit_code}:\n{process.log_tail()}"
            assert time.monotonic() < deadline, f"{name} is not healthy yet:\n{process.log_tail()}"
            time.sleep(0.3)

    def _here(self, text: str) -> str:
        # A service's bare name only where it is the code server's: others are programs too.
        if text in {ALL_INTERFACES, "code-server"}:
            return "127.0.0.1"
        addressed = self._address.sub("127.0.0.1:", text)
        return self.image.here(self._port.sub(lambda found: self.ports[found[0]], addressed))

"""A port that another program takes between choosing and binding: nobody is told that our server is there."""

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import requests

from infra.local.home import Home
from infra.local.ports import PortTaken, free_port, is_free, wait_for_port
from infra.local.postgres import Keeping, Postgres
from infra.local.process import LocalError, Process
from infra.local.run import LocalRun
from infra.local.samples import write_exporters
from tests.parts.thrown_away import postgres_folder

# A server that lets others listen on its port, as gRPC's does.
SHARING_SERVER = """
import socket, sys, time
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen()
time.sleep(600)
"""


@contextmanager
def another_program_on(port: int, *options: int) -> Iterator[None]:
    """A listener of somebody else's."""
    with socket.socket() as listener:
        # As servers do it: on a fixed port, connections of a server that has ended may still linger.
        for option in (socket.SO_REUSEADDR, *options):
            listener.setsockopt(socket.SOL_SOCKET, option, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        yield


@pytest.fixture
def port() -> int:
    return free_port()


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[Process]:
    process = Process("server", [sys.executable, *arguments], folder / "server.log")
    process.start()
    yield process
    process.stop()


def test_a_server_that_listens_is_ready(tmp_path: Path, port: int) -> None:
    with started(tmp_path, "-m", "http.server", "--bind", "127.0.0.1", str(port)) as process:
        wait_for_port(process, port, "/")


def test_a_server_that_could_not_bind_is_not_ready_though_something_answers(tmp_path: Path, port: int) -> None:
    with (
        another_program_on(port),
        started(tmp_path, "-m", "http.server", str(port)) as process,
        pytest.raises(PortTaken, match=rf"[Pp]ort {port}"),
    ):
        wait_for_port(process, port)


def test_a_server_that_could_not_bind_lost_its_port_also_where_it_is_free_again(tmp_path: Path, port: int) -> None:
    with another_program_on(port), started(tmp_path, "-m", "http.server", str(port)) as process:
        process.wait()

    with pytest.raises(PortTaken):
        wait_for_port(process, port)


def test_a_server_that_has_not_bound_yet_is_not_ready_though_something_answers(tmp_path: Path, port: int) -> None:
    with (
        another_program_on(port),
        started(tmp_path, "-c", "import time; time.sleep(600)") as process,
        pytest.raises(PortTaken, match=f"Port {port} was free when it was chosen for server"),
    ):
        wait_for_port(process, port)


def test_a_server_that_shares_its_port_with_another_program_is_not_ready(tmp_path: Path, port: int) -> None:
    with (
        another_program_on(port, socket.SO_REUSEPORT),
        started(tmp_path, "-c", SHARING_SERVER, str(port)) as process,
        pytest.raises(PortTaken),
    ):
        wait_for_port(process, port)


def test_a_server_that_ends_for_another_reason_says_which(tmp_path: Path, port: int) -> None:
    with started(tmp_path, "-c", "import sys; sys.exit('no settings')") as process:
        with pytest.raises(LocalError, match=r"ended with code 1 while it started.*\n.*no settings") as raised:
            wait_for_port(process, port)
        assert not isinstance(raised.value, PortTaken)


def test_postgres_takes_another_port() -> None:
    with postgres_folder() as folder:
        server = Postgres(folder / "postgres", keeping=Keeping.THROWN_AWAY)
        taken = server.port
        try:
            with another_program_on(taken), server:
                assert server.port != taken
                psycopg.connect(server.url("postgres")).close()
        finally:
            server.remove()


def test_a_run_starts_again_on_other_ports(tmp_path: Path) -> None:
    write_exporters(tmp_path / "publisher/hmrc/exporters/exporters2405.zip", 5, "2405")
    home, said = Home(tmp_path / "home"), list[str]()
    run = LocalRun(home, tmp_path / "publisher", said.append, "airflow-3")
    ports = run.services.ports
    taken = {ports.dataflow, ports.web}
    try:
        with another_program_on(ports.dataflow), another_program_on(ports.web):
            run.start()
            service = json.loads(home.service_file.read_text())

            assert not {int(service[name].rpartition(":")[2]) for name in ("dataflow", "web")} & taken
            assert requests.get(f"{service['web']}/healthcheck/", timeout=10).json() == {"status": "OK"}
            assert [message.endswith("Starting again on other ports.") for message in said[:1]] == [True]

        # Lost later: while a process that has died waits for its next start.
        before = run.services
        dataflow = service["pids"]["dataflow"]
        os.kill(dataflow, signal.SIGKILL)
        while not is_free(before.ports.dataflow):
            time.sleep(0.02)
        with another_program_on(before.ports.dataflow):
            deadline = time.monotonic() + 30
            while not run.watch():
                assert time.monotonic() < deadline, "it is not noticed"
                time.sleep(0.1)
            service = json.loads(home.service_file.read_text())
            assert service["dataflow"] == run.services.dataflow_url != before.dataflow_url
            assert requests.get(f"{service['web']}/healthcheck/", timeout=10).json() == {"status": "OK"}
    finally:
        run.stop()

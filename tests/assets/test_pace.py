"""Dagster's daemon looks for changed definitions where there may be some."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import GrpcServerTarget
from dagster._core.workspace.workspace import CodeLocationEntry

from dss_assets.assets import pace
from infra.local.ports import free_port, wait_for_port
from infra.local.process import Process
from tests.conftest import REPOSITORY

Start = Callable[[], Process]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(tmp_path: Path, port: int) -> Iterator[Start]:
    """Starts a code server with one job at the port; the last one ends with the test."""
    file, started = tmp_path / "trees.py", list[Process]()
    file.write_text("from dagster import Definitions, job\n@job\ndef plant(): ...\ndefs = Definitions(jobs=[plant])\n")
    argv = [sys.executable, "-m", "dagster", "api", "grpc", "--python-file", str(file), "--host", "127.0.0.1"]

    def start_one() -> Process:
        process = Process("code-server", [*argv, "--port", str(port)], tmp_path / "log")
        process.start()
        started.append(process)
        wait_for_port(process, port)
        return process

    yield start_one
    started[-1].stop(timeout_seconds=20)


def jobs(workspace: WorkspaceProcessContext) -> list[str]:
    location = entry(workspace).code_location
    assert location
    return [job.name for repository in location.get_repositories().values() for job in repository.get_all_jobs()]


def entry(workspace: WorkspaceProcessContext) -> CodeLocationEntry:
    return workspace.get_current_workspace().code_location_entries["trees"]


def test_definitions_are_fetched_again_from_a_code_server_that_has_started_again(
    start: Start, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace.install()
    # What watches the server for its own reasons is not asked here.
    monkeypatch.setattr(WorkspaceProcessContext, "_location_state_events_handler", lambda *_: None)
    target = GrpcServerTarget(host="127.0.0.1", port=port, socket=None, location_name="trees")
    first = start()
    with DagsterInstance.local_temp(str(tmp_path)) as instance, WorkspaceProcessContext(instance, target) as workspace:
        known = entry(workspace)
        assert "plant" in jobs(workspace)

        workspace.refresh_workspace()
        assert entry(workspace) is known, "nothing has changed"

        first.stop(timeout_seconds=20)
        with pytest.warns(UserWarning, match="Error loading repository location"):
            workspace.refresh_workspace()
        assert entry(workspace).load_error

        start()
        workspace.refresh_workspace()
        assert "plant" in jobs(workspace)


def test_a_signal_ends_a_code_server_at_once_however_seldom_it_wakes(tmp_path: Path, port: int) -> None:
    file = tmp_path / "resting.py"
    file.write_text(
        "from dagster import Definitions\nfrom dss_assets.assets import pace\n"
        "pace.WAKE_SECONDS = 600\npace.install()\ndefs = Definitions()\n"
    )
    argv = [sys.executable, "-m", "dagster", "api", "grpc", "--python-file", str(file), "--host", "127.0.0.1"]
    process = Process("code-server", [*argv, "--port", str(port)], tmp_path / "log", folder=REPOSITORY)
    process.start()
    wait_for_port(process, port)
    time.sleep(1)  # until it waits for nothing but its end

    process.stop(timeout_seconds=60)

    assert process.exit_code != -signal.SIGKILL

""" "Reload definitions" in the Dagster UI reads the declarations as they are now."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import requests

from tests.conftest import REPOSITORY
from tests.parts.waiting import PATIENCE_SECONDS, wait_until
from tests.published import exporter_line, exporters_zip

RELOAD = """mutation { reloadRepositoryLocation(repositoryLocationName: "data-store-service") {
    ... on WorkspaceLocationEntry { locationOrLoadError { ... on PythonError { message causes { message } } } }
} }"""
DESCRIPTION = """query { assetOrError(assetKey: {path: ["hmrc", "exporters", "L1"]}) {
    ... on Asset { definition { description } }
} }"""

REFUSAL = """query { sensorOrError(sensorSelector: {sensorName: "declarations__refused",
    repositoryName: "__repository__", repositoryLocationName: "data-store-service"}) {
    ... on Sensor { sensorState { ticks(limit: 1) { error { causes { message } } } } }
} }"""
RECORDED = "SELECT description FROM operations.dataset WHERE key = 'hmrc.exporters'"


def ask(dagster: str, query: str) -> Any:
    answer = requests.post(f"{dagster}/graphql", json={"query": query}, timeout=PATIENCE_SECONDS).json()
    assert "errors" not in answer, answer
    return answer["data"]


def description(dagster: str) -> str:
    definition = ask(dagster, DESCRIPTION)["assetOrError"].get("definition")
    return str(definition["description"]) if definition else ""


def refusal(dagster: str) -> str:
    """How the sensor that tells of a refused declaration has failed; '' where there is none, or no look yet."""
    ticks = ask(dagster, REFUSAL)["sensorOrError"].get("sensorState", {}).get("ticks", [])
    return str(ticks[0]["error"]["causes"]) if ticks and ticks[0]["error"] else ""


def select(service: dict[str, Any], question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(service["database"]) as connection:
        return connection.execute(question.encode()).fetchall()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code, where a test may change it."""
    folder = tmp_path / "copy"
    for name in ("dss_assets", "dss_web", "infra"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("manage.py", "dagster.yaml"):
        shutil.copy(REPOSITORY / name, folder)
    return folder


@pytest.fixture
def service(copy: Path, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """What service.json says of the service that runs there."""
    (tmp_path / "publisher").mkdir()
    options = ["--home", str(tmp_path / "home"), "--publisher", str(tmp_path / "publisher")]
    with (tmp_path / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local", "up", *options], cwd=copy, stdout=log, stderr=log
        )
    try:
        said = tmp_path / "home/service.json"
        wait_until(lambda: said.exists() or process.poll() is not None)
        assert process.poll() is None, (tmp_path / "up.log").read_text()
        yield json.loads(said.read_text())
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def test_a_changed_declaration_is_seen_after_a_reload_and_a_wrong_one_is_told(
    copy: Path, service: dict[str, Any]
) -> None:
    dagster = service["dagster"]
    file = copy / "dss_assets/datasets/hmrc_exporters.py"
    declared = file.read_text()
    wait_until(lambda: "Companies that exported goods" in description(dagster))

    file.write_text(declared.replace("Companies that exported goods", "Firms that sold goods abroad"))
    ask(dagster, RELOAD)
    wait_until(lambda: "Firms that sold goods abroad" in description(dagster))

    # A wrong one: the file and the word are shown, and the declarations before it go on loading.
    file.write_text(declared.replace('unit="month"', 'unit="moonth"'))
    ask(dagster, RELOAD)
    wait_until(lambda: "the unit of replacement 'moonth' is no column of L0" in refusal(dagster))
    assert re.search(r"hmrc_exporters\.py, line \d+: ", refusal(dagster))
    assert "Firms that sold goods abroad" in description(dagster)
    published = Path(service["publisher_files"]) / "hmrc/exporters/exporters2403.zip"
    published.parent.mkdir(parents=True)
    published.write_bytes(exporters_zip(**{"exporters2403.txt": exporter_line("202403", "ACME", "01012100")}))
    wait_until(lambda: select(service, "SELECT state FROM operations.datafile_registry") == [("processed",)])

    file.write_text(declared)
    ask(dagster, RELOAD)
    wait_until(lambda: "Companies that exported goods" in description(dagster))
    wait_until(lambda: "Companies that exported goods" in select(service, RECORDED)[0][0])
    assert refusal(dagster) == ""

    # The process that has the code is started again when it dies.
    server = psutil.Process(service["pids"]["code-server"])
    wait_until(lambda: len(server.children()) == 1)
    time.sleep(6)  # longer than the run looks away
    (code,) = server.children()
    os.kill(code.pid, signal.SIGKILL)
    wait_until(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)
    wait_until(lambda: "Companies that exported goods" in _description_or_none(dagster))


def _description_or_none(dagster: str) -> str:
    """'' while the code server is away."""
    try:
        ask(dagster, RELOAD)
        return description(dagster)
    except (AssertionError, requests.RequestException):
        return ""

"""The Dagster UI over a code location with one asset, with what Dagster keeps in a folder."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from infra.local.ports import free_port, wait_for_port
from infra.local.process import Process
from tests.conftest import REPOSITORY

CODE = """
from dagster import Definitions, DynamicPartitionsDefinition, asset

@asset(partitions_def=DynamicPartitionsDefinition(name="trees"))
def trees(): ...

definitions = Definitions(assets=[trees])
"""


@contextmanager
def running_dagster_ui(folder: Path, path_prefix: str = "", **environment: str) -> Iterator[str]:
    """The URL of the webserver, without its prefix."""
    (folder / "trees.py").write_text(CODE)
    location = {"python_file": {"relative_path": "trees.py", "location_name": "trees"}}
    (folder / "workspace.yaml").write_text(yaml.safe_dump({"load_from": [location]}))
    (folder / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    port = free_port()
    command = [sys.executable, "-m", "infra.dagster_ui", "--host", "127.0.0.1", "--port", str(port)]
    process = Process(
        "dagster-ui",
        [*command, "--workspace", str(folder / "workspace.yaml"), "--path-prefix", path_prefix],
        folder / "dagster-ui.log",
        {"DAGSTER_HOME": str(folder), "PATH": "/usr/bin:/bin", "HOME": str(folder), **environment},
        folder=REPOSITORY,
    )
    process.start()
    try:
        wait_for_port(process, port, f"{path_prefix}/server_info")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop()

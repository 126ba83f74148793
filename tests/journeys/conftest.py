"""A world for each test; its web server and data-flow serve the test's own database."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance
from dagster._core.storage.schedules import SqliteScheduleStorage

from infra.local.dataflow import DataFlow
from infra.local.dataflow_pipeline import Pipeline
from infra.local.ports import free_port, wait_for_port
from infra.local.process import Process
from infra.local.publisher import Publisher
from tests.conftest import REPOSITORY, add_hawk_client, web_environment
from tests.journeys.world import DATAFLOW_ID, DATAFLOW_KEY, DATAFLOW_PASSWORD, DATAFLOW_USER, World

# It takes minutes and an Airflow, which `make test-airflow` installs.
collect_ignore = [] if os.environ.get("DSS_TEST_AIRFLOW") else ["test_real_airflow.py"]

READER_ID, READER_KEY = "data-flow", "the key by which data-flow reads us"


@pytest.fixture
def web_port() -> int:
    """Where the web app listens."""
    return free_port()


@pytest.fixture
def web_url(database_url: str, storage_url: str, tmp_path: Path, web_port: int) -> Iterator[str]:
    """The web app over the test's database, with a client who may read everything."""
    add_hawk_client(database_url, READER_ID, READER_KEY, ["*"])
    port = web_port
    settings = {"DSS_WEB_BIND": f"127.0.0.1:{port}", "DSS_WEB_WORKERS": "1"}
    process = Process(
        "web",
        ["sh", "infra/serve.sh", sys.executable],
        tmp_path / "web.log",
        {**os.environ, **web_environment(database_url, storage_url), **settings},
        folder=REPOSITORY,
    )
    process.start()
    try:
        wait_for_port(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop()


@pytest.fixture
def dataflow_api() -> str:
    """In which Airflow data-flow is."""
    return "airflow-1"


@pytest.fixture
def world(
    database_url: str,
    storage_url: str,
    datasets_url: str,
    web_url: str,
    tmp_path: Path,
    dataflow_api: str,
) -> Iterator[World]:
    publisher = Publisher(tmp_path / "published", settle_seconds=0)
    pipeline = Pipeline(web_url, READER_ID, READER_KEY, datasets_url, tmp_path / "dataflow", backoff_seconds=0.01)
    people = {DATAFLOW_USER: DATAFLOW_PASSWORD}
    dataflow = DataFlow(pipeline, {DATAFLOW_ID: DATAFLOW_KEY}, tmp_path / "dataflow", people=people)
    with publisher, dataflow, DagsterInstance.ephemeral() as instance:
        # In memory Dagster keeps runs and events, but not which sensors somebody has stopped.
        instance._schedule_storage = SqliteScheduleStorage.from_local(str(tmp_path / "schedules"))
        yield World(database_url, storage_url, datasets_url, web_url, publisher, dataflow, instance, dataflow_api)
        # Its workers end only then.
        dataflow.dag.is_paused, dataflow.dag.has_free_worker = False, True
        dataflow.dag.may_run.set()

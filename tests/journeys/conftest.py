"""A world for each test: a database and a storage of its own, which the one web app and its data-flow serve."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance
from dagster._core.storage.schedules import SqliteScheduleStorage

from infra.local.dataflow import DataFlow
from infra.local.dataflow_pipeline import Pipeline
from infra.local.ports import free_port, wait_for_port
from infra.local.postgres import Postgres
from infra.local.process import Process
from infra.local.publisher import Publisher
from tests.conftest import REPOSITORY, add_hawk_client, web_environment
from tests.journeys.world import DATAFLOW_ID, DATAFLOW_KEY, DATAFLOW_PASSWORD, DATAFLOW_USER, World

# It takes minutes and an Airflow, which `make test-airflow` installs.
collect_ignore = [] if os.environ.get("DSS_TEST_AIRFLOW") else ["test_real_airflow.py"]

READER_ID, READER_KEY = "data-flow", "the key by which data-flow reads us"


# The database of every test here, one after the other.
WORLD = "world"


@pytest.fixture(scope="session")
def app_port() -> int:
    """Where the web app of all worlds listens."""
    return free_port()


@pytest.fixture(scope="session")
def kept_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is the storage of every test here, one after the other."""
    return tmp_path_factory.mktemp("kept") / "storage"


@pytest.fixture
def storage_url(kept_files: Path) -> str:
    """An empty folder as storage."""
    shutil.rmtree(kept_files, ignore_errors=True)
    kept_files.mkdir()
    return kept_files.as_uri()


@pytest.fixture
def database_url(postgres_server: Postgres, migrated_template: str) -> Iterator[str]:
    """A fresh, migrated database, dropped after the test."""
    postgres_server.create_database(WORLD, template=migrated_template)
    yield postgres_server.url(WORLD)
    postgres_server.drop_database(WORLD)


@pytest.fixture(scope="session")
def web_app(
    postgres_server: Postgres, kept_files: Path, app_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """One web app for all tests of a worker: a start costs 1.5 s of CPU, and there are more than a hundred worlds.

    Each test has another database of the same name. The app's pool gives out no connection that Postgres has ended, and
    what the app keeps for itself is what no other database can make wrong.
    """
    process = Process(
        "web",
        ["sh", "infra/serve.sh", sys.executable],
        tmp_path_factory.mktemp("web") / "web.log",
        {
            **os.environ,
            **web_environment(postgres_server.url(WORLD), kept_files.as_uri()),
            "DSS_WEB_BIND": f"127.0.0.1:{app_port}",
            "DSS_WEB_WORKERS": "1",
        },
        folder=REPOSITORY,
    )
    process.start()
    try:
        wait_for_port(process, app_port)
        yield f"http://127.0.0.1:{app_port}"
    finally:
        process.stop()


@pytest.fixture
def web_url(database_url: str, web_app: str) -> str:
    """The web app over the test's database, with a client who may read everything."""
    add_hawk_client(database_url, READER_ID, READER_KEY, ["*"])
    return web_app


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

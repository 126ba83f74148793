"""Runs that are no children of the code server, as on ECS and Kubernetes: the service works as with those that are."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dagster import DagsterInstance, DagsterRunStatus, Definitions, SensorResult, SkipReason, build_sensor_context
from dagster._daemon.monitoring.run_monitoring import monitor_started_run

from dss_assets.assets import build_definitions
from dss_assets.database import Database, is_alive
from dss_assets.datasets import DATASETS
from dss_assets.resources import AssetsSettings, Service
from infra.local.publisher import Publisher
from tests.conftest import REPOSITORY
from tests.parts.process_launcher import ProcessRunLauncher, launch
from tests.parts.waiting import wait_until
from tests.published import exporter_line, exporters_zip

FILE = "exporters1601.zip"
JANUARY = exporters_zip(exporters1601=exporter_line("201601", "First Ltd", "1"))
AGAIN = exporters_zip(exporters1601=exporter_line("201601", "Second Ltd", "1"))


class Place:
    """Sensors that look at our call, and runs in processes of their own."""

    def __init__(self, instance: DagsterInstance, definitions: Definitions, database_url: str) -> None:
        self.instance, self.definitions, self.database_url = instance, definitions, database_url

    @property
    def launcher(self) -> ProcessRunLauncher:
        assert isinstance(self.instance.run_launcher, ProcessRunLauncher)
        return self.instance.run_launcher

    def tick(self, sensor: str) -> list[Any] | str:
        """What a sensor asks for, or why it asks for nothing."""
        repository = self.definitions.get_repository_def()
        with build_sensor_context(instance=self.instance, repository_def=repository) as context:
            found = repository.get_sensor_def(sensor)(context)
        if isinstance(found, SkipReason):
            return found.skip_message or ""
        assert isinstance(found, SensorResult)
        return list(found.run_requests or [])

    def look(self) -> dict[str, Any]:
        """The job and the tags of the one run that is asked for once the publisher is listed and attempts are due."""
        self.change("UPDATE operations.source_listing SET listed_at = listed_at - interval '1 day'")
        self.tick("hmrc__exporters__files")
        if isinstance(found := self.tick("files__due"), str):
            # What it has found abandoned is tried again.
            self.change("UPDATE operations.datafile_registry SET next_attempt_at = now()")
            found = self.tick("files__due")
        assert not isinstance(found, str), found
        [request] = found
        return {"job_name": request.job_name, "tags": request.tags}

    def launch(self) -> str:
        return launch(self.instance, self.definitions, **self.look()).run_id

    @contextmanager
    def kept_waiting(self) -> Iterator[None]:
        """Whoever holds the table keeps a load waiting in the middle of its transaction."""
        with psycopg.connect(self.database_url) as reader:
            reader.execute('LOCK TABLE "hmrc.exporters"."L0.files" IN SHARE MODE')
            yield

    def wait_until_it_loads(self, run_id: str) -> None:
        sessions = f"SELECT wait_event_type FROM pg_stat_activity WHERE application_name = 'dss run {run_id}'"
        wait_until(lambda: self.rows(sessions) == [("Lock",)])

    def wait_until_gone(self, run_id: str) -> None:
        """Until Postgres has noticed that the process is gone."""
        wait_until(lambda: not self.is_alive(run_id))

    def wait_until_ended(self, run_id: str) -> DagsterRunStatus:
        assert self.launcher.processes[run_id].wait(60) is not None
        found = self.instance.get_run_by_id(run_id)
        assert found
        return found.status

    def change(self, statement: str) -> None:
        with psycopg.connect(self.database_url) as connection:
            connection.execute(statement.encode())

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(statement.encode()).fetchall()

    def is_alive(self, run_id: str) -> bool:
        with Database(self.database_url).connect("test") as connection:
            return is_alive(connection, run_id)


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Publisher]:
    with Publisher(tmp_path / "published", settle_seconds=0) as publisher:
        (publisher.folder / "hmrc/exporters").mkdir(parents=True)
        yield publisher


@pytest.fixture
def place(
    database_url: str,
    dagster_url: str,
    datasets_url: str,
    storage_url: str,
    publisher: Publisher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Place]:
    """Settings stand in the environment, from where the process of a run has them."""
    for name, value in {
        "DSS_DAGSTER_DATABASE_URL": dagster_url.replace("postgresql:", "postgresql+psycopg2:"),
        "DSS_DATABASE_URL": database_url,
        "DSS_DATASETS_DATABASE_URL": datasets_url,
        "DSS_SOURCE_BASE_URLS": json.dumps(publisher.base_urls),
        "DSS_WEB_URL": "http://127.0.0.1:9",
        "S3_BUCKET_URL": storage_url,
    }.items():
        monkeypatch.setenv(name, value)
    launcher = "run_launcher: {module: tests.parts.process_launcher, class: ProcessRunLauncher}\n"
    (tmp_path / "dagster.yaml").write_text((REPOSITORY / "dagster.yaml").read_text() + launcher)
    definitions = build_definitions(DATASETS, Service(AssetsSettings.from_environment()))
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        yield Place(instance, definitions, database_url)


def test_a_run_elsewhere_is_waited_for_ended_and_done_again(place: Place, publisher: Publisher) -> None:
    exporters = publisher.folder / "hmrc/exporters" / FILE
    exporters.write_bytes(JANUARY)
    found = place.look()
    here = place.definitions.resolve_job_def(found["job_name"])
    assert here.execute_in_process(instance=place.instance, tags=found["tags"]).success

    exporters.write_bytes(AGAIN)
    with place.kept_waiting():
        ended = place.launch()
        place.wait_until_it_loads(ended)
        assert place.is_alive(ended)
        assert f"Run {ended} works on files of hmrc.exporters" in str(place.tick("files__due"))
        place.instance.run_launcher.terminate(ended)
        assert place.wait_until_ended(ended) == DagsterRunStatus.CANCELED
    place.wait_until_gone(ended)

    with place.kept_waiting():
        killed = place.launch()
        place.wait_until_it_loads(killed)
        place.launcher.processes[killed].kill()
        place.launcher.processes[killed].wait()
    place.wait_until_gone(killed)
    record = place.instance.get_run_record_by_id(killed)
    assert record
    # What the daemon does every few seconds. Only runs that are resumed need a workspace.
    monitor_started_run(place.instance, None, record, logging.getLogger("test"))  # type: ignore[arg-type]
    assert place.wait_until_ended(killed) == DagsterRunStatus.FAILURE
    assert place.rows('SELECT company_name FROM "hmrc.exporters"."L0"') == [("First Ltd",)]

    last = place.launch()
    assert place.wait_until_ended(last) == DagsterRunStatus.SUCCESS
    assert place.rows('SELECT company_name FROM "hmrc.exporters"."L0"') == [("Second Ltd",)]
    assert place.rows("SELECT state FROM operations.datafile_registry") == [("processed",)]

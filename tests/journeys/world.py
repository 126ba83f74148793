"""The whole service within a test: its web server, publishers and data-flow are real, and Dagster runs at our call.

Sensors are looked at and runs executed one after the other, in this process: what happens in which order is up to
the test. The daemon does the same by the clock.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from dagster import (
    AssetKey,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
    SensorResult,
    SkipReason,
    build_sensor_context,
)
from psycopg.rows import dict_row

from dss_assets.assets import build_definitions
from dss_assets.assets.batch import OUTCOME_TAG
from dss_assets.datasets import DATASETS
from dss_assets.errors import TransientError
from dss_assets.resources import AssetsSettings, Service
from infra.local.dag_runs import UNFINISHED
from infra.local.dataflow import DataFlow
from infra.local.publisher import Publisher
from tests.parts.waiting import wait_until

# The sensor that asks for runs over the files of publishers.
DUE = "files__due"
DATAFLOW_ID, DATAFLOW_KEY = "dss", "the key by which data-flow knows us"
DATAFLOW_USER, DATAFLOW_PASSWORD = "dss", "the password by which Airflow knows us"


@dataclass
class World:
    """`datasets_url` is the database that data-flow fills."""

    database_url: str
    storage_url: str
    datasets_url: str
    web_url: str
    publisher: Publisher
    dataflow: DataFlow
    instance: DagsterInstance
    api: str = "airflow-1"
    service: Service = field(init=False)
    definitions: Definitions = field(init=False)

    def __post_init__(self) -> None:
        self.connect()

    def connect(self, **changes: object) -> None:
        """Start again with these settings of data-flow."""
        settings: dict[str, Any] = {
            "dss_database_url": self.database_url,
            "s3_bucket_url": self.storage_url,
            "dss_web_url": self.web_url,
            "dataflow_api": self.api,
            "dataflow_base_url": self.dataflow.url,
            "dataflow_hawk_id": DATAFLOW_ID,
            "dataflow_hawk_key": DATAFLOW_KEY,
            "dataflow_username": DATAFLOW_USER,
            "dataflow_password": DATAFLOW_PASSWORD,
            "dss_source_base_urls": self.publisher.base_urls,
        }
        self.service = Service(AssetsSettings(**settings | changes))
        self.definitions = build_definitions(DATASETS, self.service)

    def publish(self, dataset: str, file_name: str, content: bytes) -> None:
        """Let the publisher of `organisation/dataset` offer a file."""
        folder = self.publisher.folder / dataset
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file_name).write_bytes(content)

    def look(self, sensor: str) -> list[ExecuteInProcessResult]:
        """Let a sensor look once, and execute the runs that it asks for. A sensor that fails raises."""
        return [self.execute(request.job_name, request.tags, request.asset_selection) for request in self.ask(sensor)]

    def ask(self, sensor: str) -> list[Any]:
        """The runs that a sensor asks for when it looks once, at a time when sources are to be listed."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute(
                "UPDATE operations.source_listing SET listed_at = listed_at - interval '1 day', next_attempt_at = now()"
            )
        return self.tick(sensor)

    def tick(self, sensor: str) -> list[Any]:
        """The runs that a sensor asks for when it looks once more.

        For the sensor of a source, which asks for none, they are those over what is due then. Of a listing that fails
        it raises where there are none.
        """
        if sensor not in {f"{dataset.organisation}__{dataset.name}__files" for dataset in DATASETS}:
            return self._tick(sensor)
        try:
            self._tick(sensor)
        except TransientError:
            if requests := self._tick(DUE):
                return requests
            raise
        return self._tick(DUE)

    def says(self, sensor: str) -> str:
        """Why a sensor that looks once more asks for no run."""
        found = self._evaluate(sensor)
        assert isinstance(found, SkipReason)
        return found.skip_message or ""

    def _evaluate(self, sensor: str) -> Any:
        repository = self.definitions.get_repository_def()
        definition = repository.get_sensor_def(sensor)
        with build_sensor_context(instance=self.instance, repository_def=repository) as context:
            return definition(context)

    def _tick(self, sensor: str) -> list[Any]:
        found = self._evaluate(sensor)
        if isinstance(found, SkipReason):
            return []
        assert isinstance(found, SensorResult)
        for event in found.asset_events:
            self.instance.report_runless_asset_event(event)
        return list(found.run_requests or [])

    def execute(self, job: str, tags: dict[str, str], assets: list[AssetKey] | None = None) -> ExecuteInProcessResult:
        return self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, tags=tags, asset_selection=assets, raise_on_error=False
        )

    def look_everywhere(self) -> None:
        """Let every sensor look once."""
        for definition in self.definitions.get_repository_def().sensor_defs:
            self.look(definition.name)

    def rows(self, statement: str, database_url: str = "") -> list[dict[str, Any]]:
        with psycopg.connect(database_url or self.database_url, row_factory=dict_row) as connection:
            return connection.execute(statement.encode()).fetchall()

    def change(self, statement: str) -> None:
        """Change what is in the service's database."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute(statement.encode())

    def registry(self, file_name: str) -> dict[str, Any]:
        """A file's row in the registry."""
        (row,) = [
            row for row in self.rows("SELECT * FROM operations.datafile_registry") if row["file_name"] == file_name
        ]
        return row

    def listing(self, source: str) -> dict[str, Any]:
        """How the source of a dataset was listed last."""
        (row,) = [row for row in self.rows("SELECT * FROM operations.source_listing") if row["source"] == source]
        return row

    def make_due(self) -> None:
        """Let the time of every next attempt have come."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute(
                "UPDATE operations.datafile_registry SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL"
            )
            connection.execute(
                "UPDATE operations.dataflow_run SET finished_at = finished_at - interval '1 day',"
                " next_attempt_at = next_attempt_at - interval '1 day'"
            )

    def materialised(self, *key: str) -> set[str]:
        """The partitions of an asset that are materialised."""
        return self.instance.get_materialized_partitions(AssetKey(key))

    def observed(self, *key: str) -> dict[str, str]:
        """What Dagster was told of failures, by partition."""
        records = self.instance.fetch_observations(AssetKey(key), limit=100).records
        observations = [record.event_log_entry.asset_observation for record in records]
        return {one.partition or "": str(one.metadata["reason"].value) for one in observations if one}

    def shown(self, *key: str) -> dict[str, Any]:
        """What Dagster shows at the last materialisation of an asset."""
        event = self.instance.get_latest_materialization_event(AssetKey(key))
        assert event
        assert event.asset_materialization
        return dict(event.asset_materialization.metadata)

    def outcome(self, run: ExecuteInProcessResult) -> str | None:
        """What the list of runs says of the files of a run."""
        found = self.instance.get_run_by_id(run.run_id)
        return found.tags.get(OUTCOME_TAG) if found else None

    def wait_for_dataflow(self) -> None:
        """Until data-flow works on nothing any more."""
        wait_until(lambda: not self.dataflow.dag.all(*UNFINISHED), self.dataflow.dag.all)

    def fetches(self, file_name: str) -> int:
        """How often the publisher was asked for the bytes of a file."""
        return sum(method == "GET" and target.endswith(file_name) for method, target in self.publisher.requests)

    @property
    def storage_folder(self) -> Path:
        return Path(urlsplit(self.storage_url).path)

"""Many files of one dataset: how long a sensor looks, and what the registry and Dagster's history take.

Not part of `make bench`: `python -m tests.benchmarks many_in_the_folder` and the like. The sensor and the run are
called as Dagster's daemon calls them, with an instance as dagster.yaml describes it, on the Postgres of the benchmark.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import LiteralString, NamedTuple

import psycopg
from dagster import (
    AssetKey,
    DagsterInstance,
    Definitions,
    DynamicPartitionsDefinition,
    RunRequest,
    SensorResult,
    build_sensor_context,
)

from dss_assets.assets import build_definitions
from dss_assets.dataset import Column, Dataset, Delimited, Incremental, Rowwise, StorageFolder
from dss_assets.resources import AssetsSettings, Service
from infra.local.postgres import Postgres
from tests.benchmarks.memory import peak, start_counting
from tests.benchmarks.report import Figure
from tests.conftest import REPOSITORY, migrate

SENSOR_SECONDS = 5


class Took(NamedTuple):
    """Seconds by the clock, and of this process on a CPU: on a busy machine these say more."""

    seconds: float
    cpu: float


COLUMNS = (Column("name"), Column("kind"))
TREES = Dataset(
    "org",
    "trees",
    source=StorageFolder(name=r"trees_(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)\.csv", every=timedelta(minutes=1)),
    format=Delimited(),
    loading=Incremental(),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS),
)
# The files of a service that has run for years: those of the dataset are loaded and are partitions.
_KNOWN = """
    INSERT INTO operations.datafile_registry (
        source, file_name, state, version, offered_version, digest, loaded_digest, size, rows, records, file_date,
        header, run_id, findings, loaded_at, created_timestamp, updated_timestamp
    )
    SELECT source, 'trees_' || to_char(day, 'YYYYMMDD') || '.csv', 'processed', 'v', 'v', md5(day::text),
        md5(day::text), 1000, 10, 10, day,
        (SELECT jsonb_build_object('columns', jsonb_object_agg('column_' || n, 'Column ' || n), 'others', '[]'::jsonb)
            FROM generate_series(1, 40) AS n),
        'a run', '{}', now(), now(), now() - (number || ' minutes')::interval
    FROM unnest(%(sources)s::text[]) AS source,
        generate_series(1, %(files)s) AS number, LATERAL (SELECT date '1990-01-01' + number AS day) AS one
"""
# What the history would be had a run loaded each of the partitions.
_HISTORY = """
    INSERT INTO event_logs (run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition)
    SELECT run_id, event, dagster_event_type, timestamp, step_key, asset_key, known.partition
    FROM event_logs, dynamic_partitions AS known
    WHERE event_logs.partition IS NOT NULL AND known.partition <> event_logs.partition
"""


def in_the_folder(server: Postgres, folder: Path) -> list[Figure]:
    """3,000 files in the folder of the storage: the first look, and the runs until all are loaded."""
    with _service(server, folder, "folder") as (definitions, instance, dss):
        _put_files(folder, 3000)
        requests, took = _look(definitions, instance)
        figures = [_looked("3,000 new files in the folder: the sensor", took)]
        started, runs = time.perf_counter(), 0
        while requests:
            memory = _run(definitions, instance, requests)
            runs += len(requests)
            requests, _ = _look(definitions, instance)
        seconds = time.perf_counter() - started
        note = f"{runs} runs; {3000 / seconds:,.0f} files/s; {_sizes(server, dss)}"
        figures.append(Figure("3,000 new files: until all are loaded", seconds, "s", memory=memory, note=note))
    return figures


def partitions(server: Postgres, folder: Path) -> list[Figure]:
    """10,000 partitions of one dataset among 50,000 known files: looks, a run over one new file, and the UI's query."""
    with _service(server, folder, "partitions") as (definitions, instance, dss):
        _put_files(folder, 10_000)
        with psycopg.connect(server.url(dss), autocommit=True) as connection:
            sources = ["org.trees", *(f"org.other_{number}" for number in range(4))]
            connection.execute(_KNOWN, {"sources": sources, "files": 10_000})
            connection.execute("ANALYZE")
        _, took = _look(definitions, instance)
        figures = [_looked("10,000 partitions, all changed: the sensor", took)]
        _change(server, dss, "UPDATE operations.datafile_registry SET state = 'processed' WHERE state = 'due'")
        _change(server, dss, "UPDATE operations.source_listing SET listed_at = NULL")
        _, took = _look(definitions, instance)
        figures.append(_looked("10,000 partitions, nothing new: the sensor", took))
        (folder / "storage/datasets/org/trees/trees_20240101.csv").write_text("name,kind\noak,a\n")
        _change(server, dss, "UPDATE operations.source_listing SET listed_at = NULL")
        requests, took = _look(definitions, instance)
        figures.append(_looked("10,000 partitions, one new file: the sensor", took))
        started = time.perf_counter()
        memory = _run(definitions, instance, requests)
        seconds = time.perf_counter() - started
        figures.append(Figure("10,000 partitions, one new file: its run", seconds, "s", memory=memory))
        _change(server, f"{dss}_dagster", _HISTORY)
        started = time.perf_counter()
        found = instance.get_status_by_partition(
            AssetKey(["org", "trees", "L1"]),
            instance.get_dynamic_partitions("org.trees"),
            DynamicPartitionsDefinition(name="org.trees"),
        )
        assert found
        assert len(found) == 10_001
        seconds = time.perf_counter() - started
        note = _sizes(server, dss)
        figures.append(Figure("10,000 partitions: what the asset's page asks for", seconds, "s", note=note))
    return figures


@contextmanager
def _service(server: Postgres, folder: Path, name: str) -> Iterator[tuple[Definitions, DagsterInstance, str]]:
    """The dataset's definitions, an instance, and the name of the service's database; all gone afterwards."""
    dss, dagster = f"many_{name}", f"many_{name}_dagster"
    for database in (dss, dagster):
        server.create_database(database)
    migrate(server.url(dss))
    home = folder / f"home_{name}"
    home.mkdir()
    (home / "dagster.yaml").write_text((REPOSITORY / "dagster.yaml").read_text())
    os.environ["DSS_DAGSTER_DATABASE_URL"] = server.url(dagster, "postgresql+psycopg2")
    settings = AssetsSettings.model_construct(
        dss_database_url=server.url(dss),
        s3_bucket_url=(folder / "storage").as_uri(),
        dss_source_interval_seconds=None,
        dss_web_url="http://web",
    )
    try:
        with DagsterInstance.from_config(str(home)) as instance:
            yield build_definitions([TREES], Service(settings)), instance, dss
    finally:
        for database in (dss, dagster):
            server.drop_database(database)


def _looked(what: str, took: Took) -> Figure:
    return Figure(what, took.seconds, "s", at_most=SENSOR_SECONDS, note=f"{took.cpu:.2f} s of CPU, without Postgres")


def _put_files(folder: Path, files: int) -> None:
    place = folder / "storage/datasets/org/trees"
    place.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        day = date(1990, 1, 2) + timedelta(days=number)
        (place / f"trees_{day:%Y%m%d}.csv").write_text(f"name,kind\noak {number},a\nash {number},b\n")


def _look(definitions: Definitions, instance: DagsterInstance) -> tuple[list[RunRequest], Took]:
    """The runs that are asked for, and how long the two sensors look: that of the source, and that of due files."""
    repository = definitions.get_repository_def()
    started, cpu = time.perf_counter(), time.process_time()
    with build_sensor_context(instance=instance, repository_def=repository) as context:
        repository.get_sensor_def("org__trees__files")(context)
        found = repository.get_sensor_def("files__due")(context)
    took = Took(time.perf_counter() - started, time.process_time() - cpu)
    return (list(found.run_requests or []) if isinstance(found, SensorResult) else []), took


def _run(definitions: Definitions, instance: DagsterInstance, requests: list[RunRequest]) -> float:
    """Execute runs in this process; its peak of memory in MiB above that before."""
    before = start_counting()
    for request in requests:
        job = definitions.resolve_job_def(request.job_name or "")
        done = job.execute_in_process(instance=instance, tags=request.tags, raise_on_error=False)
        assert done.success, "a run failed: its log says why"
    return peak() - before


def _change(server: Postgres, database: str, statement: LiteralString) -> None:
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        connection.execute(statement)


def _sizes(server: Postgres, dss: str) -> str:
    with psycopg.connect(server.url(dss)) as connection:
        (registry,) = connection.execute(
            "SELECT pg_total_relation_size('operations.datafile_registry') / 2^20"
        ).fetchone() or (0,)
    with psycopg.connect(server.url(f"{dss}_dagster")) as connection:
        events, history = connection.execute(
            "SELECT count(*), pg_total_relation_size('event_logs') / 2^20 FROM event_logs"
        ).fetchone() or (0, 0)
    return f"registry {registry:,.0f} MiB, Dagster's history {history:,.0f} MiB in {events:,} events"

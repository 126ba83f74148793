"""Many files of one dataset at once: how Dagster's events are written, and how many files a run has."""

from datetime import timedelta

import psycopg
import pytest
import sqlalchemy
from dagster import AssetKey, DagsterInstance, Definitions, RunRequest, SensorResult, build_sensor_context

from dss_assets.assets import batch, build_definitions, run_requests
from dss_assets.assets.event_log import BatchedEventLog
from dss_assets.assets.pooled import shared_engine
from dss_assets.dataset import Column, Dataset, Delimited, Incremental, Rowwise, StorageFolder
from dss_assets.resources import AssetsSettings, Service
from dss_assets.storage import Storage
from dss_web.shared.liveness import watched_url

COLUMNS = (Column("name"),)
TREES = Dataset(
    "org",
    "trees",
    source=StorageFolder(name=r"trees_\d+\.csv", every=timedelta(minutes=1)),
    format=Delimited(),
    loading=Incremental(),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS),
)
PARTS = ("file", "L0", "L1", "registry")
FILES = [f"trees_{number}.csv" for number in range(4)]


@pytest.fixture
def definitions(database_url: str, storage_url: str, storage: Storage) -> Definitions:
    """The dataset, with all of its files in the folder."""
    for name in FILES:
        storage.put(storage.dataset_path("org", "trees", name), [f"name\noak of {name}\n".encode()])
    settings = AssetsSettings.model_construct(
        dss_database_url=database_url,
        s3_bucket_url=storage_url,
        dss_source_interval_seconds=1,
        dss_web_url="http://web",
    )
    return build_definitions([TREES], Service(settings))


def look(definitions: Definitions, instance: DagsterInstance) -> list[RunRequest]:
    """The runs that are asked for once the source has been listed."""
    repository = definitions.get_repository_def()
    with build_sensor_context(instance=instance, repository_def=repository) as context:
        repository.get_sensor_def("org__trees__files")(context)
        found = repository.get_sensor_def("files__due")(context)
    return list(found.run_requests or []) if isinstance(found, SensorResult) else []


def run(definitions: Definitions, instance: DagsterInstance, request: RunRequest) -> None:
    job = definitions.resolve_job_def(request.job_name or "")
    assert job.execute_in_process(instance=instance, tags=request.tags).success


def test_the_events_of_many_files_are_written_together(
    definitions: Definitions, instance: DagsterInstance, dagster_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "WRITE_SECONDS", 60)
    assert isinstance(instance.event_log_storage, BatchedEventLog)
    (request,) = look(definitions, instance)
    run(definitions, instance, request)

    with psycopg.connect(dagster_url) as connection:
        written = connection.execute(
            "SELECT dagster_event_type, count(*), count(DISTINCT xmin::text) FROM event_logs"
            " WHERE dagster_event_type LIKE 'ASSET_MATERIALIZATION%' GROUP BY 1 ORDER BY 1"
        ).fetchall()
    events = len(PARTS) * len(FILES)
    assert written == [
        ("ASSET_MATERIALIZATION", events, 1),
        ("ASSET_MATERIALIZATION_PLANNED", events, 1),
    ], "one statement for all of each kind"
    for part in PARTS:
        key = AssetKey(["org", "trees", part])
        assert instance.get_materialized_partitions(key) == set(FILES)
        last = instance.get_latest_materialization_event(key)
        assert last
        assert last.asset_materialization
        assert last.asset_materialization.partition == FILES[-1], "each asset shows the last of its own events"


def test_files_that_are_too_many_for_one_run_have_their_turn_in_the_next_one(
    definitions: Definitions, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_requests, "MOST_FILES", 3)
    key = AssetKey(["org", "trees", "registry"])

    (request,) = look(definitions, instance)
    run(definitions, instance, request)
    assert instance.get_materialized_partitions(key) == set(FILES[:3])

    (request,) = look(definitions, instance)
    run(definitions, instance, request)
    assert instance.get_materialized_partitions(key) == set(FILES)
    assert look(definitions, instance) == []


def test_looks_share_a_connection_to_dagsters_database_and_ask_once_for_its_tables(
    instance: DagsterInstance, dagster_url: str
) -> None:
    """Each look of a sensor makes an instance of its own."""
    ref, statements = instance.get_ref(), list[str]()

    def look() -> None:
        with DagsterInstance.from_ref(ref) as one:
            one.get_run_records(limit=1)
            one.all_instigator_state()
            one.get_dynamic_partitions("org.trees")

    def sessions() -> int:
        """How many were ever opened."""
        with psycopg.connect(dagster_url, autocommit=True) as connection:
            connection.execute("SELECT pg_stat_force_next_flush()")
            row = connection.execute("SELECT sessions FROM pg_stat_database WHERE datname = current_database()")
            return int((row.fetchone() or [0])[0])

    def note(*execution: object) -> None:
        statements.append(str(execution[2]))

    look()
    before = sessions()
    engine = shared_engine(watched_url(dagster_url.replace("postgresql:", "postgresql+psycopg2:")))
    sqlalchemy.event.listen(engine, "before_cursor_execute", note)
    for _ in range(5):
        look()
    assert sessions() - before <= 1, "none but that of the question itself"
    assert len(statements) >= 15
    assert not [statement for statement in statements if "pg_catalog" in statement]

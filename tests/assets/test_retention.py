"""What has been kept long enough is removed, and what Dagster shows of partitions stays as it was."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from dagster import (
    AssetCheckKey,
    AssetKey,
    AssetRecordsFilter,
    DagsterInstance,
    Definitions,
    DynamicPartitionsDefinition,
    RunsFilter,
)

from dss_assets.assets import build_definitions
from dss_assets.assets.history import thin_out
from dss_assets.assets.retention import JOB
from dss_assets.database import Connection
from dss_assets.dataset import Column, Dataset, Delimited, Incremental, Rowwise, StorageFolder
from dss_assets.resources import AssetsSettings, Service
from dss_assets.storage import Storage

COLUMNS = (Column("name"),)
TREES = Dataset(
    "org",
    "trees",
    source=StorageFolder(name=r"trees_\w+\.csv", every=timedelta(minutes=1)),
    format=Delimited(),
    loading=Incremental(),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS),
)
PARTS = ("file", "L0", "L1", "registry", "dataflow")
PARTITIONS = DynamicPartitionsDefinition(name="org.trees")
GOOD, BAD, LATE = "trees_good.csv", "trees_bad.csv", "trees_late.csv"


@pytest.fixture
def settings(database_url: str, storage_url: str) -> AssetsSettings:
    return AssetsSettings.model_construct(
        dss_database_url=database_url, s3_bucket_url=storage_url, dss_web_url="http://web"
    )


@pytest.fixture
def definitions(settings: AssetsSettings) -> Definitions:
    return build_definitions([TREES], Service(settings))


@pytest.fixture
def load(definitions: Definitions, instance: DagsterInstance, storage: Storage) -> Callable[[str, bytes], str]:
    """Put a file into the storage and materialise its partition in a run of its own: the id of the run."""

    def load(name: str, content: bytes) -> str:
        storage.put(storage.dataset_path("org", "trees", name), [content])
        instance.add_dynamic_partitions("org.trees", [name])
        job = definitions.resolve_job_def("load_org__trees")
        return job.execute_in_process(instance=instance, partition_key=name, raise_on_error=False).run_id

    return load


def age(dagster_url: str) -> None:
    """Let everything that is there have happened long ago."""
    with psycopg.connect(dagster_url, autocommit=True) as connection:
        for table, column in (
            ("event_logs", "timestamp"),
            ("runs", "update_timestamp"),
            ("asset_check_executions", "evaluation_event_timestamp"),
            ("job_ticks", "timestamp"),
        ):
            statement = f"UPDATE {table} SET {column} = {column} - interval '1000 days'"
            connection.execute(statement.encode())


def looks(instance: DagsterInstance) -> dict[str, object]:
    """What the UI shows of the dataset: each partition's state, its last event and check results; computed anew."""
    shown: dict[str, object] = {}
    for part in PARTS:
        key = AssetKey(["org", "trees", part])
        instance.event_log_storage.wipe_asset_cached_status(key)
        partitions = instance.get_dynamic_partitions("org.trees")
        shown[part] = instance.get_status_by_partition(key, partitions, PARTITIONS)
        shown[f"{part} last"] = instance.get_latest_materialization_event(key)
        for name in partitions:
            wanted = AssetRecordsFilter(asset_key=key, asset_partitions=[name])
            shown[f"{part} {name}"] = [
                one.storage_id for one in instance.fetch_materializations(wanted, limit=1).records
            ]
    storage = instance.event_log_storage
    keys = [
        AssetCheckKey(AssetKey(["org", "trees", "L0"]), name)
        for name in ("has_rows", "is_loaded", "header_as_declared")
    ]
    shown["checks"] = storage.get_latest_asset_check_execution_by_key(keys)
    return shown


def count(dagster_url: str, table: str) -> int:
    with psycopg.connect(dagster_url) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    return int((row or [0])[0])


def test_partitions_look_the_same_after_their_history_is_thinned_out(
    load: Callable[[str, bytes], str], instance: DagsterInstance, dagster_url: str, tmp_path: Path
) -> None:
    first = load(GOOD, b"name\noak\n")
    failed_before = load(LATE, b"nothing\noak\n")
    load(LATE, b"name\noak\n")
    loaded_before = load(BAD, b"name\nbeech\n")
    bad = load(BAD, b"nothing\noak\n")
    again = [load(GOOD, f"name\noak {number}\n".encode()) for number in range(3)]
    before, events = looks(instance), count(dagster_url, "event_logs")
    assert before["checks"]
    states = before["L1"]
    assert isinstance(states, dict)
    assert {name: str(state.value) for name, state in states.items()} == {
        GOOD: "MATERIALIZED",
        LATE: "MATERIALIZED",
        BAD: "FAILED",
    }
    age(dagster_url)

    removed = thin_out(instance, datetime.now(UTC) - timedelta(days=90))

    assert looks(instance) == before
    assert count(dagster_url, "event_logs") == events - removed["Dagster events"].count
    assert removed["Dagster events"].count > events / 2
    assert removed["Dagster events"].size
    gone = {first, failed_before, *again[:2]}
    assert {one for one in gone if instance.has_run(one)} == set()
    for run_id in (loaded_before, bad, again[2]):
        run = instance.get_run_by_id(run_id)
        assert run, "a run by which something is told stays"
        assert instance.get_run_stats(run_id).end_time
    assert removed["Dagster runs"].count == len(gone)
    assert list((tmp_path / "storage").glob("*/compute_logs")) == [], "the logs of steps are gone"
    assert removed["logs of steps"].count >= len(gone)

    assert thin_out(instance, datetime.now(UTC) - timedelta(days=90))["Dagster events"].count == 0
    # A partition that is loaded after that counts as before.
    load(BAD, b"name\noak\n")
    states = looks(instance)["L1"]
    assert isinstance(states, dict)
    assert states[BAD].value == "MATERIALIZED"


def test_what_is_young_stays(load: Callable[[str, bytes], str], instance: DagsterInstance, dagster_url: str) -> None:
    for number in range(2):
        load(GOOD, f"name\noak {number}\n".encode())
    age(dagster_url)
    load(GOOD, b"name\nash\n")
    young = load(GOOD, b"name\nbeech\n")
    events = len(instance.all_logs(young))

    thin_out(instance, datetime.now(UTC) - timedelta(days=90))

    assert len(instance.get_run_ids(RunsFilter())) == 2
    assert len(instance.all_logs(young)) == events


def ended_things(connection: Connection, storage: Storage) -> None:
    """Something old and something young of each kind."""
    for name, days in (("old", 400), ("young", 0)):
        when = datetime.now(UTC) - timedelta(days=days)
        soon = when + timedelta(hours=1)
        connection.execute("INSERT INTO django_session VALUES (%s, '', %s)", [name, soon])
        connection.execute("INSERT INTO operations.hawk_nonce VALUES ('me', %s, 1, %s)", [name, soon])
        connection.execute(
            "INSERT INTO operations.table_export (id, client_id, schema_name, table_name, format, columns, target,"
            " state, reason, rows, bytes, sha256, checkpoints, started_at)"
            " VALUES (gen_random_uuid(), 'me', 's', 't', 'csv', '{}', '', 'complete', '', 0, 0, '', '[]', %s)",
            [when],
        )
        connection.execute(
            "INSERT INTO operations.upload_letter (event_id, noticed_at, settled_at) VALUES (%s, %s, %s)",
            [days, when, when],
        )
        connection.execute(
            "INSERT INTO operations.dataflow_run (schema_name, table_name, state, requested_at, finished_at)"
            " VALUES ('org.trees', 'L1', 'failed', %s, %s)",
            [when, when],
        )
        for folder in ("incoming", "superseded"):
            storage.put(f"{folder}/org/trees/{name}.csv", [b"name\n"])
            path = Path(urlsplit(storage.url).path) / folder / "org/trees" / f"{name}.csv"
            os.utime(path, (when.timestamp(), when.timestamp()))


def run_retention(settings: AssetsSettings, instance: DagsterInstance) -> dict[str, int]:
    """How much the job says it has removed of each kind."""
    definitions = build_definitions([TREES], Service(settings))
    done = definitions.resolve_job_def(JOB).execute_in_process(instance=instance)
    (made,) = done.asset_materializations_for_node("retention")
    return {name: one.value for name, one in made.metadata.items() if isinstance(one.value, int)}


def test_what_is_old_goes_and_files_as_they_came_stay_unless_a_setting_says_otherwise(
    settings: AssetsSettings, instance: DagsterInstance, connection: Connection, storage: Storage
) -> None:
    ended_things(connection, storage)

    removed = run_retention(settings, instance)

    ended = {"sessions", "nonces", "receipts of exports", "letters", "data-flow runs", "files on their way"}
    assert {name: removed[name] for name in ended} == dict.fromkeys(ended, 1)
    assert removed["superseded files"] == 0
    assert [file.name for file in storage.list_folder("superseded/org/trees")] == ["old.csv", "young.csv"]
    assert (
        run_retention(settings.model_copy(update={"dss_superseded_file_retention_days": 30}), instance)[
            "superseded files"
        ]
        == 1
    )
    assert [file.name for file in storage.list_folder("superseded/org/trees")] == ["young.csv"]


def test_a_data_flow_run_that_the_registry_refers_to_stays(
    settings: AssetsSettings, instance: DagsterInstance, connection: Connection, storage: Storage
) -> None:
    ended_things(connection, storage)
    connection.execute(
        "INSERT INTO operations.datafile_registry (source, file_name, state, dataflow_run_id, created_timestamp,"
        " updated_timestamp) SELECT 'org.trees', 'a.csv', 'processed', min(id), now(), now()"
        " FROM operations.dataflow_run"
    )

    assert run_retention(settings, instance)["data-flow runs"] == 0


def upload(connection: Connection, state: str, days: int, name: str = "budget") -> str:
    """A version that came so many days ago, which the trail has seen on that day only."""
    row = connection.execute(
        "WITH pipeline AS (INSERT INTO pipeline (organisation, dataset, slug) VALUES ('finance', %(name)s, %(name)s)"
        " ON CONFLICT (organisation, dataset) DO UPDATE SET slug = excluded.slug RETURNING id)"
        " INSERT INTO pipeline_data_file (id, pipeline_id, data_file_url, original_name, uploaded_by, encoding,"
        " delimiter, quote, uploaded_at, state)"
        " SELECT gen_random_uuid(), id, '', 'a.csv', 'me', 'UTF-8', ',', '', now() - %(days)s * interval '1 day',"
        " %(state)s FROM pipeline"
        " RETURNING id::text",
        {"name": name, "days": days, "state": state},
    ).fetchone()
    assert row
    with connection.transaction():
        # What happened is not changed afterwards, but here it has to have happened long ago.
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "UPDATE operations.upload_event SET happened_at = now() - %s * interval '1 day' WHERE version::text = %s",
            [days, row[0]],
        )
    return str(row[0])


def test_what_nobody_confirms_is_cancelled_and_deleted_only_by_a_setting(
    settings: AssetsSettings, instance: DagsterInstance, connection: Connection
) -> None:
    old = upload(connection, "uploaded", 40)
    young = upload(connection, "uploaded", 5)

    def states() -> dict[str, str]:
        return dict(connection.execute("SELECT id::text, state FROM pipeline_data_file").fetchall())

    assert run_retention(settings, instance)["unconfirmed uploads"] == 1
    assert states() == {old: "cancelled", young: "uploaded"}
    assert connection.execute(
        "SELECT action, person FROM operations.upload_event WHERE after ->> 'state' = 'cancelled'"
    ).fetchall() == [("cancelled by retention", "")]

    shorter = settings.model_copy(update={"dss_unloaded_upload_retention_days": 30})
    assert run_retention(shorter, instance)["unloaded uploads"] == 0, "it was touched only just now"
    very_old = upload(connection, "failed", 50)
    assert run_retention(shorter, instance)["unloaded uploads"] == 1
    asked = connection.execute("SELECT version::text, requested_by FROM operations.deletion").fetchall()
    assert asked == [(very_old, "retention")]
    assert run_retention(shorter, instance)["unloaded uploads"] == 0, "it is asked for once"


def test_a_version_that_is_being_checked_again_has_its_whole_time(
    settings: AssetsSettings, instance: DagsterInstance, connection: Connection
) -> None:
    version = upload(connection, "failed", 400)
    connection.execute("UPDATE pipeline_data_file SET state = 'uploaded' WHERE id::text = %s", [version])

    assert run_retention(settings, instance)["unconfirmed uploads"] == 0


def test_a_kind_that_fails_keeps_no_other_from_its_end(
    settings: AssetsSettings, instance: DagsterInstance, connection: Connection, storage: Storage
) -> None:
    ended_things(connection, storage)
    connection.execute("ALTER TABLE operations.hawk_nonce RENAME TO elsewhere")
    definitions = build_definitions([TREES], Service(settings))

    done = definitions.resolve_job_def(JOB).execute_in_process(instance=instance, raise_on_error=False)

    assert not done.success
    failure = done.failure_data_for_node("retention")
    assert failure
    assert failure.error
    assert "nonces: relation" in str(failure.error)
    left = connection.execute(
        "SELECT (SELECT count(*) FROM django_session), (SELECT count(*) FROM operations.upload_letter)"
    ).fetchone()
    assert left == (1, 1)


def test_it_is_done_every_night(definitions: Definitions) -> None:
    schedule = definitions.get_repository_def().get_schedule_def("retention__nightly")

    assert schedule.default_status.value == "RUNNING"
    assert schedule.job_name == JOB

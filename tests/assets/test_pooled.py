"""The connections that Dagster's storages and our sensors keep open at rest."""

import time

import psycopg
import pytest
from dagster import DagsterInstance
from dagster._core.definitions.run_request import InstigatorType  # neither it nor looks have a public name
from dagster._core.scheduler.instigation import TickData, TickStatus

from dss_assets.assets import pooled
from dss_assets.database import Database
from dss_assets.errors import TransientError

END_OTHERS = """
    SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
DAY = 24 * 60 * 60


def end_others(url: str) -> int:
    """End all connections to a database, as a Postgres that starts again does; how many there were."""
    with psycopg.connect(url) as connection:
        (count,) = connection.execute(END_OTHERS).fetchone() or (0,)
        return int(count)


def test_a_connection_that_postgres_has_ended_is_replaced_and_nobody_is_told(
    instance: DagsterInstance, dagster_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    instance.get_runs_count()
    assert end_others(dagster_url)

    assert instance.get_runs_count() == 0
    assert instance.get_daemon_heartbeats() == {}
    assert not caplog.records


def tick(instance: DagsterInstance, age: float) -> None:
    data = TickData("origin", "trees", InstigatorType.SENSOR, TickStatus.SKIPPED, time.time() - age, selector_id="one")
    instance.create_tick(data)


def test_old_looks_of_a_sensor_are_deleted_once_an_hour(
    instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def purge() -> int:
        tick(instance, 2 * DAY)
        instance.purge_ticks("origin", "one", time.time() - DAY, [TickStatus.SKIPPED])
        return len(instance.get_ticks("origin", "one"))

    monkeypatch.setattr(pooled.PooledScheduleStorage, "_purged_at", {})
    assert purge() == 0
    assert purge() == 1, "not at each look"

    monkeypatch.setattr(pooled, "PURGE_SECONDS", 0)
    assert purge() == 0


@pytest.fixture
def database(database_url: str) -> Database:
    return Database(database_url)


def session(database: Database, purpose: str = "sensor trees") -> tuple[int, str]:
    """The server process that a look works with, and what Postgres shows of it."""
    with database.look(purpose) as connection:
        (shown,) = connection.execute("SHOW application_name").fetchone() or ("",)
        return connection.info.backend_pid, shown


def test_looks_share_a_connection_under_names_of_their_own(database: Database) -> None:
    pid, shown = session(database, "sensor trees")
    assert shown == "dss sensor trees"
    assert session(database, "sensor hedges") == (pid, "dss sensor hedges")


def test_looks_at_the_same_time_have_connections_of_their_own(database: Database) -> None:
    with database.look("sensor trees") as one, database.look("sensor hedges") as other:
        assert one.info.backend_pid != other.info.backend_pid


def test_a_look_meets_none_of_the_connections_that_postgres_has_ended(database: Database, database_url: str) -> None:
    pid, _ = session(database)
    assert end_others(database_url) == 1
    assert session(database)[0] != pid


def test_a_look_that_fails_leaves_no_connection_behind(database: Database, database_url: str) -> None:
    with pytest.raises(TransientError), database.look("sensor trees"):
        raise TransientError("the publisher does not answer")
    with database.look("sensor trees") as connection:
        connection.execute("BEGIN")
    assert end_others(database_url) == 0

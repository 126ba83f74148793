"""A worker knows whether it has returned to a service in which everything had stood still."""

import pytest

from dss_assets.database import Connection
from dss_web.registry.problems import stood_still
from dss_web.shared.contract import DAGSTER_DAEMON, WORKER
from dss_web.worker.heartbeat import beat


def last_seen(connection: Connection, **minutes_ago: float) -> None:
    """When the worker and the daemon gave their last signs of life."""
    for process, minutes in minutes_ago.items():
        connection.execute(
            "INSERT INTO operations.daemon_heartbeat (daemon, beat_at) VALUES (%s, now() - make_interval(secs => %s))",
            [{"worker": WORKER, "daemon": DAGSTER_DAEMON}[process], minutes * 60],
        )


def let_pass(connection: Connection, minutes: float) -> None:
    connection.execute(
        "UPDATE operations.daemon_heartbeat SET beat_at = beat_at - make_interval(secs => %(seconds)s),"
        " returned_at = returned_at - make_interval(secs => %(seconds)s)",
        {"seconds": minutes * 60},
    )


@pytest.mark.parametrize(
    ("worker", "daemon", "has_returned"),
    [
        pytest.param(60, 60, True, id="everything was stopped"),
        pytest.param(60, 62, True, id="everything was stopped, the daemon first"),
        pytest.param(60, 30, True, id="everything was stopped, the daemon last"),
        pytest.param(60, 70, False, id="the daemon was dead before the worker stopped"),
        pytest.param(0.5, 2, False, id="the worker alone was restarted"),
        pytest.param(0.2, 60, False, id="the worker was there all the time"),
    ],
)
def test_a_worker_has_returned_if_it_was_away_and_the_daemon_lived_when_it_last_looked(
    connection: Connection, worker: float, daemon: float, has_returned: bool
) -> None:
    last_seen(connection, worker=worker, daemon=daemon)
    beat(connection)
    assert stood_still(connection) is has_returned


def test_where_no_worker_ever_looked_the_first_one_has_returned(connection: Connection) -> None:
    last_seen(connection, daemon=60)
    beat(connection)
    assert stood_still(connection)


def test_a_return_counts_for_minutes(connection: Connection) -> None:
    last_seen(connection, worker=60, daemon=60)
    beat(connection)
    for _ in range(10):
        let_pass(connection, 0.25)
        beat(connection)
    assert stood_still(connection)
    let_pass(connection, 0.75)
    beat(connection)
    assert not stood_still(connection)


@pytest.mark.parametrize("minutes", [0.5, 1.5, 5])
def test_a_worker_that_restarts_again_and_again_hides_no_dead_daemon(connection: Connection, minutes: float) -> None:
    last_seen(connection, worker=60, daemon=60)
    beat(connection)
    passed = 0.0
    while stood_still(connection):
        let_pass(connection, minutes)
        passed += minutes
        beat(connection)
    assert passed <= 7

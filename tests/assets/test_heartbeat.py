"""The daemon's sign of life reaches the place where the web half looks for it."""

import time
from pathlib import Path

from dagster import DagsterInstance
from dagster._daemon.types import DaemonHeartbeat  # what the daemon itself writes has no public name

from dss_assets.assets.heartbeat import keep, oldest_heartbeat
from dss_assets.database import Connection

ROWS = "SELECT daemon, extract(epoch FROM beat_at)::int FROM operations.daemon_heartbeat"


def beat(instance: DagsterInstance, kind: str, stamp: int) -> None:
    instance.add_daemon_heartbeat(DaemonHeartbeat(float(stamp), kind, "one"))


def test_the_most_silent_part_of_the_daemon_counts(connection: Connection, tmp_path: Path) -> None:
    now = int(time.time())
    with DagsterInstance.local_temp(str(tmp_path)) as instance:
        silent, *others = sorted(instance.get_required_daemon_types())
        for kind in others:
            beat(instance, kind, now)
        assert oldest_heartbeat(instance) is None, "one part has never given a sign of life"

        for stamp in (now - 50, now - 20):
            beat(instance, silent, stamp)
            beat_at = oldest_heartbeat(instance)
            assert beat_at is not None
            keep(connection, beat_at)
            assert connection.execute(ROWS).fetchall() == [("dagster-daemon", stamp)]

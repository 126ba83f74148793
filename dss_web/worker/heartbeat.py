"""The worker's sign of life, and the moment of its return after everything had stood still."""

from datetime import timedelta
from typing import Any, Final

import psycopg
from psycopg import sql

from dss_web.registry.problems import SILENT_AFTER
from dss_web.shared.contract import DAEMON_HEARTBEAT, DAGSTER_DAEMON, WORKER

# Four beats: no worker was there meanwhile, or no database.
_ABSENT_AFTER: Final = timedelta(minutes=1)

# One row for all workers: what is watched is whether there is any. It returns only if the daemon still lived when a
# worker last looked: one that restarts again and again would otherwise excuse a dead daemon each time.
_BEAT: Final = sql.SQL("""
    INSERT INTO {heartbeats} AS own (daemon, beat_at, returned_at) VALUES (%(worker)s, now(), now())
    ON CONFLICT (daemon) DO UPDATE SET beat_at = now(), returned_at = CASE
        WHEN own.beat_at < now() - %(absent_after)s AND NOT EXISTS (
            SELECT FROM {heartbeats} AS other WHERE other.daemon = %(daemon)s
            AND other.beat_at < own.beat_at - %(silent_after)s
        ) THEN now() ELSE own.returned_at END
""").format(heartbeats=sql.Identifier(*DAEMON_HEARTBEAT))


def beat(connection: psycopg.Connection[Any]) -> None:
    """Write down that a worker lives."""
    connection.execute(
        _BEAT,
        {
            "worker": WORKER,
            "daemon": DAGSTER_DAEMON,
            "absent_after": _ABSENT_AFTER,
            "silent_after": SILENT_AFTER,
        },
    )

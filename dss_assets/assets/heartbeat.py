"""The Dagster daemon's sign of life, written down where the web half can see it."""

from datetime import UTC, datetime
from typing import Final

from dagster import DagsterInstance, DefaultSensorStatus, SensorDefinition, SensorEvaluationContext, SkipReason, sensor
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.resources import Service
from dss_web.shared.contract import DAEMON_HEARTBEAT, DAGSTER_DAEMON

# The daemon's own heartbeats come every 30 s.
EVERY_SECONDS: Final = 15

_KEEP: Final = sql.SQL("""
    INSERT INTO {} (daemon, beat_at) VALUES (%s, %s)
    ON CONFLICT (daemon) DO UPDATE SET beat_at = excluded.beat_at
""").format(sql.Identifier(*DAEMON_HEARTBEAT))


def heartbeat_sensor(service: Service) -> SensorDefinition:
    """Copy the daemon's last heartbeat to `operations.daemon_heartbeat`, from where `/readiness/` has its age."""

    @sensor(
        name="daemon__heartbeat",
        description="Copies the daemon's heartbeat to where the web app looks for it. Starts nothing.",
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
    )
    def keep_heartbeat(context: SensorEvaluationContext) -> SkipReason:
        beat_at = oldest_heartbeat(context.instance)
        if beat_at is None:
            return SkipReason("Not every part of the daemon has given a sign of life yet.")
        with service.database.look("sensor heartbeat") as connection:
            keep(connection, beat_at)
        return SkipReason(f"The daemon's heartbeat of {beat_at:%H:%M:%S} UTC is written down.")

    return keep_heartbeat


def oldest_heartbeat(instance: DagsterInstance) -> datetime | None:
    """When the daemon's most silent part gave its last sign of life; None while one has never given any."""
    heartbeats = instance.get_daemon_heartbeats()
    beats = [heartbeats.get(kind) for kind in instance.get_required_daemon_types()]
    stamps = [beat.timestamp for beat in beats if beat]
    if not stamps or len(stamps) < len(beats):
        return None
    return datetime.fromtimestamp(min(stamps), UTC)


def keep(connection: Connection, beat_at: datetime) -> None:
    """Write a heartbeat down, in the place of the one before."""
    connection.execute(_KEEP, [DAGSTER_DAEMON, beat_at])

"""What of Dagster's history ends, and when: its events, its runs with the logs of their steps, and looks of sensors.

Dagster's `delete_run` deletes a run's materialisations too, and the partitions that it made count as missing from then
on. So the history is thinned out: of each asset and partition the last materialisation stays, with what was planned or
observed after it, and of each check its last evaluation. Their runs stay as well, without the events that only say how
they went. What is left grows with the number of files, as the registry does, and not with time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter
from sqlalchemy import Connection, text

from dss_assets.assets.event_log import BatchedEventLog
from dss_assets.assets.pooled import PooledScheduleStorage
from dss_assets.retention import Removed

# A statement over so many events takes some 50 ms, during which it holds no lock that another process waits for.
_BATCH: Final = 5_000
# Until Postgres has cleared them away by itself, the UI would step over so many dead entries of an index: its look at
# all assets took twice as long after 400,000 events had gone.
_VACUUMED: Final = 10_000
_ENDED: Final = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
# What the page of a run that stays shows: when it and its step began and ended, and why it failed.
_OUTLINE: Final = frozenset({"STEP_START", "STEP_SUCCESS", "STEP_FAILURE"})
_OUTLINE_PREFIX: Final = "PIPELINE_"
_LOGS: Final = "LOGS_CAPTURED"

# By these events Dagster tells the state of a partition (`partition_status_cache.py` of Dagster 1.13): materialised, or
# failed if something was planned after that and the run failed. Observations have our reasons. Relies on the index by
# asset, type and partition.
_TELLING: Final = text("""
    WITH of_partition AS (
        SELECT max(id) FILTER (WHERE dagster_event_type = 'ASSET_MATERIALIZATION') AS made,
            max(id) FILTER (WHERE dagster_event_type = 'ASSET_MATERIALIZATION_PLANNED') AS planned,
            max(id) FILTER (WHERE dagster_event_type = 'ASSET_OBSERVATION') AS seen
        FROM event_logs
        WHERE asset_key IS NOT NULL AND dagster_event_type IN
            ('ASSET_MATERIALIZATION', 'ASSET_MATERIALIZATION_PLANNED', 'ASSET_OBSERVATION')
        GROUP BY asset_key, partition
    ), telling (id) AS (
        SELECT made FROM of_partition
        UNION SELECT planned FROM of_partition WHERE made IS NULL OR planned > made
        UNION SELECT seen FROM of_partition WHERE made IS NULL OR seen > made
        UNION SELECT evaluation_event_storage_id FROM asset_check_executions
    )
    SELECT event.id, event.run_id FROM telling JOIN event_logs AS event USING (id)
""")
# Dagster shows the last execution of each check; the others are its history.
_CHECKS: Final = text("""
    DELETE FROM asset_check_executions USING (
        SELECT id, row_number() OVER (PARTITION BY asset_key, check_name, partition ORDER BY id DESC) AS place
        FROM asset_check_executions
    ) AS ranked
    WHERE ranked.id = asset_check_executions.id AND place > 1
    AND coalesce(evaluation_event_timestamp, create_timestamp) < :before
""")
_EVENTS: Final = text("""
    SELECT id, run_id, dagster_event_type, octet_length(event) AS size FROM event_logs
    WHERE id > :after AND id < :end ORDER BY id LIMIT :batch
""")


@dataclass(frozen=True, slots=True)
class _Event:
    id: int
    run_id: str
    kind: str | None
    size: int


def thin_out(instance: DagsterInstance, before: datetime) -> Mapping[str, Removed]:
    """Remove what is older than `before` (aware) and tells nothing any more: how much of each kind.

    Whatever ends it, the next one goes on. Raises SQLAlchemyError where Dagster's database does not do its part, and
    TypeError where the history is not in `BatchedEventLog`.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, BatchedEventLog):
        raise TypeError(f"Dagster's events are in {type(storage).__name__}; dagster.yaml has to name BatchedEventLog.")
    utc = before.astimezone(UTC).replace(tzinfo=None)
    with storage.index_connection() as connection:
        checks = connection.execute(_CHECKS, {"before": utc}).rowcount
        telling: dict[int, str] = dict(connection.execute(_TELLING).all())
        kept_runs = set(telling.values())
        kept_runs |= {run_id for (run_id,) in connection.execute(text("SELECT run_id FROM asset_check_executions"))}
        events, logs = _remove_events(instance, connection, utc, telling.keys(), kept_runs)
        if len(events) >= _VACUUMED:
            connection.execute(text("VACUUM ANALYZE event_logs"))
        oldest = connection.execute(text("SELECT timestamp FROM event_logs ORDER BY id LIMIT 1")).scalar()
    runs = _remove_runs(instance, before, kept_runs)
    return {
        "Dagster events": Removed(len(events), sum(events), oldest.replace(tzinfo=UTC) if oldest else None),
        "Dagster check results": Removed(checks),
        "Dagster runs": Removed(runs),
        "logs of steps": Removed(logs),
        "looks of sensors and schedules": Removed(_remove_ticks(instance, utc)),
    }


def _remove_events(
    instance: DagsterInstance, connection: Connection, before: datetime, telling: Any, kept_runs: set[str]
) -> tuple[Sequence[int], int]:
    """The sizes of the events that were removed, and of how many runs the logs of steps were."""
    working = set(instance.get_run_ids(RunsFilter(statuses=[one for one in DagsterRunStatus if one not in _ENDED])))
    sizes, with_logs = list[int](), set[str]()
    for events in _in_batches(connection, _end_of(connection, before)):
        gone = [
            event
            for event in events
            if event.id not in telling
            and event.run_id not in working
            and not (event.run_id in kept_runs and _is_outline(event.kind))
        ]
        # First the logs, then the events that say that there are some: whatever happens between, they are found again.
        for run_id in {event.run_id for event in gone if event.kind == _LOGS}:
            instance.compute_log_manager.delete_logs(prefix=[run_id])
            with_logs.add(run_id)
        ids = {"ids": [event.id for event in gone]}
        connection.execute(text("DELETE FROM asset_event_tags WHERE event_id = ANY (:ids)"), ids)
        connection.execute(text("DELETE FROM event_logs WHERE id = ANY (:ids)"), ids)
        sizes += [event.size for event in gone]
    return sizes, len(with_logs)


def _is_outline(kind: str | None) -> bool:
    return kind is not None and (kind in _OUTLINE or kind.startswith(_OUTLINE_PREFIX))


def _in_batches(connection: Connection, end: int) -> Iterator[list[_Event]]:
    """All events before that of the id `end`, the oldest first."""
    after = 0
    while True:
        found = connection.execute(_EVENTS, {"after": after, "end": end, "batch": _BATCH}).all()
        if not found:
            return
        yield [_Event(*row) for row in found]
        after = found[-1][0]


def _end_of(connection: Connection, before: datetime) -> int:
    """The id of the first event that is not older than `before`. Times have no index, and grow with the ids."""
    low, high = 1, (connection.execute(text("SELECT max(id) FROM event_logs")).scalar() or 0) + 1
    is_older: Callable[[int], bool] = lambda number: bool(  # noqa: E731 one expression
        connection.execute(
            text("SELECT timestamp < :before FROM event_logs WHERE id >= :id ORDER BY id LIMIT 1"),
            {"before": before, "id": number},
        ).scalar()
    )
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if is_older(middle) else (low, middle)
    return low


def _remove_runs(instance: DagsterInstance, before: datetime, kept: set[str]) -> int:
    """Delete the runs that ended before, and by which nothing is told any more; how many there were."""
    ended = instance.get_run_ids(RunsFilter(statuses=_ENDED, updated_before=before))
    gone = [run_id for run_id in ended if run_id not in kept]
    for run_id in gone:
        instance.delete_run(run_id)
    return len(gone)


def _remove_ticks(instance: DagsterInstance, before: datetime) -> int:
    """Delete the looks of sensors and schedules. The daemon deletes most of them sooner, by dagster.yaml, but none of a
    sensor that is gone.
    """
    storage = instance.schedule_storage
    assert isinstance(storage, PooledScheduleStorage), "as dagster.yaml has it"
    with storage.connect() as connection:
        deleted = connection.execute(text("DELETE FROM job_ticks WHERE timestamp < :before"), {"before": before})
        return int(deleted.rowcount)

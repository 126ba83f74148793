"""How long a sensor waits before it asks again for runs of a dataset whose last runs failed to start.

A run that fails before its first step has loaded nothing and has put nothing into the registry, so the registry's own
retry times do not apply to it, and its files are still due. On a machine that is too busy to start a run within
Dagster's deadline, a sensor would ask again at every look, for ever, and keep the machine busy by doing so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dagster import DagsterEventType, DagsterInstance, DagsterRunStatus, RunRecord, RunsFilter

from dss_assets.assets.run_requests import FEED_TAG, NEVER_BEGAN_TAG

# The first wait is one turn of the sensor loop; it doubles with each failed start.
FIRST_WAIT = timedelta(seconds=5)
# An hour is short enough that a dataset comes back by itself on the day on which the cause has gone.
LONGEST_WAIT = timedelta(hours=1)
# Runs that one look of a sensor asked for have this tag in common. (Dagster gives the name no public constant.)
_TICK_TAG = "dagster/tick"
# 5 s doubled ten times is more than an hour, so eleven failed starts say as much as any number of them. A look asks
# for at most ten runs.
_MOST_RUNS = 11 * 10


@dataclass(frozen=True, slots=True)
class StartBackoff:
    """A feed's last runs failed to start `failed_starts` times in a row; no run is to be asked for `until` then."""

    feed_name: str
    failed_starts: int
    run_id: str
    until: datetime

    @property
    def skip_message(self) -> str:
        """What the sensor says for its SkipReason."""
        times = "once" if self.failed_starts == 1 else f"{self.failed_starts} times in a row"
        return (
            f"Runs for {self.feed_name} failed before their first step {times}. The last one was {self.run_id}, and "
            f"its log shows the reason. The next run is requested after {self.until:%Y-%m-%d %H:%M:%S} UTC."
        )


def start_backoff(instance: DagsterInstance, feed_name: str, now: datetime | None = None) -> StartBackoff | None:
    """The wait that a feed's failed starts demand at `now` (aware; the present by default), or None.

    The wait is counted from the end of the last run that failed to start. It ends with the first run that reaches a
    step, whatever becomes of that one.
    """
    failed = list(_last_failed_starts(instance, feed_name))
    if not failed:
        return None
    looks = {record.dagster_run.tags.get(_TICK_TAG, record.dagster_run.run_id) for record in failed}
    wait = min(FIRST_WAIT * 2 ** (len(looks) - 1), LONGEST_WAIT)
    last = max(failed, key=_ended_at)
    until = _ended_at(last) + wait
    if until <= (now or datetime.now(UTC)):
        return None
    return StartBackoff(feed_name, len(looks), last.dagster_run.run_id, until)


def _last_failed_starts(instance: DagsterInstance, feed_name: str) -> Iterator[RunRecord]:
    """The feed's runs that failed to start since one reached a step, the newest first."""
    ended = RunsFilter(statuses=[DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE], tags={FEED_TAG: feed_name})
    for record in instance.get_run_records(ended, limit=_MOST_RUNS):
        if record.dagster_run.status == DagsterRunStatus.SUCCESS or _reached_a_step(instance, record):
            return
        yield record


def _reached_a_step(instance: DagsterInstance, record: RunRecord) -> bool:
    if NEVER_BEGAN_TAG in record.dagster_run.tags:
        return False
    started = instance.get_records_for_run(
        record.dagster_run.run_id, of_type=DagsterEventType.STEP_START, limit=1
    ).records
    return bool(started)


def _ended_at(record: RunRecord) -> datetime:
    if record.end_time is not None:
        return datetime.fromtimestamp(record.end_time, UTC)
    return record.update_timestamp.replace(tzinfo=UTC)

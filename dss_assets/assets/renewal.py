"""Tables that a release before has made are renewed by a run, which a sensor asks for once the code has been loaded."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    Failure,
    JobDefinition,
    OpExecutionContext,
    ResourceParam,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    job,
    op,
    sensor,
)

from dss_assets.assets.intervals import interval
from dss_assets.assets.run_requests import datasets_in_work, feed_tags
from dss_assets.database import run_lock
from dss_assets.dataset import Dataset
from dss_assets.errors import IngestionError
from dss_assets.renewal import outdated, renew
from dss_assets.resources import Service

JOB: Final = "renew_tables"
# Nobody waits for it. Once all tables are of this release, a look costs no statement.
EVERY_SECONDS: Final = 60
# A table that could not be renewed is tried again as often as whatever else fails for long.
PAUSE: Final = timedelta(hours=1)
_DESCRIPTION: Final = (
    "Gives tables that a release before has made bigint ids and a noted version, one after the other, the smallest "
    "first. Readers read on, and loads of a dataset wait for its table alone. A run that ended can be launched again."
)


def renewal_job(datasets: Sequence[Dataset]) -> JobDefinition:
    """Renew what there is to renew, table by table."""
    published = {dataset.key: dataset for dataset in datasets}

    @op(name="renew_each_table", description=_DESCRIPTION)
    def renew_each(context: OpExecutionContext, service: ResourceParam[Service]) -> None:
        failed = []
        with service.database.connect(f"run {context.run_id}") as connection, run_lock(connection, context.run_id):
            keys = outdated(connection, published)
            for number, key in enumerate(keys, start=1):
                context.log.info(f"{number} of {len(keys)}: {key} …")
                try:
                    renew(connection, key, published.get(key))
                except IngestionError as error:
                    context.log.error(str(error))
                    failed.append(key)
        if failed:
            raise Failure(
                f"{len(failed)} of {len(keys)} tables stay as they were, and are tried again in an hour: "
                f"{', '.join(failed)}. The log has the reasons.",
                allow_retries=False,
            )
        context.log.info(f"{len(keys)} tables renewed. All are of this release.")

    @job(name=JOB, description=_DESCRIPTION, tags=feed_tags(JOB, [JOB]))
    def renew_tables() -> None:
        renew_each()

    return renew_tables


def renewal_sensor(datasets: Sequence[Dataset], renewing: JobDefinition, service: Service) -> SensorDefinition:
    """Ask for a run while there are tables of a release before."""
    published = {dataset.key: dataset for dataset in datasets}
    is_done: list[bool] = []

    @sensor(
        name="tables__outdated",
        description="Asks for a run over the tables that a release before has made, until there are none.",
        job=renewing,
        minimum_interval_seconds=interval(EVERY_SECONDS),
        default_status=DefaultSensorStatus.RUNNING,
    )
    def look_for_outdated(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        done = SkipReason("All tables are of this release.")
        if is_done:
            return done
        with service.database.look("sensor tables") as connection:
            keys = outdated(connection, published)
            working = datasets_in_work(context.instance, connection, JOB).get(JOB) if keys else None
        if not keys:
            is_done.append(True)
            return done
        wait = f"Run {working} renews them." if working else _pause(context.instance)
        if wait:
            return SkipReason(f"{len(keys)} tables are of a release before, the first {keys[0]}. {wait}")
        return SensorResult(run_requests=[RunRequest(job_name=JOB, tags=feed_tags(JOB, [JOB]))])

    return look_for_outdated


def _pause(instance: DagsterInstance) -> str:
    """Why no run is asked for after one that failed; empty where there is no reason."""
    for last in instance.get_run_records(RunsFilter(job_name=JOB), limit=1):
        again = datetime.fromtimestamp(last.end_time or 0, UTC) + PAUSE
        if last.dagster_run.status == DagsterRunStatus.FAILURE and datetime.now(UTC) < again:
            return (
                f"The last run failed, as its log says; the next one is asked for after {again:%Y-%m-%d %H:%M:%S} UTC."
            )
    return ""

"""Tables whose Parquet file is not of their present version are written by a run, which a sensor asks for."""

from typing import Final

import psycopg
from dagster import (
    DefaultSensorStatus,
    Failure,
    JobDefinition,
    OpExecutionContext,
    ResourceParam,
    RunRequest,
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
from dss_assets.errors import IngestionError
from dss_assets.parquet_versions import find_work, write_table
from dss_assets.resources import Service

JOB: Final = "write_parquet"
# A look lists the folder of these files, and asks Postgres once. After a failure the next look asks again.
EVERY_SECONDS: Final = 60
_DESCRIPTION: Final = (
    "Writes a Parquet file of each table that has changed to the storage, one after the other, and deletes those of "
    "earlier versions that are too many. A run that ended can be launched again."
)


def parquet_job() -> JobDefinition:
    """Write what there is to write, table by table."""

    @op(name="write_each_table", description=_DESCRIPTION)
    def write_each(context: OpExecutionContext, service: ResourceParam[Service]) -> None:
        kept = service.settings.dss_parquet_kept_versions
        failed = []
        with service.database.connect(f"run {context.run_id}") as connection, run_lock(connection, context.run_id):
            stale = find_work(connection, service.storage, kept).stale
            for number, table in enumerate(stale, start=1):
                place = f"{table.schema}.{table.name}"
                context.log.info(f"{number} of {len(stale)}: {place} …")
                try:
                    if write_table(connection, service.storage, table) is None:
                        context.log.warning(f"{place} cannot be written as Parquet: {table.folder} says why.")
                except (IngestionError, psycopg.Error) as error:
                    context.log.error(f"{place} was not written: {error}")
                    failed.append(place)
            for path in find_work(connection, service.storage, kept).superfluous:
                service.storage.delete(path)
        if failed:
            raise Failure(
                f"{len(failed)} of {len(stale)} tables were not written, and are tried again: {', '.join(failed)}.",
                allow_retries=False,
            )

    @job(name=JOB, description=_DESCRIPTION, tags=feed_tags(JOB, [JOB]))
    def write_parquet() -> None:
        write_each()

    return write_parquet


def parquet_sensor(writing: JobDefinition, service: Service) -> SensorDefinition:
    """Ask for a run while a table has changed since its file was written."""

    @sensor(
        name="parquet__stale",
        description="Asks for a run over tables that have changed since their Parquet files were written.",
        job=writing,
        minimum_interval_seconds=interval(EVERY_SECONDS),
        default_status=DefaultSensorStatus.RUNNING,
    )
    def look_for_stale(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        with service.database.look("sensor parquet") as connection:
            work = find_work(connection, service.storage, service.settings.dss_parquet_kept_versions)
            if not work.stale and not work.superfluous:
                return SkipReason("All files are of the present versions.")
            working = datasets_in_work(context.instance, connection, JOB).get(JOB)
        if working:
            return SkipReason(f"Run {working} writes them.")
        return SensorResult(run_requests=[RunRequest(job_name=JOB, tags=feed_tags(JOB, [JOB]))])

    return look_for_stale

"""What starts runs: new files of publishers, confirmed uploads, and what data-flow makes of its runs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dagster import (
    AssetMaterialization,
    AssetObservation,
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from dss_assets import dataflow, registry, uploads
from dss_assets.assets.run_requests import requests_for, unfinished_run
from dss_assets.assets.specs import chain_keys, partitions_of
from dss_assets.assets.uploads import UPLOAD_KEYS, UPLOADS, UPLOADS_KEY
from dss_assets.dataset import Dataset
from dss_assets.resources import Service
from dss_assets.sources import list_files

if TYPE_CHECKING:
    # What `define_asset_job` returns has no public name.
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as Job


# Uploads and data-flow are looked at as often as Dagster looks at sensors.
LOOK_SECONDS = 5


def _interval(seconds: int) -> int:
    """Dagster looks every five seconds, give or take: a whole multiple of that would miss every other turn."""
    return max(seconds - 1, 1)


def source_sensor(dataset: Dataset, job: "Job", service: Service) -> SensorDefinition:
    """Look at what the source of a dataset offers, and ask for a run over all files that are due."""
    assert dataset.source

    @sensor(
        name=f"{dataset.organisation}__{dataset.name}__files",
        description=f"New, changed and due files of {dataset.key}.",
        job=job,
        minimum_interval_seconds=_interval(service.seconds_between_looks(dataset.source)),
        default_status=DefaultSensorStatus.RUNNING,
    )
    def look_for_files(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        with service.database.connect(f"sensor {dataset.key}") as connection:
            run_id = unfinished_run(context.instance, connection, dataset.key)
            if run_id:
                return SkipReason(f"Run {run_id} works on files of {dataset.key}; what is new waits for its end.")
            abandoned = registry.requeue_orphaned(connection, dataset.key)
            if abandoned:
                context.log.warning(f"Abandoned by a process that ended, tried again: {', '.join(abandoned)}")
            remote_files = list_files(dataset, service.publishers, service.storage)
            due = registry.due_files(connection, dataset.key, remote_files)
        if not due:
            return SkipReason(
                f"All {len(remote_files)} files that are offered are loaded, or not due for another attempt."
            )
        return SensorResult(
            run_requests=requests_for(context.instance, job.name, partitions_of(dataset), due, dataset.key)
        )

    return look_for_files


def upload_sensor(job: "Job", service: Service) -> SensorDefinition:
    """Ask for a run for each dataset with confirmed uploads."""

    @sensor(
        name="uploads__files",
        description="Uploads that a person has confirmed.",
        job=job,
        minimum_interval_seconds=_interval(LOOK_SECONDS),
        default_status=DefaultSensorStatus.RUNNING,
    )
    def look_for_uploads(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        by_dataset: dict[str, list[str]] = {}
        with service.database.connect("sensor uploads") as connection:
            uploads.give_up_stuck(connection)
            for source in uploads.sources_in_progress(connection):
                if unfinished_run(context.instance, connection, source) is None:
                    registry.requeue_orphaned(connection, source)
                    uploads.mark_loaded(connection)
            for upload in uploads.due(connection):
                by_dataset.setdefault(upload.key, []).append(upload.partition)
            free = {
                key: partitions
                for key, partitions in by_dataset.items()
                if unfinished_run(context.instance, connection, key) is None
            }
        if not free:
            return SkipReason("No confirmed upload waits, or those that wait are being loaded.")
        return SensorResult(
            run_requests=[
                request
                for key, partitions in free.items()
                for request in requests_for(context.instance, job.name, UPLOADS, partitions, key)
            ]
        )

    return look_for_uploads


def dataflow_sensor(datasets: Sequence[Dataset], jobs: Mapping[str, "Job"], service: Service) -> SensorDefinition:
    """Follow data-flow's runs to their end, and have those sent again that failed or had to wait.

    `jobs` are the datasets' jobs by their key, and the one of the uploads under UPLOADS_KEY.
    """
    by_key = {dataset.key: dataset for dataset in datasets}

    @sensor(
        name="dataflow__runs",
        description="What became of data-flow's runs; sends again what failed.",
        jobs=list(jobs.values()),
        minimum_interval_seconds=_interval(LOOK_SECONDS),
        default_status=DefaultSensorStatus.RUNNING,
    )
    def follow_runs(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        events: list[AssetObservation | AssetMaterialization] = []
        requests: list[RunRequest] = []
        with service.database.connect("sensor data-flow") as connection:
            for run in dataflow.poll(connection, service.dataflow):
                events += _observations(run, by_key)
                if run.state == "success":
                    uploads.mark_delivered(connection, run.files)
                else:
                    uploads.mark_undelivered(connection, run.files, run.error_message)
            for key, files in dataflow.due_files(connection).items():
                if key in by_key and not by_key[key].dataflow_table:
                    continue
                if unfinished_run(context.instance, connection, key):
                    continue  # it tells data-flow itself when its files are loaded
                if key in by_key:
                    job, partitions, names = jobs[key], partitions_of(by_key[key]), files[-1:]
                    assets = [chain_keys(by_key[key])["dataflow"]]
                else:
                    job, partitions, names = jobs[UPLOADS_KEY], UPLOADS, [f"{key}:{files[-1]}"]
                    assets = [UPLOAD_KEYS["dataflow"]]
                requests += requests_for(context.instance, job.name, partitions, names, key, assets)
        if not events and not requests:
            return SkipReason("No run of data-flow has ended, and no loaded file waits for one.")
        return SensorResult(asset_events=events, run_requests=requests)

    return follow_runs


def _observations(run: dataflow.Run, by_key: dict[str, Dataset]) -> list[AssetObservation]:
    """What became of a run of data-flow, at each partition that it serves."""
    keys = chain_keys(by_key[run.schema_name]) if run.schema_name in by_key else UPLOAD_KEYS
    return [
        AssetObservation(
            keys["dataflow"],
            partition=name if run.schema_name in by_key else f"{run.schema_name}:{name}",
            metadata={"data-flow run": run.run_id, "state": run.state, "error": run.error_message},
        )
        for name in run.files
    ]

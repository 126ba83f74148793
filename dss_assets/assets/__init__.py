"""The Dagster clothing: the journeys of files as partitioned assets, the sensors that start them, the checks."""

from collections.abc import Sequence

from dagster import Definitions, define_asset_job, in_process_executor

from dss_assets.assets.heartbeat import heartbeat_sensor
from dss_assets.assets.sensors import dataflow_sensor, source_sensor, upload_sensor
from dss_assets.assets.specs import dataset_assets
from dss_assets.assets.uploads import UPLOADS_KEY, upload_assets
from dss_assets.dataset import Dataset
from dss_assets.resources import Service


def build_definitions(datasets: Sequence[Dataset], service: Service) -> Definitions:
    """Everything that the declarations give rise to: assets, a job for each dataset, sensors, checks."""
    assets = {dataset.key: dataset_assets(dataset) for dataset in datasets} | {UPLOADS_KEY: upload_assets()}
    jobs = {key: define_asset_job(f"load_{key.replace('.', '__')}", selection=[one]) for key, one in assets.items()}
    return Definitions(
        assets=list(assets.values()),
        jobs=list(jobs.values()),
        sensors=[
            *(source_sensor(dataset, jobs[dataset.key], service) for dataset in datasets if dataset.source),
            upload_sensor(jobs[UPLOADS_KEY], service),
            dataflow_sensor(datasets, jobs, service),
            heartbeat_sensor(service),
        ],
        resources={"service": service},
        # A step is one process's work anyway; another process for it would cost ten seconds.
        executor=in_process_executor,
    )

"""Dagster's entry: everything that the declarations give rise to."""

from dagster import Definitions, define_asset_job, in_process_executor

from dss_assets.assets.graph import dataset_assets
from dss_assets.assets.sensors import dataflow_sensor, source_sensor, upload_sensor
from dss_assets.assets.uploads import UPLOADS_KEY, upload_assets
from dss_assets.datasets import DATASETS
from dss_assets.resources import AssetsSettings, Service

_service = Service(AssetsSettings.from_environment())
_assets = {dataset.key: dataset_assets(dataset) for dataset in DATASETS} | {UPLOADS_KEY: upload_assets()}
_jobs = {key: define_asset_job(f"load_{key.replace('.', '__')}", selection=[assets]) for key, assets in _assets.items()}

definitions = Definitions(
    assets=_assets.values(),
    jobs=_jobs.values(),
    sensors=[
        *(source_sensor(dataset, _jobs[dataset.key], _service) for dataset in DATASETS if dataset.source),
        upload_sensor(_jobs[UPLOADS_KEY], _service),
        dataflow_sensor(DATASETS, _jobs, _service),
    ],
    resources={"service": _service},
    # A step is one process's work anyway; another process for it would cost ten seconds.
    executor=in_process_executor,
)

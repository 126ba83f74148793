"""Dagster's entry: everything that the declarations give rise to."""

from dagster import Definitions, in_process_executor

from dss_assets.assets.graph import dataset_assets
from dss_assets.assets.sensors import dataflow_sensor, source_sensor, upload_sensor
from dss_assets.assets.uploads import upload_assets
from dss_assets.datasets import DATASETS
from dss_assets.resources import AssetsSettings, Service

_service = Service(AssetsSettings.from_environment())
_published = {dataset.key: dataset_assets(dataset) for dataset in DATASETS}
_uploads = upload_assets()

definitions = Definitions(
    assets=[*_published.values(), _uploads],
    sensors=[
        *(source_sensor(dataset, _published[dataset.key], _service) for dataset in DATASETS if dataset.source),
        upload_sensor(_uploads, _service),
        dataflow_sensor(DATASETS, [*_published.values(), _uploads], _service),
    ],
    resources={"service": _service},
    # A step is one process's work anyway; another process for it would cost ten seconds.
    executor=in_process_executor,
)

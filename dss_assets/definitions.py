"""Dagster's entry: the datasets and the environment -> assets, jobs, sensors and checks."""

from dss_assets.assets import build_definitions, logs
from dss_assets.datasets import DATASETS
from dss_assets.resources import AssetsSettings, Service

logs.install()
definitions = build_definitions(DATASETS, Service(AssetsSettings.from_environment()))

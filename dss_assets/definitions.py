"""Dagster's entry: the datasets and the environment -> assets, jobs, sensors and checks."""

from dss_assets.assets import build_definitions
from dss_assets.datasets import DATASETS
from dss_assets.resources import AssetsSettings, Service

definitions = build_definitions(DATASETS, Service(AssetsSettings.from_environment()))

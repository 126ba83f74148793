"""Dagster's entry: the datasets and the environment -> assets, jobs, sensors and checks."""

from dss_assets.assets import build_definitions, logs
from dss_assets.datasets import DATASETS
from dss_assets.resources import AssetsSettings, Service
from dss_web.shared.error_reports import start_error_reports

logs.install()
settings = AssetsSettings.from_environment()
start_error_reports(settings.sentry_dsn, "assets")
definitions = build_definitions(DATASETS, Service(settings))

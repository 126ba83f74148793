"""Everything that the declarations give rise to fits together, as the code server checks it when it starts."""

import subprocess
import sys

from dss_assets.assets import build_definitions
from dss_assets.datasets import DATASETS, EXPORTERS
from dss_assets.resources import AssetsSettings, Service
from tests.conftest import REPOSITORY


def test_the_definitions_load_as_a_whole() -> None:
    service = Service(
        AssetsSettings.model_construct(
            dss_database_url="",
            dss_web_url="",
            dataflow_base_url="https://airflow.example",
            dss_source_interval_seconds=None,
        )
    )
    build_definitions(DATASETS, service).get_repository_def().load_all_definitions()


def test_parquet_files_are_written_only_if_a_setting_asks_for_it() -> None:
    for is_on in (False, True):
        settings = AssetsSettings.model_construct(
            dss_database_url="",
            dss_web_url="",
            dataflow_base_url="https://airflow.example",
            dss_parquet_versions=is_on,
        )
        repository = build_definitions([EXPORTERS], Service(settings)).get_repository_def()

        assert repository.has_job("write_parquet") is is_on
        assert ("parquet__stale" in {sensor.name for sensor in repository.sensor_defs}) is is_on


def test_dagsters_own_processes_start_without_the_declarations() -> None:
    # dagster.yaml names our storages: the UI and the daemon would not start while a declaration is wrong.
    program = "import sys, dss_assets.assets.event_log; print([m for m in sys.modules if 'dss_assets.datasets' in m])"
    command = [sys.executable, "-c", program]
    loaded = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)

    assert loaded.stdout == "[]\n"

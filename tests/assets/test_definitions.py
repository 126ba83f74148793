"""Everything that the declarations give rise to fits together, as the code server checks it when it starts."""

from dss_assets.assets import build_definitions
from dss_assets.datasets import DATASETS
from dss_assets.resources import AssetsSettings, Service


def test_the_definitions_load_as_a_whole() -> None:
    service = Service(AssetsSettings.model_construct(dss_source_interval_seconds=None))
    build_definitions(DATASETS, service).get_repository_def().load_all_definitions()

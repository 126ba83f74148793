"""What runs in containers is tested by `make test-containers`, which has an engine: other runs leave it out."""

import os

import pytest
from dagster import Definitions

from dss_assets.assets import build_definitions
from dss_assets.datasets import DATASETS
from dss_assets.resources import AssetsSettings, Service

collect_ignore = [] if os.environ.get("DSS_TEST_CONTAINERS") else ["test_containers.py", "test_images.py"]


@pytest.fixture(scope="session")
def service_definitions() -> Definitions:
    """What the code server serves. None of it is carried out, so there is no database."""
    nowhere = "postgresql://nobody@127.0.0.1:9/nowhere"
    settings = AssetsSettings(
        dss_database_url=nowhere,
        dss_datasets_database_url=nowhere,
        dss_web_url="http://127.0.0.1:9",
        s3_bucket_url="file:///nowhere",
    )
    return build_definitions(DATASETS, Service(settings))

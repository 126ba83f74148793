"""A service to which programs upload."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dss_assets.storage import Storage
from infra.local.postgres import Postgres
from tests.arrivals.signed import DATASET
from tests.parts.service import Client, Service, running
from tests.parts.worker import running_worker


@pytest.fixture(scope="session")
def uploading_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clients")


@pytest.fixture(scope="session")
def storage(uploading_folder: Path) -> Storage:
    """What the service keeps files in, as the assets half reads it."""
    return Storage((uploading_folder / "storage").as_uri(), "datasets", "uploads")


@pytest.fixture(scope="session")
def uploading(postgres_server: Postgres, migrated_template: str, uploading_folder: Path) -> Iterator[Service]:
    postgres_server.create_database("uploading", template=migrated_template)
    url, storage = postgres_server.url("uploading"), (uploading_folder / "storage").as_uri()
    settings = {"DSS_UPLOAD_PART_MEGABYTES": "1", "DSS_UPLOAD_LIMIT_MEGABYTES": "30", "S3_BUCKET_URL": storage}
    with running(url, uploading_folder, **settings) as service, running_worker(uploading_folder, url, storage):
        for name in ("sales", "others"):
            service.execute(
                "INSERT INTO pipeline (organisation, dataset, slug, may_hold_personal_data)"
                f" VALUES ('dbt', '{name}', 'dbt-{name}', false)"
            )
        yield service


@pytest.fixture(scope="session")
def sender(uploading: Service) -> Client:
    """A client that may upload to the one dataset, and read nothing."""
    return uploading.add_client("sender", f"upload:{DATASET}")


@pytest.fixture
def nothing_waits(uploading: Service) -> None:
    """Each test begins with a dataset into which nothing is loaded or is being loaded."""
    uploading.execute(
        "DELETE FROM pipeline_data_file",
        "DELETE FROM operations.arrival",
        "DELETE FROM operations.datafile_registry",
        'DROP SCHEMA IF EXISTS "dbt.sales" CASCADE',
    )

"""A web app of one process for the tests of exports, and a reader of streams."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.postgres import Postgres
from tests.parts.export_reading import fill
from tests.parts.service import Service, running


@pytest.fixture(scope="session")
def spool_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spool")


@pytest.fixture(scope="session")
def exporting(
    postgres_server: Postgres, migrated_template: str, spool_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A web app that sends two exports at once, with two tables: x.L1 of 100, and x.large of 60,000 rows in 60 MB."""
    postgres_server.create_database("exports", template=migrated_template)
    settings = {
        "DSS_WEB_WORKERS": "1",
        "DSS_EXPORTS_AT_ONCE": "2",
        # An export is not held to the time of a page.
        "DSS_STATEMENT_TIMEOUT_SECONDS": "1",
        "DSS_EXPORT_TIMEOUT_SECONDS": "4",
        "DSS_EXPORT_SPOOL_FOLDER": str(spool_folder),
        "DSS_EXPORT_SPOOL_MEGABYTES": "100",
    }
    with running(postgres_server.url("exports"), tmp_path_factory.mktemp("web"), **settings) as service:
        service.execute("CREATE SCHEMA x")
        fill(service, "L1", 100, 10)
        fill(service, "large", 60_000, 1000)
        yield service

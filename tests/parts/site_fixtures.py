"""The web app on which the tests of pages and logins stand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.ports import free_port
from infra.local.postgres import Postgres
from tests.parts.site import Site, collect_static, running_sso, running_web
from tests.parts.worker import running_worker


@pytest.fixture(scope="session")
def static_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that pages need, collected as for production."""
    folder = tmp_path_factory.mktemp("static")
    collect_static(folder)
    return folder


@pytest.fixture(scope="session")
def site(
    postgres_server: Postgres, migrated_template: str, static_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A web app for all tests of a worker; each makes datasets of its own."""
    folder = tmp_path_factory.mktemp("site")
    port = free_port()
    postgres_server.create_database("site", template=migrated_template)
    with (
        running_sso(folder, f"http://127.0.0.1:{port}") as sso_url,
        running_web(
            folder, static_folder, postgres_server.url("site"), (folder / "storage").as_uri(), sso_url, port
        ) as site,
        running_worker(folder, site.database_url, site.storage_url),
    ):
        yield site
    postgres_server.drop_database("site")

"""One running web app for the tests of the contract; each makes tables of its own."""

from collections.abc import Iterator

import pytest

from infra.local.postgres import Postgres
from tests.contract.service import Client, Service, running


@pytest.fixture(scope="session")
def service(
    postgres_server: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    postgres_server.create_database("contract", template=migrated_template)
    with running(postgres_server.url("contract"), tmp_path_factory.mktemp("web")) as service:
        yield service


@pytest.fixture
def client(service: Service) -> Client:
    """A client that may read everything."""
    return service.client()

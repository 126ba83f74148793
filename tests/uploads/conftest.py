"""Who uploads, and what the assets half sees of it."""

from collections.abc import Iterator

import pytest

from dss_assets.database import Connection, Database
from tests.conftest import add_hawk_client
from tests.parts.service import Client
from tests.parts.site import UPLOADER, Site, Visitor
from tests.uploads.test_versions import Dataset


@pytest.fixture(scope="module")
def person(site: Site) -> Visitor:
    """Somebody who may upload, logged in once for a file: a test that ends sessions logs in itself."""
    return site.login(UPLOADER)


@pytest.fixture
def connection(site: Site) -> Iterator[Connection]:
    """A connection of the assets half to the database of the pages."""
    with Database(site.database_url).connect("test") as connection:
        yield connection


@pytest.fixture
def dataset(site: Site, person: Visitor, connection: Connection) -> Dataset:
    """A new dataset of this person, without a version."""
    return Dataset(site, person, connection, person.create_dataset())


@pytest.fixture
def client(site: Site) -> Client:
    """A client of the API that reads everything."""
    add_hawk_client(site.database_url, "describing", "the key of a client", ["*"])
    return Client(site.url, "describing", "the key of a client")

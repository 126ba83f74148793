"""Who uploads, and what the assets half sees of it."""

from collections.abc import Iterator

import pytest

from dss_assets.database import Connection, Database
from tests.parts.site import UPLOADER, Site, Visitor


@pytest.fixture(scope="module")
def person(site: Site) -> Visitor:
    """Somebody who may upload, logged in once for a file: a test that ends sessions logs in itself."""
    return site.login(UPLOADER)


@pytest.fixture
def connection(site: Site) -> Iterator[Connection]:
    """A connection of the assets half to the database of the pages."""
    with Database(site.database_url).connect("test") as connection:
        yield connection

"""A dataset for the tests of its pages, and somebody who reads it."""

import pytest

from tests.parts.published import Published, publish
from tests.parts.site import READER, Site, Visitor


@pytest.fixture(scope="session")
def published(site: Site) -> Published:
    """A published dataset that no test changes."""
    return publish(site)


@pytest.fixture
def reader(site: Site) -> Visitor:
    """Somebody who may look at datasets, and at nothing else."""
    return site.login(READER)

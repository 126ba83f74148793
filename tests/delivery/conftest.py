"""Two databases and a delivery between them."""

import pytest

from dss_assets.database import Connection
from tests.delivery.copying import Deliveries


@pytest.fixture
def deliveries(connection: Connection, database_url: str, datasets_url: str) -> Deliveries:
    """A table that waits to be delivered."""
    deliveries = Deliveries(connection, database_url, datasets_url)
    deliveries.make()
    deliveries.load()
    return deliveries

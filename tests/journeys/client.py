"""Reading a table as a client does."""

from typing import Any

from tests.journeys.conftest import READER_ID, READER_KEY
from tests.journeys.world import World
from tests.parts.service import Client


def read_table(world: World, schema: str, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    return read_route(world, f"table-data/{schema}/{table}")


def read_route(world: World, path: str) -> list[dict[str, Any]]:
    """All rows of a route, following `next` to the end; every answer's signature is verified."""
    client = Client(world.web_url, READER_ID, READER_KEY)
    url: str | None = f"{world.web_url}/api/v1/{path}?orientation=records"
    rows: list[dict[str, Any]] = []
    while url:
        response = client.get(url)
        assert response.status_code == 200, response.text
        assert "Server-Authorization" in response.headers
        rows += response.json()["results"]
        url = response.json()["next"]
    return rows

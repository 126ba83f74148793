"""A HAWK client as simple as one can be."""

from typing import Any

import mohawk
import requests

from tests.journeys.conftest import READER_ID, READER_KEY
from tests.journeys.world import World


def read_table(world: World, schema: str, table: str) -> list[dict[str, Any]]:
    """All rows of a table, following `next` to the end; every answer's signature is verified."""
    url: str | None = f"{world.web_url}/api/v1/table-data/{schema}/{table}?orientation=records"
    rows: list[dict[str, Any]] = []
    while url:
        credentials = {"id": READER_ID, "key": READER_KEY, "algorithm": "sha256"}
        sender = mohawk.Sender(credentials, url, "GET", content="", content_type="")
        response = requests.get(url, headers={"Authorization": sender.request_header, "Content-Type": ""}, timeout=30)
        assert response.status_code == 200, response.text
        sender.accept_response(
            response.headers["Server-Authorization"],
            content=response.content,
            content_type=response.headers["Content-Type"],
        )
        rows += response.json()["results"]
        url = response.json()["next"]
    return rows

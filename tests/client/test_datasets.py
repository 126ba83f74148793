"""What a key opens, as the Python client and an agent are told of it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from dss_web.client.data_store import Client, Column, Refused
from dss_web.registry.catalogue_index import refresh
from tests.client.test_mcp import calls
from tests.parts.service import Service

COLUMNS = [
    {"name": "id", "type": "bigint", "description": "Identifies the row."},
    {"name": "height", "type": "numeric", "description": "In metres."},
]


@pytest.fixture(scope="module", autouse=True)
def catalogue(exporting: Service) -> Iterator[None]:
    """Three datasets, of which the client may read two."""
    with exporting.connect() as connection:
        for key, title in (("wood.alders", "Alders"), ("wood.birches", "Birches"), ("wood.cedars", "Cedars")):
            described = json.dumps([{"name": "L1", "columns": COLUMNS}])
            connection.execute(
                "INSERT INTO operations.dataset (key, schema_name, title, description, owner, contact, licence,"
                " licence_url, source_page, tables, declared_at)"
                " VALUES (%s, %s, %s, 'All trees.', '', '', '', '', '', %s, now())",
                [key, key, title, described],
            )
        refresh(connection)
    yield
    exporting.execute("DELETE FROM operations.dataset WHERE key LIKE 'wood.%'")
    with exporting.connect() as connection:
        refresh(connection)


@pytest.fixture(scope="module")
def environment(exporting: Service) -> dict[str, str]:
    client = exporting.add_client("forester", "table:wood.alders", "table:wood.birches")
    return {"API_URL": exporting.url, "HAWK_ID": client.identifier, "HAWK_KEY": client.key}


@pytest.fixture
def client(environment: dict[str, str]) -> Client:
    return Client(*environment.values())


def test_a_client_lists_the_datasets_that_its_key_opens(client: Client) -> None:
    alders, birches = client.datasets()

    assert (alders.schema, alders.title, birches.title) == ("wood.alders", "Alders", "Birches")
    (table,) = alders.tables
    assert (table.name, table.version) == ("L1", None)
    assert table.columns == (Column("id", "BIGINT", "Identifies the row."), Column("height", "NUMERIC", "In metres."))
    assert alders.facts["kind"] == "published"


def test_it_asks_for_those_that_have_changed(client: Client) -> None:
    assert list(client.datasets(changed_since=datetime(2026, 1, 1, tzinfo=UTC))) == [], "nothing is loaded"


def test_it_looks_one_up_by_its_schema(client: Client) -> None:
    assert client.dataset("wood.birches").title == "Birches"
    with pytest.raises(Refused):
        client.dataset("wood.cedars")


def test_an_agent_searches_titles_and_columns(environment: dict[str, str]) -> None:
    everything, one, column, none = calls(
        environment,
        ("list_datasets", {}),
        ("search", {"text": "BIRCHES trees"}),
        ("search", {"text": "metres"}),
        ("search", {"text": "cedars"}),
    )

    assert [dataset["title"] for dataset in everything["datasets"]] == ["Alders", "Birches"]
    birches = {"schema": "wood.birches", "title": "Birches", "description": "All trees.", "tables": ["L1"]}
    assert one == {"datasets": [birches], "more": False}
    assert len(column["datasets"]) == 2
    assert none["datasets"] == []

"""What columns mean, for clients who ask for it."""

import pytest

from dss_assets.catalogue import record_datasets
from dss_assets.database import Database
from dss_assets.datasets import EXPORTERS, REFERENCE_POSTCODES
from tests.parts.service import Client, Service

PATH = "/api/v1/table-structure/described.table/L1"


@pytest.fixture(autouse=True)
def described(service: Service) -> None:
    """A table of a declared dataset with a column that the declaration does not have."""
    service.execute(
        'CREATE SCHEMA IF NOT EXISTS "described.table"',
        'CREATE TABLE IF NOT EXISTS "described.table"."L1" (id bigint, postcode text, other text)',
        "INSERT INTO operations.dataset (key, schema_name, title, description, owner, contact, licence, licence_url,"
        " source_page, tables, declared_at) VALUES ('a.b', 'described.table', '', '', '', '', '', '', '',"
        """ '[{"name": "L1", "columns": [{"name": "postcode", "description": "Where it is."}]}]', now())"""
        " ON CONFLICT (key) DO UPDATE SET withdrawn_at = NULL",
    )


def test_descriptions_are_there_for_whoever_asks(client: Client) -> None:
    answer = client.get(f"{PATH}?descriptions=true")

    assert answer.json()["columns"] == [
        {"name": "id", "type": "BIGINT"},
        {"name": "postcode", "type": "TEXT", "description": "Where it is."},
        {"name": "other", "type": "TEXT"},
    ]


def test_everybody_else_gets_names_and_types_alone(client: Client) -> None:
    columns = client.get(PATH).json()["columns"]

    assert columns[1] == {"name": "postcode", "type": "TEXT"}


def test_a_withdrawn_dataset_is_described_no_longer(service: Service, client: Client) -> None:
    with Database(service.database_url).connect("test") as connection:
        assert "a.b" in record_datasets(connection, [EXPORTERS, REFERENCE_POSTCODES]).withdrawn

    assert client.get(f"{PATH}?descriptions=true").json() == client.get(PATH).json()


def test_anything_but_true_and_false_is_refused(client: Client) -> None:
    answer = client.get(f"{PATH}?descriptions=perhaps")

    assert (answer.status_code, answer.json()) == (400, {"error": "descriptions must be true or false"})

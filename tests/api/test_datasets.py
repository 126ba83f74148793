"""The catalogue for clients: what each of them may read, and nothing else."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dss_web.registry.catalogue_index import refresh
from tests.parts.service import Client, Service
from tests.parts.tracked import make_noted

PATH = "/api/v1/datasets"
COLUMNS = [
    {"name": "id", "type": "bigint", "description": "Identifies the row."},
    {"name": "name", "type": "text", "description": "What it is called."},
]
Json = dict[str, Any]


def declare(service: Service, key: str, *tables: str, schema: str = "") -> None:
    described = [{"name": table, "columns": COLUMNS} for table in tables]
    with service.connect() as connection:
        connection.execute(
            "INSERT INTO operations.dataset (key, schema_name, title, description, owner, contact, licence,"
            " licence_url, source_page, tables, declared_at)"
            " VALUES (%s, %s, 'Trees', 'All trees.', 'ada@example.gov.uk', 'trees@example.gov.uk',"
            " 'OGL', 'https://ogl.example', 'https://trees.example', %s, now())",
            [key, schema or key, json.dumps(described)],
        )


@pytest.fixture(scope="module", autouse=True)
def catalogue(service: Service) -> Iterator[None]:
    """A loaded dataset, one that is not loaded, one whose schema has another name, and an upload."""
    declare(service, "listed.alders", "L0", "L1")
    declare(service, "listed.birches", "L0")
    declare(service, "listed.cedars", "logs", schema="wood.cedars")
    make_noted(service, "listed.alders", 3)
    service.execute(
        "INSERT INTO operations.datafile_registry (source, file_name, state, loaded_at, loaded_digest, rows,"
        " created_timestamp, updated_timestamp)"
        " VALUES ('listed.alders', 'alders.csv', 'processed', now(), 'c0ffee', 3, now(), now())",
        "INSERT INTO pipeline (organisation, dataset, slug, title, classification)"
        " VALUES ('listed', 'uploads', 'listed-uploads', '', 'OFFICIAL')",
        "INSERT INTO pipeline_data_file (id, pipeline_id, data_file_url, original_name, state, loaded_at, uploaded_at,"
        " uploaded_by, encoding, delimiter, quote, column_names, column_types)"
        " SELECT gen_random_uuid(), id, 'uploads/x', 'x.csv', 'completed', now(), now(), '', 'utf-8', ',', '',"
        " ARRAY['won_at'], ARRAY['date'] FROM pipeline WHERE slug = 'listed-uploads'",
    )
    with service.connect() as connection:
        refresh(connection)
    yield
    service.execute(
        "DELETE FROM operations.dataset WHERE key LIKE 'listed.%'",
        "DELETE FROM operations.datafile_registry WHERE source = 'listed.alders'",
        "DELETE FROM pipeline_data_file USING pipeline WHERE pipeline_id = pipeline.id AND slug = 'listed-uploads'",
        "DELETE FROM pipeline WHERE slug = 'listed-uploads'",
    )
    with service.connect() as connection:
        refresh(connection)


def listed(client: Client, query: str = "") -> dict[str, list[str]]:
    """The tables that a client is shown, by dataset: of those of this module."""
    return {
        dataset["key"]: [table["name"] for table in dataset["tables"]]
        for dataset in client.get(PATH + query).json()["datasets"]
        if dataset["key"].startswith("listed.")
    }


def test_a_dataset_is_described_with_its_tables_columns_and_versions(service: Service, client: Client) -> None:
    dataset = client.get(f"{PATH}/listed.alders").json()

    assert {key: value for key, value in dataset.items() if key not in {"tables", "since", "loaded_at"}} == {
        "key": "listed.alders",
        "schema": "listed.alders",
        "title": "Trees",
        "description": "All trees.",
        "owner": "ada@example.gov.uk",
        "contact": "trees@example.gov.uk",
        "licence": "OGL",
        "licence_url": "https://ogl.example",
        "source_page": "https://trees.example",
        "kind": "published",
        "state": "fresh",
        "digest": "c0ffee",
        "rows": 3,
        "may_hold_personal_data": None,
        "classification": None,
    }
    table = dataset["tables"][1]
    tag = client.get("/api/v1/table-data/listed.alders/L1").headers["ETag"]
    assert (table["name"], table["version"]) == ("L1", int(tag.strip('"').partition("-")[0]))
    assert table["columns"] == [column | {"type": str(column["type"]).upper()} for column in COLUMNS]
    assert datetime.fromisoformat(table["changed_at"]) <= datetime.now(UTC)


def test_an_uploaded_dataset_begins_with_its_id_and_has_a_title_of_its_names(client: Client) -> None:
    dataset = client.get(f"{PATH}/listed.uploads").json()

    assert (dataset["kind"], dataset["title"], dataset["classification"]) == ("uploaded", "uploads", "OFFICIAL")
    assert [(column["name"], column["type"]) for column in dataset["tables"][0]["columns"]] == [
        ("id", "BIGINT"),
        ("won_at", "DATE"),
    ]


def test_a_dataset_that_is_not_loaded_has_no_version(client: Client) -> None:
    (table,) = client.get(f"{PATH}/listed.birches").json()["tables"]

    assert (table["version"], table["generation"], table["changed_at"], table["rows"]) == (None, None, None, None)


@pytest.mark.parametrize(
    ("scopes", "tables"),
    [
        (["*"], {"alders": ["L0", "L1"], "birches": ["L0"], "cedars": ["logs"], "uploads": ["L0"]}),
        (["export_table"], {"alders": ["L0", "L1"], "birches": ["L0"], "cedars": ["logs"], "uploads": ["L0"]}),
        (["table:listed.alders"], {"alders": ["L0", "L1"]}),
        (["table:listed.alders.L1", "table:wood.cedars.logs", "*"], {"alders": ["L1"], "cedars": ["logs"]}),
        (["table:listed.birches.L1", "table:listed"], {}),
        (["list_ons_postcodes", "get_table_structure", "upload:listed.uploads"], {}),
        ([], {}),
    ],
)
def test_a_client_is_shown_the_tables_that_it_may_read(
    service: Service, scopes: list[str], tables: dict[str, list[str]]
) -> None:
    client = service.add_client("lists", *scopes)

    assert listed(client) == {f"listed.{name}": shown for name, shown in tables.items()}
    for key, schema in [("alders",) * 2, ("birches",) * 2, ("cedars", "wood.cedars"), ("uploads",) * 2]:
        full = schema if "." in schema else f"listed.{schema}"
        answer = client.get(f"{PATH}/{full}")
        assert (answer.status_code == 200) is (key in tables), answer.text
        if key in tables:
            assert [table["name"] for table in answer.json()["tables"]] == tables[key]
        for table in ("L0", "L1", "logs"):
            assert may_read(client, full, table) or table not in tables.get(key, [])


def may_read(client: Client, schema: str, table: str) -> bool:
    """Whether a route of rows opens, for a table that need not be there."""
    routes = ("table-data", "table-export")
    return any(client.get(f"/api/v1/{route}/{schema}/{table}", "HEAD").status_code != 403 for route in routes)


def test_a_granted_dataset_is_listed_beside_those_of_scopes(service: Service) -> None:
    client = service.add_client("granted", "table:listed.birches")
    service.execute(
        "INSERT INTO operations.dataset_grant (dataset, kind, grantee, given_by)"
        " VALUES ('listed.cedars', 'client', 'granted', '')"
    )

    assert listed(client) == {"listed.birches": ["L0"], "listed.cedars": ["logs"]}
    assert client.get(f"{PATH}/wood.cedars").json()["key"] == "listed.cedars"


def test_what_a_key_does_not_open_is_refused_whether_it_is_there_or_not(service: Service) -> None:
    client = service.add_client("narrow", "table:listed.alders.L1", "table:listed.none.L1")

    there, absent = client.get(f"{PATH}/listed.birches"), client.get(f"{PATH}/listed.nothing")
    assert (there.status_code, there.content) == (absent.status_code, absent.content)
    assert there.status_code == 403
    nothing = client.get(f"{PATH}/listed.none")
    assert (nothing.status_code, nothing.json()) == (404, {})


def test_pages_follow_one_another_to_the_last_dataset(client: Client) -> None:
    url: str | None = f"{PATH}?page-size=1&after=listed"
    seen = []
    while url:
        page = client.get(url).json()
        seen += [dataset["key"] for dataset in page["datasets"]]
        url = page["next"]

    assert seen[:4] == ["listed.alders", "listed.birches", "listed.cedars", "listed.uploads"]
    assert len(set(seen)) == len(seen)


def test_a_list_that_has_not_changed_is_not_sent_again(service: Service, client: Client) -> None:
    first = client.get(f"{PATH}/listed.alders")
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = client.get(f"{PATH}/listed.alders", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])

    service.execute('INSERT INTO "listed.alders"."L0" (name) VALUES (\'more\')')
    changed = client.get(f"{PATH}/listed.alders", headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, client.get(PATH, "HEAD").content) == (200, b"")


def test_changed_since_lists_what_has_changed(client: Client) -> None:
    changed = client.get(f"{PATH}/listed.alders").json()["tables"][1]["changed_at"]
    later = datetime.fromisoformat(changed) + timedelta(microseconds=1)

    assert listed(client, f"?changed-since={changed}") == {"listed.alders": ["L0", "L1"]}
    assert listed(client, f"?changed-since={changed.replace('+', '%2B')}") == {"listed.alders": ["L0", "L1"]}
    assert listed(client, f"?changed-since={later.isoformat().replace('+00:00', 'Z')}") == {}


@pytest.mark.parametrize("text", ["", "yesterday", "1700000000", "2026-11-26", "2026-13-26T00:00:00Z"])
def test_what_is_no_time_is_refused(client: Client, text: str) -> None:
    answer = client.get(f"{PATH}?changed-since={text}")

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("changed-since must be a time as RFC 3339 writes it")

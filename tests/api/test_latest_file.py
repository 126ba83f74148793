"""table-structure names the newest file, and says how its columns differ from those of the file before it."""

from tests.parts.service import Client, Service

_FILE = """
    INSERT INTO operations.datafile_registry (source, file_name, state, rows, file_date, verdict, loaded_at,
        created_timestamp, updated_timestamp)
    VALUES ('latest.trees', '{name}', 'processed', {rows}, '{date}', '{verdict}', '{loaded}', now(), now())
"""


def test_the_newest_file_is_named_with_the_changes_of_its_columns(service: Service, client: Client) -> None:
    verdict = '{"before": "trees_2024.csv", "rows": 9, "more": ["age"], "less": [], "renamed": ["height → height25"]}'
    service.execute(
        'CREATE SCHEMA "latest.trees"',
        'CREATE TABLE "latest.trees"."L0" (id int PRIMARY KEY, name text)',
        _FILE.format(name="trees_2025.csv", rows=9, date="2025-12-31", verdict=verdict, loaded="2026-01-02 10:00+00"),
        # An older file that was loaded later, and one of which nothing is in the tables.
        _FILE.format(name="trees_2023.csv", rows=5, date="2023-12-31", verdict="{}", loaded="2026-02-02 10:00+00"),
        _FILE.format(name="trees_2026.csv", rows=0, date="2026-12-31", verdict="{}", loaded="2026-02-02 10:00+00"),
    )

    assert client.get("/api/v1/table-structure/latest.trees/L0").json() == {
        "columns": [{"name": "id", "type": "INTEGER"}, {"name": "name", "type": "TEXT"}],
        "latest_file": {
            "name": "trees_2025.csv",
            "loaded_at": "2026-01-02T10:00:00+00:00",
            "rows": 9,
            "date": "2025-12-31",
            "before": "trees_2024.csv",
            "more": ["age"],
            "less": [],
            "renamed": ["height → height25"],
        },
    }


def test_a_schema_of_another_name_than_its_dataset_has_the_files_of_the_dataset(
    service: Service, client: Client
) -> None:
    described = "'', '', '', '', '', '', '', '[]', now()"
    service.execute(
        'CREATE SCHEMA "groves"',
        'CREATE TABLE "groves"."oaks" (id int PRIMARY KEY)',
        "INSERT INTO operations.dataset (key, schema_name, title, description, owner, contact, licence, licence_url,"
        f" source_page, tables, declared_at) VALUES ('latest.groves', 'groves', {described})",
        _FILE.format(name="2026-11.zip", rows=9, date="2026-11-30", verdict="{}", loaded="2026-12-02 10:00+00").replace(
            "latest.trees", "latest.groves"
        ),
    )

    assert client.get("/api/v1/table-structure/groves/oaks").json()["latest_file"]["name"] == "2026-11.zip"


def test_a_table_of_no_file_has_none(service: Service, client: Client) -> None:
    service.execute('CREATE SCHEMA "no.file"', 'CREATE TABLE "no.file"."L0" (id int PRIMARY KEY)')

    assert set(client.get("/api/v1/table-structure/no.file/L0").json()) == {"columns"}

"""Lists of datasets read what the catalogue and the states of its datasets say, as it was written down last."""

from datetime import timedelta

import psycopg
import pytest

from dss_assets.catalogue import record_datasets
from dss_assets.database import Connection
from dss_assets.datasets import EXPORTERS, SPIRE
from dss_web.registry.catalogue_index import describe, refresh

KEY = EXPORTERS.key


@pytest.fixture
def declared(connection: Connection) -> Connection:
    record_datasets(connection, [EXPORTERS, SPIRE])
    return connection


def found(connection: Connection, words: str) -> list[str]:
    query = (
        "SELECT key FROM operations.catalogue_index WHERE search @@ websearch_to_tsquery('english', %s)"
        " ORDER BY ts_rank(search, websearch_to_tsquery('english', %s)) DESC"
    )
    return [key for (key,) in connection.execute(query, [words, words])]


def test_a_dataset_is_found_by_its_title_its_names_and_its_columns(declared: Connection) -> None:
    refresh(declared)
    assert found(declared, EXPORTERS.title) == [KEY]
    assert found(declared, "hmrc exporters") == [KEY]
    column = EXPORTERS.columns_of("L1")[-1].name.replace("_", " ")
    assert KEY in found(declared, column)


def test_it_has_the_state_of_each_dataset_and_only_changes_are_written(declared: Connection) -> None:
    refresh(declared)
    look = "SELECT state, xmin::text, ctid::text FROM operations.catalogue_index WHERE key = %s"
    (before,) = declared.execute(look, [KEY]).fetchall()
    assert before[0] == "empty"
    refresh(declared)
    assert declared.execute(look, [KEY]).fetchall() == [before]


def test_a_dataset_that_is_withdrawn_or_deleted_is_in_no_list(declared: Connection) -> None:
    declared.execute(
        "INSERT INTO pipeline (organisation, dataset, slug) VALUES ('dbt', 'export_wins', 'dbt-export_wins')"
    )
    refresh(declared)
    assert found(declared, "export wins") == ["dbt.export_wins"]
    declared.execute("DELETE FROM pipeline")
    assert found(declared, "export wins") == []
    record_datasets(declared, [SPIRE])
    refresh(declared)
    assert found(declared, "hmrc exporters") == []


def test_what_is_described_anew_is_found_at_once(declared: Connection) -> None:
    declared.execute(
        "INSERT INTO pipeline (organisation, dataset, slug) VALUES ('dbt', 'export_wins', 'dbt-export_wins')"
    )
    describe(declared, ["dbt.export_wins"])
    declared.execute("UPDATE pipeline SET title = 'Successes abroad'")
    describe(declared, ["dbt.export_wins"])
    assert found(declared, "success") == ["dbt.export_wins"]
    assert found(declared, "hmrc") == []


def test_a_loaded_dataset_has_its_rows_and_its_last_load(declared: Connection) -> None:
    load = (
        "INSERT INTO operations.datafile_registry (source, file_name, state, rows, loaded_at, created_timestamp,"
        " updated_timestamp) VALUES (%s, %s, 'processed', %s, now() - %s::interval, now(), now())"
    )
    declared.execute(load, [KEY, "newer.zip", 7, "1 hour"])
    declared.execute(load, [KEY, "older.zip", 9, "2 hours"])
    refresh(declared)
    look = "SELECT state, rows, loaded_at = since, now() - loaded_at FROM operations.catalogue_index WHERE key = %s"
    ((state, rows, is_since, age),) = declared.execute(look, [KEY]).fetchall()
    assert (state, rows, is_since) == ("fresh", 7, True)
    assert timedelta(hours=1) <= age < timedelta(hours=2)


def test_of_two_workers_that_look_at_the_same_moment_one_does(declared: Connection, database_url: str) -> None:
    with psycopg.connect(database_url) as other:
        other.execute("SELECT 1")  # begins a transaction, which goes on after the look
        assert refresh(other)
        assert not refresh(declared)
    assert refresh(declared)

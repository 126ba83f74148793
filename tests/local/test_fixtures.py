"""The storage and database that the other tests are given."""

import obstore
import psycopg
import pytest
from obstore.store import from_url

pytestmark = pytest.mark.stand_in


def test_a_storage_keeps_bytes_whatever_its_kind(any_storage_url: str) -> None:
    store = from_url(any_storage_url)
    obstore.put(store, "datasets/a.csv", b"a,b\n1,2\n")

    assert bytes(obstore.get(store, "datasets/a.csv").bytes()) == b"a,b\n1,2\n"
    assert [item["path"] for page in obstore.list(store) for item in page] == ["datasets/a.csv"]


def test_each_storage_starts_empty(any_storage_url: str) -> None:
    assert [item for page in obstore.list(from_url(any_storage_url)) for item in page] == []


def test_a_database_starts_with_the_services_own_tables_and_no_rows(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM operations.datafile_registry").fetchone() == (0,)
        connection.execute("CREATE TABLE left_behind ()")


def test_nothing_is_left_of_the_database_of_an_earlier_test(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT to_regclass('left_behind')").fetchone() == (None,)

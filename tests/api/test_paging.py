"""The contract's paging and query, over real tables."""

from functools import partial

import psycopg
import pytest

from tests.parts.service import Client, Service
from tests.parts.waiting import wait_until

PAGE = 10


def make(service: Service, schema: str, rows: int, columns: str = "id integer PRIMARY KEY, name text") -> str:
    """A table of `rows` rows; its path."""
    service.execute(
        f'CREATE SCHEMA IF NOT EXISTS "{schema}"',
        f'DROP TABLE IF EXISTS "{schema}"."L1"',
        f'CREATE TABLE "{schema}"."L1" ({columns})',
        f'INSERT INTO "{schema}"."L1" SELECT g, \'row \' || g FROM generate_series(1, {rows}) g',
    )
    return f"/api/v1/table-data/{schema}/L1"


def test_a_client_follows_next_to_the_last_row(service: Service, client: Client) -> None:
    url: str | None = make(service, "paging.all", 35) + "?orientation=records"
    sizes, seen = [], []
    while url:
        answer = client.get(url).json()
        sizes.append(len(answer["results"]))
        seen += [row["id"] for row in answer["results"]]
        url = answer["next"]

    assert sizes == [10, 10, 10, 5]
    assert seen == list(range(1, 36))


def test_next_is_the_address_by_which_the_client_came(service: Service, client: Client) -> None:
    path = make(service, "paging.address", 11)

    assert client.get(path).json()["next"] == f"{service.url}{path}?orientation=tabular&next-id=11"
    other_name = service.url.replace("127.0.0.1", "localhost")
    assert client.get(other_name + path).json()["next"].startswith(other_name + path)


def test_gaps_between_ids_make_no_short_pages(service: Service, client: Client) -> None:
    path = make(service, "paging.gaps", 30)
    service.execute('DELETE FROM "paging.gaps"."L1" WHERE id % 3 <> 0 AND id < 16')

    first = client.get(f"{path}?orientation=records").json()

    assert [row["id"] for row in first["results"]] == [3, 6, 9, 12, 15, 16, 17, 18, 19, 20]
    assert first["next"].endswith("next-id=21")


def test_exactly_one_full_page_left_has_no_next(service: Service, client: Client) -> None:
    assert client.get(make(service, "paging.full", PAGE)).json()["next"] is None


@pytest.mark.parametrize("first", ["9999", "9223372036854775807", "9223372036854775808", "9" * 30])
def test_past_the_end_there_is_an_empty_page(service: Service, client: Client, first: str) -> None:
    path = make(service, "paging.end", 3)

    assert client.get(f"{path}?next-id={first}&orientation=records").json() == {"results": [], "next": None}
    assert client.get(f"{path}?next-id={first}").json() == {"headers": ["id", "name"], "values": [], "next": None}


@pytest.mark.parametrize("first", ["0", "-5", "-99999999999999999999"])
def test_nought_and_less_are_the_start(service: Service, client: Client, first: str) -> None:
    path = make(service, "paging.start", 3)

    assert client.get(f"{path}?next-id={first}").json() == client.get(path).json()


@pytest.mark.parametrize("first", ["", "x", "1.5", "1e3", "0x10", "9" * 5000])
def test_what_is_no_integer_is_refused(service: Service, client: Client, first: str) -> None:
    answer = client.get(f"{make(service, 'paging.integer', 3)}?next-id={first}")

    assert (answer.status_code, answer.json()) == (400, {"error": "next-id must be an integer"})


def test_an_unknown_orientation_is_refused(service: Service, client: Client) -> None:
    answer = client.get(f"{make(service, 'paging.orientation', 3)}?orientation=sideways")

    assert (answer.status_code, answer.json()) == (400, {"error": "orientation must be tabular or records"})


def test_unknown_parameters_are_ignored(service: Service, client: Client) -> None:
    path = make(service, "paging.unknown", 3)

    assert client.get(f"{path}?colour=red").json() == client.get(path).json()


def test_tabular_is_the_default_and_always_a_list_of_lists(service: Service, client: Client) -> None:
    service.execute('CREATE SCHEMA "paging.one"', 'CREATE TABLE "paging.one"."L1" (id int PRIMARY KEY)')
    service.execute('INSERT INTO "paging.one"."L1" VALUES (1), (2)')

    assert client.get("/api/v1/table-data/paging.one/L1").content == (
        b'{"headers":["id"],"values":[[1],[2]],"next":null}'
    )


def test_id_comes_first_and_bookkeeping_is_not_shown(service: Service, client: Client) -> None:
    service.execute(
        'CREATE SCHEMA "paging.order"',
        'CREATE TABLE "paging.order"."L1" (b text, data_hash text, id bigint PRIMARY KEY, datafile_created text,'
        " datafile_updated text, data_source_row_id int, a text)",
        "INSERT INTO \"paging.order\".\"L1\" VALUES ('b', 'h', 5, 'f', 'g', 7, 'a')",
    )

    assert client.get("/api/v1/table-data/paging.order/L1?orientation=records").content == (
        b'{"results":[{"id":5,"b":"b","data_source_row_id":7,"a":"a"}],"next":null}'
    )


def test_a_table_put_in_anothers_place_is_read_as_it_is_now(service: Service, client: Client) -> None:
    path = make(service, "paging.replaced", 3)
    before = client.get(path).json()["headers"]
    make(service, "paging.replaced", 3, "id bigint PRIMARY KEY, other varchar")

    assert (before, client.get(path).json()["headers"]) == (["id", "name"], ["id", "other"])


def test_rows_come_in_the_order_of_their_ids_wherever_they_lie(service: Service, client: Client) -> None:
    path = make(service, "paging.order", 0)
    service.execute('INSERT INTO "paging.order"."L1" (id) SELECT generate_series(25, 1, -1)')

    pages = [client.get(path + "?orientation=records").json()]
    while (following := pages[-1]["next"]) and len(pages) < 10:  # out of order, they would lead back for ever
        pages.append(client.get(following).json())

    assert [row["id"] for page in pages for row in page["results"]] == list(range(1, 26))


def test_a_deep_page_reads_no_more_than_the_first(service: Service, client: Client) -> None:
    make(service, "paging.deep", 20_000)
    # Autovacuum would read the table as well.
    service.execute('ALTER TABLE "paging.deep"."L1" SET (autovacuum_enabled = false)')
    service.execute('VACUUM ANALYZE "paging.deep"."L1"')

    def is_reported(before: int) -> bool:
        # A backend reports what it has read with a later transaction of its own, a second or more afterwards.
        client.get("/api/v1/table-structure/paging.deep/absent")
        return blocks(service) != before

    touched = []
    for first in (1, 19_000):
        before = blocks(service)
        assert client.get(f"/api/v1/table-data/paging.deep/L1?next-id={first}").status_code == 200
        wait_until(partial(is_reported, before), "no backend has reported the page")
        touched.append(blocks(service) - before)

    assert max(touched) < 10, "a page of ten rows touches the index's path and a few blocks, wherever it is"


def blocks(service: Service) -> int:
    """Blocks of tables of the schema `paging.deep` that were read so far."""
    with psycopg.connect(service.database_url) as connection:
        row = connection.execute(
            "SELECT heap_blks_read + heap_blks_hit FROM pg_statio_user_tables WHERE schemaname = 'paging.deep'"
        ).fetchone()
    assert row
    return int(row[0])

"""A copy that follows a table by the Python client: it is the table, whatever becomes of that."""

from collections.abc import Callable, Iterator

import pytest
from psycopg import sql

from dss_assets.loading.change_log import delete_rows, mark
from dss_web.client.data_store import Changed, Client, Refused, Table
from tests.parts.service import Service
from tests.parts.tracked import make_noted

SCHEMA = "copied.trees"
NAMES = (sql.Identifier(SCHEMA, "L0"), sql.Identifier(SCHEMA, "L1"))


@pytest.fixture(autouse=True)
def table(exporting: Service) -> Iterator[Table]:
    """A table of 25 rows, loaded as the loader does it."""
    make_noted(exporting, SCHEMA, 25)
    load(exporting)
    with Client(exporting.url, "all", "the key of a client: all") as client:
        yield client.table(SCHEMA, "L1")


def load(service: Service, added: int = 0, removed: str = "") -> None:
    """Add rows to the table, and remove others, with a note of it."""
    with service.connect() as connection:
        mark(connection, *NAMES)
        if removed:
            delete_rows(connection, NAMES[0], sql.SQL(removed), NAMES[1])
        connection.execute(
            sql.SQL("INSERT INTO {} (name) SELECT 'new' FROM generate_series(1, %s)").format(NAMES[0]), [added]
        )
        mark(connection, *NAMES)


class Copy:
    """What a client keeps."""

    def __init__(self) -> None:
        self.rows: dict[int, str] = {}
        self.version = 0

    def follow(self, table: Table, after_page: Callable[[], object] = lambda: None) -> None:
        for page in table.changes(self.version, size=10):
            for removed in page.removed:
                for identifier in removed:
                    self.rows.pop(identifier, None)
            self.rows |= {row["id"]: row["name"] for row in page.rows}
            self.version = page.version
            after_page()


def test_a_copy_follows_what_comes_and_goes(exporting: Service, table: Table) -> None:
    copy = Copy()
    copy.follow(table)
    load(exporting, added=12, removed="id BETWEEN 5 AND 9")

    (first, second) = table.changes(copy.version, size=10)
    copy.follow(table)

    assert [list(removed) for removed in first.removed] == [[5, 6, 7, 8, 9]]
    assert (len(first.rows), len(second.rows)) == (10, 2)
    assert copy.rows == {row["id"]: row["name"] for row in table.read()}


def test_rows_that_go_between_two_pages_are_in_no_copy(exporting: Service, table: Table) -> None:
    copy = Copy()
    copy.follow(table)
    load(exporting, added=25)
    removals = iter(["id IN (3, 30)"])

    def remove_once() -> None:
        for removed in removals:
            load(exporting, removed=removed)

    copy.follow(table, after_page=remove_once)

    assert copy.rows == {row["id"]: row["name"] for row in table.read()}
    assert not copy.rows.keys() & {3, 30}


def test_a_table_that_was_replaced_is_read_from_the_start(exporting: Service, table: Table) -> None:
    copy = Copy()
    copy.follow(table)
    make_noted(exporting, SCHEMA, 3)
    load(exporting)

    with pytest.raises(Changed) as gone:
        copy.follow(table)

    assert (gone.value.status, "changed-since=0" in gone.value.start) == (410, True)
    fresh = Copy()
    fresh.follow(table)
    assert len(fresh.rows) == 3


def test_a_copy_without_ids_is_not_begun(exporting: Service, table: Table) -> None:
    client = Client(exporting.url, "all", "the key of a client: all")

    with pytest.raises(ValueError, match="column id"):
        next(client.table(SCHEMA, "L1", columns=["name"]).changes())


def test_a_table_that_nobody_tracks_is_refused(exporting: Service, table: Table) -> None:
    exporting.execute(
        'CREATE SCHEMA IF NOT EXISTS "copied.none"',
        'CREATE TABLE IF NOT EXISTS "copied.none"."L1" (id int PRIMARY KEY)',
    )
    client = Client(exporting.url, "all", "the key of a client: all")

    with pytest.raises(Refused, match="not tracked") as refused:
        next(client.table("copied.none", "L1").changes())

    assert refused.value.status == 422

"""A client keeps a copy of a table by what has changed in it, or is told to read it again; it is never wrong."""

import random
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import pytest
from psycopg import sql

from dss_assets.loading.change_log import delete_rows, mark
from dss_assets.loading.change_tracking import start_generation, track_changes
from tests.parts.service import Client, Service
from tests.parts.tracked import make_noted

Json = dict[str, Any]
ALL: Final = "changed-since=0"


class Table:
    """A table under a view, which is loaded as the loader does it: in one transaction, with its changes noted."""

    def __init__(self, service: Service, schema: str, rows: int) -> None:
        self.service, self.schema = service, schema
        self.path = make_noted(service, schema, rows)
        self.load()

    def names(self) -> tuple[sql.Identifier, sql.Identifier]:
        return sql.Identifier(self.schema, "L0"), sql.Identifier(self.schema, "L1")

    def load(self, added: int = 0, removed: str = "") -> None:
        table, view = self.names()
        with self.service.connect() as connection:
            mark(connection, table, view)
            if removed:
                delete_rows(connection, table, sql.SQL(removed), view)
            if added:
                connection.execute(
                    sql.SQL("INSERT INTO {} (name) SELECT 'new' FROM generate_series(1, %s)").format(table), [added]
                )
            mark(connection, table, view)

    def by_hand(self, statement: str) -> None:
        self.service.execute(statement.format(table=f'"{self.schema}"."L0"'))

    def swap(self) -> None:
        make_noted(self.service, self.schema, 5)
        self.load()

    def rows(self) -> dict[int, str]:
        with self.service.connect() as connection:
            return dict(connection.execute(sql.SQL("SELECT id, name FROM {}").format(self.names()[1])).fetchall())


class Copy:
    """A client's copy of a table."""

    def __init__(self, client: Client, path: str) -> None:
        self.client, self.path = client, path
        self.version = 0
        self.rows: dict[int, str] = {}
        self.starts = 0

    def follow(self, between_pages: Callable[[], None] = lambda: None) -> None:
        """Bring it to the state of the table as a client should: at 410 from nothing, at 409 from its version."""
        url: str | None = f"{self.path}?orientation=records&changed-since={self.version}"
        while url:
            answer = self.client.get(url)
            if answer.status_code in {409, 410}:
                self.starts += answer.status_code == 410
                self.rows = {} if answer.status_code == 410 else self.rows
                url = answer.json()["start"]
                continue
            page = answer.json()
            for first, last in page["removed"]:
                for number in range(first, last + 1):
                    self.rows.pop(number, None)
            self.rows |= {row["id"]: row["name"] for row in page["results"]}
            self.version, url = page["version"], page["next"]
            between_pages()


def changes(client: Client, table: Table, since: int) -> Json:
    answer = client.get(f"{table.path}?orientation=records&changed-since={since}&page-size=100")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def ids(page: Json) -> list[int]:
    return [row["id"] for row in page["results"]]


def test_rows_that_were_added_come_with_the_version_that_they_make(service: Service, client: Client) -> None:
    table = Table(service, "followed.added", 25)
    first = changes(client, table, 0)
    assert (len(first["results"]), first["removed"], first["next"]) == (25, [], None)
    table.load(added=3)

    page = changes(client, table, first["version"])

    assert (ids(page), page["removed"]) == ([26, 27, 28], [])
    tag = client.get(table.path).headers["ETag"]
    assert tag.startswith(f'"{page["version"]}-')
    nothing = changes(client, table, page["version"])
    assert (nothing["results"], nothing["removed"], nothing["version"]) == ([], [], page["version"])


def test_the_ids_of_a_file_that_was_loaded_again_are_told_as_gone(service: Service, client: Client) -> None:
    table = Table(service, "followed.again", 25)
    version = changes(client, table, 0)["version"]
    table.load(added=5, removed="id BETWEEN 5 AND 9 OR id = 12")
    table.load(added=1, removed="id BETWEEN 10 AND 11 OR id = 26")

    page = changes(client, table, version)

    assert page["removed"] == [[5, 12]], "and not 26, which the client has never had"
    assert ids(page) == [27, 28, 29, 30, 31]


def test_pages_of_changes_follow_one_another_while_rows_are_added(service: Service, client: Client) -> None:
    table = Table(service, "followed.pages", 3)
    copy = Copy(client, table.path)
    copy.follow()
    table.load(added=25, removed="id = 2")
    loads = iter([3, 3])

    copy.follow(lambda: table.load(added=next(loads, 0)))

    assert copy.rows == table.rows()
    assert len(copy.rows) == 33
    assert copy.starts == 0


def test_a_table_that_changes_between_two_pages_is_followed_from_the_same_version(
    service: Service, client: Client
) -> None:
    table = Table(service, "followed.between", 3)
    version = changes(client, table, 0)["version"]
    table.load(added=25)
    first = client.get(f"{table.path}?orientation=records&changed-since={version}").json()
    table.load(removed="id = 5")

    answer = client.get(first["next"])

    assert answer.status_code == 409
    assert answer.json()["start"] == f"{service.url}{table.path}?orientation=records&changed-since={version}"
    assert 5 not in ids(client.get(answer.json()["start"]).json())


def replaced(table: Table) -> None:
    table.swap()


def updated(table: Table) -> None:
    table.by_hand("UPDATE {table} SET name = 'other' WHERE id = 1")
    table.load()


def deleted_by_hand(table: Table) -> None:
    table.by_hand("DELETE FROM {table} WHERE id = 1")
    table.load(added=1)


def given_a_column(table: Table) -> None:
    with table.service.connect() as connection:
        start_generation(connection, table.names()[0])
    table.load(added=1)


def forgotten(table: Table) -> None:
    table.service.execute("UPDATE operations.table_change SET noted_at = now() - interval '401 days'")
    table.load(added=1)


def seen_in_another_way(table: Table) -> None:
    table.service.execute(
        f'DROP VIEW "{table.schema}"."L1"', f'CREATE VIEW "{table.schema}"."L1" AS SELECT * FROM "{table.schema}"."L0"'
    )
    with table.service.connect() as connection:
        track_changes(connection, *table.names())
    table.load(added=1)


@pytest.mark.parametrize("change", [replaced, updated, deleted_by_hand, given_a_column, forgotten, seen_in_another_way])
def test_what_cannot_be_told_is_gone_with_a_url_to_start_again(
    service: Service, client: Client, change: Callable[[Table], None]
) -> None:
    table = Table(service, f"followed.{change.__name__}", 15)
    version = changes(client, table, 0)["version"]
    change(table)

    answer = client.get(f"{table.path}?orientation=records&changed-since={version}&columns=id,name")

    assert answer.status_code == 410
    assert "Server-Authorization" in answer.headers
    start = answer.json()["start"]
    assert start == f"{service.url}{table.path}?orientation=records&columns={quote('id,name')}&changed-since=0"
    page = client.get(start).json()
    assert page["version"] > version
    assert changes(client, table, page["version"])["results"] == []


def test_a_version_of_the_future_or_of_another_table_is_gone(service: Service, client: Client) -> None:
    table, other = Table(service, "followed.one", 5), Table(service, "followed.other", 5)
    theirs = changes(client, other, 0)["version"]
    table.load(added=1)

    for version in (theirs, 10**12, 1):
        assert client.get(f"{table.path}?changed-since={version}").status_code == 410


@pytest.mark.parametrize("version", ["-1", "new", "1.5"])
def test_what_is_no_version_is_refused(service: Service, client: Client, version: str) -> None:
    table = Table(service, "followed.wrong", 5)

    answer = client.get(f"{table.path}?changed-since={version}")

    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "changed-since must be a version of the table, or 0",
    )


def test_a_table_whose_changes_nobody_tracks_cannot_be_followed(service: Service, client: Client) -> None:
    service.execute('CREATE SCHEMA "followed.none"', 'CREATE TABLE "followed.none"."L1" (id int PRIMARY KEY)')

    answer = client.get("/api/v1/table-data/followed.none/L1?changed-since=0")

    assert answer.status_code == 422
    assert "not tracked" in answer.json()["error"]


def test_a_request_without_a_version_is_answered_as_ever(service: Service, client: Client) -> None:
    table = Table(service, "followed.plain", 12)

    page = client.get(f"{table.path}?orientation=records").json()

    assert page.keys() == {"results", "next"}
    assert "changed-since" not in page["next"]


def test_a_copy_is_right_whatever_becomes_of_the_table(service: Service, client: Client) -> None:
    chance = random.Random(11)  # noqa: S311 any sequence will do
    table = Table(service, "followed.anything", 12)
    copies = [Copy(client, table.path) for _ in range(3)]
    steps: list[Callable[[], None]] = [
        *[lambda: table.load(added=chance.randint(1, 15))] * 5,
        *[lambda: table.load(added=chance.randint(0, 5), removed=f"id % {chance.randint(2, 9)} = 0")] * 5,
        lambda: table.by_hand("INSERT INTO {table} (name) VALUES ('by hand')"),
        lambda: table.by_hand("DELETE FROM {table} WHERE id % 11 = 0"),
        lambda: updated(table),
        table.swap,
    ]
    for _ in range(25):
        chance.choice(steps)()
        copy = chance.choice(copies)
        copy.follow()
        assert copy.rows == table.rows()

    assert any(copy.starts for copy in copies)

"""A client that is half through a table when it is replaced reads the kept one to its end."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import pytest

from dss_assets.database import Database
from dss_assets.dataset import Column, Dataset, Replace, Rowwise, UserCsv
from dss_assets.ingestion import ingest
from dss_assets.storage import Storage
from tests.parts.export_reading import begin, receipt
from tests.parts.service import Client, Service


@dataclass
class Versions:
    """A dataset of 25 rows, whose tables are replaced, and of which as many are kept as it declares."""

    service: Service
    storage: Storage
    dataset: Dataset

    def load(self, word: str, rows: int = 25) -> None:
        content = "name\n" + "".join(f"{word} {number}\n" for number in range(1, rows + 1))
        path = self.storage.dataset_path("kept", self.dataset.name, word)
        with Database(self.service.database_url).connect("test") as connection:
            ingest(
                connection,
                self.storage,
                self.dataset,
                word,
                "a run",
                lambda _: (self.storage.put(path, [content.encode()]), "v1"),
            )

    def path(self, table: str = "L0", route: str = "table-data") -> str:
        return f"/api/v1/{route}/{self.dataset.key}/{table}"


Make = Callable[..., Versions]


@pytest.fixture
def make(service: Service, storage: Storage) -> Make:
    def make(name: str, kept: int = 1) -> Versions:
        columns = (Column("name"),)
        l1 = Rowwise(("name",))
        versions = Versions(service, storage, Dataset("kept", name, None, UserCsv(), Replace(kept), columns, l1))
        versions.load("first")
        return versions

    return make


def names(page: dict[str, list[dict[str, str]]]) -> list[str]:
    return [row["name"] for row in page["results"]]


@pytest.mark.parametrize("table", ["L0", "L1"])
def test_a_table_that_was_replaced_is_read_to_its_end(make: Make, client: Client, table: str) -> None:
    versions = make(f"to_the_end_{table.lower()}")
    response = client.get(versions.path(table) + "?orientation=records&columns=name")
    page = response.json()
    versions.load("second", 7)

    seen = names(page)
    tags = {response.headers["ETag"]}
    while page["next"]:
        response = client.get(page["next"])
        page = response.json()
        tags.add(response.headers["ETag"])
        seen += names(page)

    assert seen == [f"first {number}" for number in range(1, 26)]
    assert len(tags) == 1, "all of it is of one state"
    assert names(client.get(versions.path(table) + "?orientation=records").json())[0] == "second 1"
    assert client.get(response.url, headers={"If-None-Match": tags.pop()}).status_code == 304


def test_filters_and_the_size_of_pages_hold_to_the_end(make: Make, client: Client) -> None:
    versions = make("filters")
    following = client.get(versions.path("L1") + "?orientation=records&id.gte=4&id.lte=6&page-size=2").json()["next"]
    versions.load("second")

    page = client.get(following).json()

    assert (names(page), page["next"]) == (["first 6"], None)


def test_what_is_gone_is_told_and_where_to_start_again(make: Make, client: Client) -> None:
    versions = make("gone")
    following = client.get(versions.path() + "?orientation=records").json()["next"]
    versions.load("second")
    assert client.get(following).status_code == 200
    versions.load("third")

    response = client.get(following)

    assert response.status_code == 409
    assert "kept.gone.L0 was changed after you began to read it" in response.json()["error"]
    assert names(client.get(response.json()["start"]).json())[0] == "third 1"


def test_a_kept_table_that_was_changed_by_hand_is_gone(make: Make, client: Client) -> None:
    versions = make("by_hand")
    following = client.get(versions.path()).json()["next"]
    versions.load("second")
    table = versions.service.ask("SELECT relation::text FROM operations.kept_table WHERE source = 'kept.by_hand'")
    versions.service.execute(f"UPDATE {table} SET name = 'other' WHERE id = 1")

    assert client.get(following).status_code == 409


def test_a_kept_table_is_not_there_by_its_own_name(make: Make, client: Client) -> None:
    versions = make("by_name")
    versions.load("second")
    name = versions.service.ask(
        "SELECT relname FROM operations.kept_table JOIN pg_class ON oid = relation WHERE source = 'kept.by_name'"
    )
    assert name.startswith("L0@")

    for route in ("table-data", "table-structure", "table-export"):
        assert client.get(versions.path(quote(name), route)).status_code == 404


def test_only_who_may_read_the_table_reads_the_kept_one(make: Make, client: Client, service: Service) -> None:
    versions = make("scopes")
    following = client.get(versions.path()).json()["next"]
    versions.load("second")

    assert service.add_client("its_table", "table:kept.scopes.L0").get(following).status_code == 200
    assert service.add_client("another_table", "table:kept.gone").get(following).status_code == 403


def test_an_export_is_resumed_in_the_kept_table(make: Make, client: Client) -> None:
    versions = make("export")
    path = f"{versions.dataset.key}/L0"
    whole = begin(client, path)
    content, generation = whole.content, receipt(client, whole)["generation"]
    versions.load("second")

    rest = begin(client, f"{path}?from-id=11&generation={generation}&header=false")

    assert rest.content == b"".join(content.splitlines(keepends=True)[11:])
    assert rest.headers["DSS-Generation"] == str(generation)
    assert receipt(client, rest)["generation"] == generation
    assert begin(client, f"{path}?generation={generation}", method="HEAD").headers["ETag"] == whole.headers["ETag"]


def test_a_generation_that_no_table_can_have_is_told(make: Make, client: Client) -> None:
    versions = make("impossible")

    for generation in ("0", "-1", "9" * 60):
        assert client.get(f"{versions.path()}?generation={generation}").status_code in {400, 409}

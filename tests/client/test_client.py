"""The Python client, on the real service: a table by a key, in each of the ways that it can be taken."""

import decimal
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pyarrow.parquet
import pytest

from dss_web.client.data_store import Changed, Client, Column, DataStoreError, NotVerified, Refused, Unreachable
from tests.parts.export_reading import export, fill
from tests.parts.relay import answer, answering, changing, cutting
from tests.parts.service import Service

KEY = "the key of a client: all"
# Of compressed content, which is some half as large.
CUT = 12_000_000


@pytest.fixture(scope="module")
def values(exporting: Service) -> None:
    """A table with a value of each type that clients often have, and a row without any."""
    exporting.execute(
        "CREATE TABLE x.of_each_type (id bigint PRIMARY KEY, whole int, big bigint, price numeric, prices numeric[],"
        " yes boolean, day date, at timestamptz, code text)",
        "INSERT INTO x.of_each_type VALUES (1, 7, 9007199254740993, 0.10, '{1.50,NULL}', true, '2024-05-01',"
        " '2024-05-01 12:00+00', '007')",
        "INSERT INTO x.of_each_type VALUES (2)",
    )


@pytest.fixture
def client(exporting: Service) -> Iterator[Client]:
    with Client(exporting.url, "all", KEY) as client:
        yield client


def impatient(url: str, *report: list[str]) -> Client:
    """A client that waits for hundredths of a second where others wait for seconds."""
    client = Client(url, "all", KEY, report=report[0].append if report else lambda line: None)
    client.connection.pauses = (0.01, 0.01)
    return client


def test_a_table_becomes_a_data_frame_in_which_no_value_has_changed(client: Client, values: None) -> None:
    frame = client.table("x", "of_each_type").to_pandas()

    first, second = frame.to_dict("records")
    assert first.pop("at") == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert next(iter(first.pop("prices"))) == 1.5
    assert str(first.pop("day")) == "2024-05-01"
    assert first == {"id": 1, "whole": 7, "big": 9007199254740993, "price": 0.1, "yes": True, "code": "007"}
    assert second.pop("id") == 2
    assert all(value is None or pandas.isna(value) for value in second.values())
    assert str(frame["big"].dtype) == "Int64", "a float would have made ...992 of it"


def test_every_digit_of_a_number_can_be_kept(client: Client, values: None) -> None:
    table = client.table("x", "of_each_type", columns=["id", "price", "prices"])

    assert table.to_arrow(numeric="text").to_pylist()[0] == {"id": 1, "price": "0.10", "prices": ["1.50", None]}
    assert table.to_arrow().schema.field("price").type == pyarrow.float64()
    (row, _) = table.read(parse_float=decimal.Decimal)
    assert str(row["price"]) == "0.10"


def test_rows_come_a_page_at_a_time(client: Client) -> None:
    table = client.table("x", "L1", columns=["id"])

    assert [len(page) for page in table.pages(40)] == [40, 40, 20]
    assert [row["id"] for row in table.rows()] == list(range(1, 101))
    assert table.head(3) == [{"id": 1}, {"id": 2}, {"id": 3}]
    assert table.read() == list(table.rows())


def test_columns_and_rows_are_chosen(client: Client, exporting: Service) -> None:
    exporting.execute(
        'CREATE TABLE x.odd (id int PRIMARY KEY, "a, b" text, columns date UNIQUE)',
        "INSERT INTO x.odd VALUES (1, 'p', '2024-05-01'), (2, 'q', '2024-06-01')",
    )
    day = datetime(2024, 6, 1, tzinfo=UTC).date()

    assert client.table("x", "odd", columns=["a, b"], where={"columns": day}).read() == [{"a, b": "q"}]
    assert client.table("x", "odd", columns=["id"], where={"id.lt": 2}).to_arrow().to_pylist() == [{"id": 1}]


def test_the_structure_has_types_and_meanings(client: Client, values: None) -> None:
    columns = client.table("x", "of_each_type").structure()

    assert columns[:3] == [Column("id", "BIGINT"), Column("whole", "INTEGER"), Column("big", "BIGINT")]


def test_any_other_route_is_read_by_its_path(client: Client) -> None:
    assert client.get("/api/v1/table-data/x/L1?page-size=1&columns=id")["values"] == [[1]]


@pytest.mark.parametrize("name", ["a.csv", "a.ndjson", "a.parquet"])
def test_a_table_is_exported_into_a_file_and_checked(client: Client, tmp_path: Path, name: str) -> None:
    exported = client.table("x", "L1").export(tmp_path / name)

    content = exported.path.read_bytes()
    assert (exported.rows, exported.bytes) == (100, len(content))
    assert exported.sha256 == hashlib.sha256(content).hexdigest()
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_an_export_is_resumed_where_it_broke_off(exporting: Service, tmp_path: Path) -> None:
    lines: list[str] = []
    with cutting(exporting, CUT, times=1) as url:
        exported = impatient(url, lines).table("x", "large").export(tmp_path / "large.csv")

    assert exported.path.read_bytes() == export(exporting.client(), "x/large")
    assert "resuming after" in lines[0]
    assert "resuming after 0 rows" not in lines[0]


def test_a_file_that_somebody_changed_on_its_way_gets_no_name(exporting: Service, tmp_path: Path) -> None:
    with changing(exporting, b"PAR1", b"PAR2") as url, pytest.raises(NotVerified, match="sha256 is"):
        impatient(url).table("x", "L1").export(tmp_path / "a.parquet")

    assert [file.name for file in tmp_path.iterdir()] == ["a.parquet.part"]


def test_a_file_whose_format_is_not_known_is_not_begun(client: Client, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="csv, ndjson or parquet"):
        client.table("x", "L1").export(tmp_path / "a.xlsx")


def test_whoever_iterates_is_told_that_rows_have_changed(client: Client, exporting: Service) -> None:
    fill(exporting, "told", 30, 10)
    pages = client.table("x", "told").pages(10)
    next(pages)
    exporting.execute("UPDATE x.told SET name = 'new'")

    with pytest.raises(Changed):
        next(pages)


def test_rows_that_change_meanwhile_are_read_again_from_the_start(client: Client, exporting: Service) -> None:
    fill(exporting, "again", 20_000, 10)
    changes = ["UPDATE x.again SET name = 'new'"]

    def change_once(response: Any, *args: Any, **options: Any) -> None:
        if changes:
            exporting.execute(changes.pop())

    client.connection.session.hooks["response"].append(change_once)

    names = [row["name"] for row in client.table("x", "again").read()]

    assert names == ["new"] * 20_000


@pytest.mark.parametrize(
    "proxy",
    [
        answer("503 Service Unavailable"),
        answer("503 Service Unavailable", "Retry-After: 0"),
        answer("503 Service Unavailable", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"),
        answer("429 Too Many Requests", "Retry-After: soon"),
        answer("502 Bad Gateway"),
        b"",
    ],
    ids=["no header", "seconds", "date", "nonsense", "502", "no answer"],
)
def test_it_asks_again_while_the_service_is_away(exporting: Service, proxy: bytes) -> None:
    lines: list[str] = []
    with answering(exporting, proxy, proxy) as url:
        rows = impatient(url, lines).table("x", "L1").read()

    assert len(rows) == 100
    assert len(lines) == 2
    assert "trying again in" in lines[0]


def test_it_gives_up_when_its_tries_are_used_up(exporting: Service) -> None:
    away = [answer("503 Service Unavailable", body="maintenance")] * 9
    with answering(exporting, *away) as url, pytest.raises(Unreachable, match=r"503 Service.* maintenance"):
        impatient(url).table("x", "L1").read()


def test_it_does_not_wait_for_hours(exporting: Service) -> None:
    away = answer("503 Service Unavailable", "Retry-After: 7200")
    with answering(exporting, away) as url, pytest.raises(Unreachable):
        impatient(url).table("x", "L1").read()


@pytest.mark.parametrize(
    "signature", [(), ('Server-Authorization: Hawk mac="bm8=", hash="bm8="',)], ids=["no", "wrong"]
)
def test_an_answer_that_is_not_the_services_is_not_taken(exporting: Service, signature: tuple[str, ...]) -> None:
    forged = answer("200 OK", "Content-Type: application/json", *signature, body='{"results": [], "next": null}')
    with answering(exporting, forged) as url, pytest.raises(NotVerified, match="table-data/x/L1"):
        impatient(url).table("x", "L1").read()


def test_a_refusal_is_in_the_services_words(client: Client, exporting: Service) -> None:
    with pytest.raises(Refused, match=r"404 .*names are case-sensitive \(request") as none:
        client.table("x", "l1").read()
    with pytest.raises(Refused, match=r"400 .*index"):
        client.table("x", "L1", where={"name": "a"}).read()
    with pytest.raises(Refused, match=r"401 .*clock is wrong") as unknown:
        Client(exporting.url, "all", "another key").table("x", "L1").to_arrow()

    assert (none.value.status, unknown.value.status) == (404, 401)


def test_the_key_is_shown_nowhere(client: Client) -> None:
    assert KEY not in repr([client, client.connection, client.table("x", "L1"), client.upload("a.b")])


def test_the_environment_names_service_and_key(exporting: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HAWK_KEY", raising=False)
    monkeypatch.setenv("API_URL", f"{exporting.url}/")
    monkeypatch.setenv("HAWK_ID", "all")
    with pytest.raises(DataStoreError, match="HAWK_KEY"):
        Client.from_environment()

    monkeypatch.setenv("HAWK_KEY", KEY)
    assert len(Client.from_environment().table("x", "L1").read()) == 100

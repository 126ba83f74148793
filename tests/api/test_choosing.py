"""Choosing what to read: columns, page size, and rows by conditions on columns."""

from urllib.parse import quote, urlencode

import pytest

from tests.parts.service import Client, Service

SCHEMA = "choosing"
PATH = f"/api/v1/table-data/{SCHEMA}/L1"


@pytest.fixture(scope="module", autouse=True)
def table(service: Service) -> None:
    service.execute(
        f"CREATE SCHEMA {SCHEMA}",
        f"""CREATE TABLE {SCHEMA}."L0" (
            id int PRIMARY KEY, word text, number int, amount numeric, day date, at timestamp, "a.b" int,
            "with, comma" text, columns text, plain text, data_hash text, document json)""",
        f"""INSERT INTO {SCHEMA}."L0"
            SELECT g, 'word ' || g % 7, g % 5, g / 4.0, date '2020-01-01' + g,
                timestamp '2020-01-01' + g * interval '1 h', g, 'c' || g, 'column ' || g, 'plain',
                'secret ' || g, '{{}}' FROM generate_series(1, 60) g""",
        *(
            f"""CREATE INDEX ON {SCHEMA}."L0" ("{name}")"""
            for name in ("word", "number", "amount", "day", "at", "a.b", "columns", "data_hash")
        ),
        f"""CREATE VIEW {SCHEMA}."L1" AS SELECT *, lower(word) AS lowered FROM {SCHEMA}."L0" """,
    )


def read(client: Client, **parameters: object) -> list[dict[str, object]]:
    """All rows that the parameters choose."""
    url: str | None = f"{PATH}?{urlencode({'orientation': 'records', **parameters})}"
    rows: list[dict[str, object]] = []
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["results"]
        url = answer.json()["next"]
    return rows


def refusal(client: Client, query: str) -> str:
    answer = client.get(f"{PATH}?{query}")
    assert answer.status_code == 400, answer.text
    assert "Server-Authorization" in answer.headers
    return str(answer.json()["error"])


def test_columns_are_those_that_were_asked_for_in_that_order(client: Client) -> None:
    assert read(client, columns="day,id")[0] == {"day": "2020-01-02", "id": 1}
    assert list(read(client, columns="day,id")[0]) == ["day", "id"]
    assert client.get(f"{PATH}?columns=number").json()["headers"] == ["number"]
    assert client.get(f"{PATH}?columns=number").json()["values"][:3] == [[1], [2], [3]]
    assert len(read(client, columns="number")) == 60, "also where the id is not among them"


def test_columns_may_be_given_one_by_one_and_in_quotes(client: Client) -> None:
    assert client.get(f"{PATH}?columns=id&columns=day,number").json()["headers"] == ["id", "day", "number"]
    query = urlencode({"columns": '"with, comma",a.b'})
    assert client.get(f"{PATH}?{query}").json()["headers"] == ["with, comma", "a.b"]
    assert len(client.get(f"{PATH}?columns=").json()["headers"]) == 12


def test_unknown_hidden_and_doubled_columns_are_refused(client: Client) -> None:
    assert refusal(client, "columns=id,colour").startswith(
        "columns names what the table does not have: colour. It has: id"
    )
    assert "does not have: data_hash." in refusal(client, "columns=data_hash")
    assert refusal(client, "columns=id,day,id") == "columns names twice: id"


def test_a_page_has_the_size_that_was_asked_for(client: Client) -> None:
    first = client.get(f"{PATH}?page-size=25").json()
    assert len(first["values"]) == 25
    assert "page-size=25" in first["next"]
    assert len(client.get(first["next"]).json()["values"]) == 25
    assert client.get(f"{PATH}?page-size=10000").json()["next"] is None


@pytest.mark.parametrize("size", ["0", "-1", "10001", "x", "", "1.5", "9" * 4000])
def test_a_page_size_out_of_bounds_is_refused(client: Client, size: str) -> None:
    assert refusal(client, f"page-size={size}") == "page-size must be an integer from 1 to 10000"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"word": "word 3"}, [g for g in range(1, 61) if g % 7 == 3]),
        ({"number": "2"}, [g for g in range(1, 61) if g % 5 == 2]),
        ({"number.eq": "2"}, [g for g in range(1, 61) if g % 5 == 2]),
        ({"amount.gt": "14.5"}, [59, 60]),
        ({"day.gte": "2020-02-28"}, [58, 59, 60]),
        ({"day.lt": "2020-01-04"}, [1, 2]),
        ({"at.lte": "2020-01-01T02:00:00"}, [1, 2]),
        ({"id.gt": "10", "id.lte": "12"}, [11, 12]),
        ({"id": "7"}, [7]),
        ({"word": "word 3", "number": "1"}, [31]),
        ({"word": "nowhere"}, []),
        ({"a.b": "5"}, [5]),
        ({"a.b.gte": "59"}, [59, 60]),
        ({"columns.eq": "column 9"}, [9]),
        ({"word": '\'; DROP TABLE choosing."L0"; --'}, []),
        ({"word": '100%s \\ " é'}, []),
    ],
)
def test_rows_are_chosen_by_conditions_that_all_hold(
    client: Client, parameters: dict[str, str], expected: list[int]
) -> None:
    assert [row["id"] for row in read(client, **parameters)] == expected


def test_next_keeps_what_was_chosen(client: Client) -> None:
    answer = client.get(f"{PATH}?word=word%203&columns=word&page-size=4&unknown=1").json()

    assert answer["next"].endswith("?orientation=tabular&next-id=31&page-size=4&columns=word&word=word+3")
    assert client.get(answer["next"]).json()["values"] == [["word 3"]] * 4


def test_a_column_without_an_index_is_refused_and_told_which_can_be_used(client: Client) -> None:
    for query in ("plain=plain", "lowered.gt=a", "plain=x&id=1"):
        reason = refusal(client, query)
        assert "No index finds them" in reason
        assert reason.endswith("Columns that can be used: id, word, number, amount, day, at, a.b, columns")


def test_a_value_that_is_not_of_the_columns_type_is_refused(client: Client) -> None:
    assert refusal(client, "number.gte=many").startswith(
        "number.gte: 'many' cannot be compared with a column of type integer: "
    )
    assert "day: '2020-13-01' cannot be compared with a column of type date" in refusal(client, "day=2020-13-01")
    assert "type json" in refusal(client, "document=1")
    assert "number" in refusal(client, "number=99999999999999999999")


def test_a_condition_on_what_is_no_column_is_refused(client: Client) -> None:
    assert refusal(client, "colour.gte=red").startswith("colour.gte: the table has no column colour. It has: id, word")
    assert "no column data_hash" in refusal(client, "data_hash.gte=a")


def test_names_that_are_no_column_are_ignored_as_ever(client: Client) -> None:
    everything = client.get(PATH).json()
    for query in ("colour=red", "word.ne=x", "a.b.c=1", "data_hash=secret+1"):
        assert client.get(f"{PATH}?{query}").json()["values"] == everything["values"]


@pytest.mark.parametrize("name", ['a"b', "a'b", "a%sb", "x; --", "☃", "{0}", "$1"])
def test_conditions_on_columns_of_any_name(service: Service, client: Client, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    service.execute(
        "CREATE SCHEMA IF NOT EXISTS hostile",
        f"CREATE TABLE hostile.{quoted} (id int PRIMARY KEY, {quoted} text UNIQUE)",
        f"INSERT INTO hostile.{quoted} VALUES (1, 'one'), (2, 'two')",
    )
    path = f"/api/v1/table-data/hostile/{quote(name, safe='')}"

    answer = client.get(
        f"{path}?{urlencode({name: 'two', 'columns': chr(34) + name.replace(chr(34), chr(34) * 2) + chr(34)})}"
    )
    assert answer.json()["values"] == [["two"]]

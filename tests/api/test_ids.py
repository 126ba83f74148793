"""The column by which a table is paged: which ones do, what clients send of them, and what is told of others."""

from urllib.parse import quote

import pytest

from tests.parts.service import Client, Service

WRONG = "so that the table cannot be read in pages: it must be unique, not null, and an integer, text or a UUID"


def make(service: Service, schema: str, columns: str, rows: str) -> str:
    """A table with these rows; its path."""
    service.execute(
        f'CREATE SCHEMA "{schema}"',
        f'CREATE TABLE "{schema}"."L1" ({columns})',
        f'INSERT INTO "{schema}"."L1" {rows}',
    )
    return f"/api/v1/table-data/{schema}/L1"


def read(client: Client, url: str) -> tuple[list[object], list[str]]:
    """The ids of all pages, and the addresses of the pages."""
    ids, urls = [], [url]
    while True:
        page = client.get(urls[-1]).json()
        ids += [row["id"] for row in page["results"]]
        if page["next"] is None:
            return ids, urls
        urls.append(page["next"])
        assert len(urls) < 10, "next goes round"


@pytest.mark.parametrize(
    ("case", "columns", "rows", "told"),
    [
        ("none", "name text", "VALUES ('a')", "The table must have an id column"),
        ("json", "id jsonb, name text", "VALUES ('1', 'a')", "has the type jsonb"),
        ("list", "id int[], name text", "VALUES ('{1}', 'a')", "has the type integer[]"),
        ("repeated", "id int, name text", "VALUES (1, 'a'), (2, 'b'), (2, 'c')", "has the value 2 in several rows"),
        (
            "across",
            "id int",
            f"SELECT unnest('{{{','.join(map(str, [*range(1, 11), 10, 11]))}}}'::int[])",
            "value 10 in",
        ),
        ("composite", "id text, part int, PRIMARY KEY (id, part)", "VALUES ('a', 1), ('a', 2)", "value a in several"),
        ("missing", "id int, name text", "VALUES (1, 'a'), (NULL, 'b')", "is NULL in a row"),
        ("nameless", "id text", "VALUES ('a'), (NULL)", "is NULL in a row"),
    ],
)
def test_a_table_that_cannot_be_paged_says_what_is_wrong_with_its_id(
    service: Service, client: Client, case: str, columns: str, rows: str, told: str
) -> None:
    answer = client.get(make(service, f"wrong.{case}", columns, rows))

    error = answer.json()["error"]
    assert answer.status_code == 422
    if case == "none":
        assert error == told
    else:
        assert error.startswith(f"The id column of wrong.{case}.L1 ")
        assert told in error
        assert WRONG in error


@pytest.mark.parametrize("query", ["orientation=sideways", "next-id=x", "orientation=sideways&next-id=x&page-size=2"])
def test_a_table_without_an_id_is_told_before_what_is_wrong_with_the_request(
    service: Service, client: Client, query: str
) -> None:
    service.execute(
        'CREATE SCHEMA IF NOT EXISTS "wrong.first"', 'CREATE TABLE IF NOT EXISTS "wrong.first"."L1" (a text)'
    )

    answer = client.get(f"/api/v1/table-data/wrong.first/L1?{query}")

    assert (answer.status_code, answer.json()) == (422, {"error": "The table must have an id column"})


@pytest.mark.parametrize("first", ["+2", "%2B2", "%202", "2%20", "%0A2", "0002", "2_0", "%D9%A2"])
def test_an_integer_is_what_python_reads_as_one(service: Service, client: Client, first: str) -> None:
    service.execute(
        'CREATE SCHEMA IF NOT EXISTS "ids.python"',
        'CREATE TABLE IF NOT EXISTS "ids.python"."L1" (id int PRIMARY KEY)',
        'INSERT INTO "ids.python"."L1" VALUES (1), (2), (20) ON CONFLICT DO NOTHING',
    )

    answer = client.get(f"/api/v1/table-data/ids.python/L1?next-id={first}")

    assert answer.json() == {"headers": ["id"], "values": [[20]] if first == "2_0" else [[2], [20]], "next": None}


AWKWARD = ["", " a", '"', "\\", "a,b", "a\nb", "a&b=c", "a+b", "%41", "é☃", "null", "\x02", "#?/", "Ab", "ab"]


@pytest.mark.parametrize("shown", ["", "&columns=name"])
def test_a_table_is_paged_by_ids_of_text_in_their_order(service: Service, client: Client, shown: str) -> None:
    schema = "ids.text" + str(len(shown))
    path = make(service, schema, "id text PRIMARY KEY, name text, codes int[]", "VALUES ('z', 'z', '{1}')")
    with service.connect() as connection:
        connection.cursor().executemany(
            f'INSERT INTO "{schema}"."L1" VALUES (%s, %s)', [(text, text) for text in AWKWARD]
        )
        connection.commit()
        in_order = [row[0] for row in connection.execute(f'SELECT id FROM "{schema}"."L1" ORDER BY id')]

    for orientation in ("records", "tabular"):
        url, found = f"{path}?orientation={orientation}&page-size=4{shown}", []
        while url:
            page = client.get(url).json()
            rows = (
                page["results"]
                if orientation == "records"
                else [dict(zip(page["headers"], row, strict=True)) for row in page["values"]]
            )
            found += [row["name"] for row in rows]
            url = page["next"]

        assert found == in_order, orientation


def test_a_table_is_paged_by_uuids(service: Service, client: Client) -> None:
    path = make(
        service,
        "ids.uuid",
        "id uuid PRIMARY KEY, name text",
        "SELECT lpad(g::text, 32, '0')::uuid, 'x' FROM generate_series(1, 25) g",
    )

    ids, urls = read(client, f"{path}?orientation=records")

    assert ids == [f"00000000-0000-0000-0000-0000000000{number:02}" for number in range(1, 26)]
    assert urls[1].endswith("?orientation=records&next-id=00000000-0000-0000-0000-000000000011")
    assert client.get(f"{path}?next-id=x").json() == {"error": "next-id must be a UUID"}
    assert client.get(f"{path}?next-id={ids[24]}").json()["values"] == [[ids[24], "x"]]


def test_any_text_may_be_where_a_client_begins_but_nul(service: Service, client: Client) -> None:
    path = make(service, "ids.begin", "id varchar(20) PRIMARY KEY", "VALUES ('0'), ('5'), ('x')")

    assert client.get(f"{path}?next-id=").json()["values"] == [["0"], ["5"], ["x"]]
    assert client.get(f"{path}?next-id=-3").json()["values"] == [["0"], ["5"], ["x"]]
    assert client.get(f"{path}?next-id=4").json()["values"] == [["5"], ["x"]]
    assert client.get(f"{path}?next-id={quote(chr(39) + ' OR true --')}").json()["values"] == [["0"], ["5"], ["x"]]
    assert client.get(f"{path}?next-id=%00").status_code == 400


def test_an_export_needs_an_integer_and_says_so(service: Service, client: Client) -> None:
    make(service, "ids.export", "id text PRIMARY KEY", "VALUES ('0')")

    answer = client.get("/api/v1/table-export/ids.export/L1")

    assert (answer.status_code, answer.json()) == (
        422,
        {
            "error": "The id column of ids.export.L1 has the type text, and exports need an integer: read the table by "
            "pages"
        },
    )

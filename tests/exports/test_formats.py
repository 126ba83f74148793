"""Each format tells the whole table, with its values."""

import csv
import hashlib
import io
import json
import re
from datetime import UTC, date, datetime
from urllib.parse import quote

import pyarrow.parquet
import pytest

from tests.parts.export_reading import begin, decoded, export, receipt
from tests.parts.service import Service

COLUMNS = (
    "id int PRIMARY KEY, t text, n numeric, f float8, b bool, d date, ts timestamp, tz timestamptz, small int2,"
    " raw bytea, list int[], days date[], j jsonb, data_hash text"
)
ROWS = (
    """(1, E'a "q", \\n b\\t é😀\\u0001', 12345678901234567890.10, 0.1, true, '2020-01-02', '2020-01-02 03:04:05',"""
    """ '2020-01-02 03:04:05.5+01', 7, '\\x00ff', '{1,NULL,3}', '{2020-01-02}', '{"a": [1, null]}', 'h')""",
    "(2, '', 'NaN', 'Infinity', false, NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, NULL)",
    "(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
)


@pytest.fixture(scope="module")
def values(exporting: Service) -> Service:
    exporting.execute(f"CREATE TABLE x.values ({COLUMNS})", f"INSERT INTO x.values VALUES {', '.join(ROWS)}")
    return exporting


def test_csv_is_what_postgres_writes(values: Service) -> None:
    content = export(values.client(), "x/values?format=csv").decode()

    lines = list(csv.reader(io.StringIO(content, newline="")))
    assert lines[0] == ["id", "t", "n", "f", "b", "d", "ts", "tz", "small", "raw", "list", "days", "j"]
    assert lines[1] == [
        "1",
        'a "q", \n b\t é😀\x01',
        "12345678901234567890.10",
        "0.1",
        "t",
        "2020-01-02",
        "2020-01-02 03:04:05",
        "2020-01-02 02:04:05.5+00",
        "7",
        "\\x00ff",
        "{1,NULL,3}",
        "{2020-01-02}",
        '{"a": [1, null]}',
    ]
    assert content.endswith('2,"",NaN,Infinity,f,,,,,,{},,\n3,,,,,,,,,,,,\n'), "'' is quoted, NULL is empty"


def test_ndjson_has_the_values_of_pages(values: Service) -> None:
    client = values.client()

    lines = export(client, "x/values?format=ndjson").decode().splitlines()

    page = client.get("/api/v1/table-data/x/values?orientation=records").text
    assert '{"results":[' + ",".join(lines) + '],"next":null}' == page


def test_parquet_has_types(values: Service) -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(export(values.client(), "x/values?format=parquet")))

    first, second, third = table.to_pylist()
    assert first == {
        "id": 1,
        "t": 'a "q", \n b\t é😀\x01',
        "n": "12345678901234567890.10",
        "f": 0.1,
        "b": True,
        "d": date(2020, 1, 2),
        "ts": datetime(2020, 1, 2, 3, 4, 5),
        "tz": datetime(2020, 1, 2, 2, 4, 5, 500_000, tzinfo=UTC),
        "small": 7,
        "raw": b"\x00\xff",
        "list": [1, None, 3],
        "days": [date(2020, 1, 2)],
        "j": '{"a": [1, null]}',
    }
    assert (second["t"], second["n"], second["f"], second["list"]) == ("", "NaN", float("inf"), [])
    assert set(third.values()) == {3, None}
    assert [str(table.schema.field(name).type) for name in ("id", "small", "tz", "list")] == [
        "int32",
        "int16",
        "timestamp[us, tz=UTC]",
        "list<element: int32>",
    ]


def test_a_date_that_parquet_does_not_know_is_refused_with_its_column(exporting: Service) -> None:
    exporting.execute("CREATE VIEW x.endless AS SELECT 1 AS id, 'infinity'::date AS until")

    answer = begin(exporting.client(), "x/endless?format=parquet")

    assert answer.status_code == 422
    assert "until" in answer.json()["error"]


def test_an_empty_table_is_a_valid_file_of_each_format(exporting: Service) -> None:
    exporting.execute("CREATE TABLE x.empty (id int PRIMARY KEY, t text)")
    client = exporting.client()

    assert export(client, "x/empty?format=csv") == b"id,t\n"
    assert export(client, "x/empty?format=ndjson") == b""
    assert pyarrow.parquet.read_table(io.BytesIO(export(client, "x/empty?format=parquet"))).num_rows == 0


def test_columns_rows_and_header_can_be_chosen(exporting: Service) -> None:
    client = exporting.client()

    assert re.fullmatch(rb"name,id\n[0-9a-f]{9}3,3\n", export(client, "x/L1?columns=name,id&id.lte=3&from-id=3"))
    assert export(client, "x/L1?from-id=100") == b"id,name\n" + export(client, "x/L1?header=false&from-id=100")
    assert json.loads(export(client, "x/L1?format=ndjson&columns=name&id=100"))["name"].endswith("100")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("zstd", "zstd"), ("gzip", "gzip"), ("gzip;q=0.5, zstd;q=0.1", "gzip"), ("zstd;q=0, br", None)],
)
def test_content_is_compressed_as_the_client_prefers(exporting: Service, accepted: str, coding: str | None) -> None:
    client = exporting.client()
    response = begin(client, "x/large", accepted)
    content = decoded(response)

    assert response.headers.get("Content-Encoding") == coding
    assert "Accept-Encoding" in response.headers["Vary"]
    assert response.headers["ETag"].startswith("W/") == (coding is not None)
    assert receipt(client, response)["sha256"] == hashlib.sha256(content).hexdigest()
    assert len(content) == receipt(client, response)["bytes"]


def test_parquet_is_not_compressed_again(exporting: Service) -> None:
    assert "Content-Encoding" not in begin(exporting.client(), "x/L1?format=parquet", "zstd, gzip").headers


@pytest.mark.parametrize("name", ['a"b', "a'b; DROP TABLE x", "ü ✓", "a\nb\r", "50%", "a\\"])
def test_names_that_mean_harm_are_names(exporting: Service, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    exporting.execute(
        f"CREATE TABLE IF NOT EXISTS x.{quoted} (id int PRIMARY KEY, {quoted} text)",
        f"INSERT INTO x.{quoted} VALUES (1, 'v') ON CONFLICT DO NOTHING",
    )
    path = f"x/{quote(name, safe='')}"
    client = exporting.client()

    content = export(client, path).decode()
    assert list(csv.reader(io.StringIO(content, newline=""))) == [["id", name], ["1", "v"]]
    assert json.loads(export(client, f"{path}?format=ndjson")) == {"id": 1, name: "v"}
    assert "attachment" in begin(client, path).headers["Content-Disposition"]


FORMULAS = ["=1+1", "+44 20 7946 0000", "@SUM(A1)", "-1+1", "-cmd", "\tx", "\rx", "\nx", "＝1", "-"]  # noqa: RUF001
HARMLESS = ["-5", "-0.50", "a=b", "'=1", "", " =1"]


def test_formulas_are_escaped_where_people_open_the_file_and_kept_for_programs(exporting: Service) -> None:
    values = [*FORMULAS, *HARMLESS]
    exporting.execute("CREATE TABLE x.formulas (id int PRIMARY KEY, t text, v varchar, n int, list text[])")
    with exporting.connect() as connection:
        connection.cursor().executemany(
            "INSERT INTO x.formulas VALUES (%s, %s, %s, -1, ARRAY['=1'])",
            [(number, value, value) for number, value in enumerate(values)],
        )

    def column(parameters: str) -> list[list[str]]:
        content = export(exporting.client(), f"x/formulas?format=csv&columns=t,v,n,list{parameters}").decode()
        return list(csv.reader(io.StringIO(content, newline="")))[1:]

    kept, escaped = column(""), column("&formulas=escape")

    assert kept == [[value, value, "-1", "{=1}"] for value in values]
    assert escaped == [[f"'{value}" if value in FORMULAS else value] * 2 + ["-1", "{=1}"] for value in values]

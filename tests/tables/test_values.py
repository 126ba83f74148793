"""The contract's table of values, line by line, on real tables: what is in Postgres, and what a client reads."""

import json
from itertools import count

import pytest

from tests.parts.service import Client, Service

_number = count()


def read(service: Service, client: Client, postgres_type: str, *literals: str) -> list[str]:
    """The JSON text of each value, as it stands in a page of one column besides the id."""
    schema = f"values.t{next(_number)}"
    service.execute(
        f'CREATE SCHEMA "{schema}"',
        f'CREATE TABLE "{schema}"."L0" (id integer PRIMARY KEY, value {postgres_type})',
        *(f'INSERT INTO "{schema}"."L0" VALUES ({number}, {literal})' for number, literal in enumerate(literals, 1)),
    )
    text = client.get(f"/api/v1/table-data/{schema}/L0?orientation=records").content.decode()
    head, tail = '{"results":[', '],"next":null}'
    assert text.startswith(head) and text.endswith(tail), text
    rows = text.removeprefix(head).removesuffix(tail)
    values = []
    for number in range(1, len(literals) + 1):
        before, after = f'{{"id":{number},"value":', f',{{"id":{number + 1},"value":'
        row, _, rest = rows.partition(after)
        values.append(row.removeprefix(before).removesuffix("}"))
        rows = before.replace(f":{number},", f":{number + 1},") + rest
    tabular = client.get(f"/api/v1/table-data/{schema}/L0").content.decode()
    assert tabular == (
        '{"headers":["id","value"],"values":['
        + ",".join(f"[{number},{value}]" for number, value in enumerate(values, 1))
        + '],"next":null}'
    )
    return values


LINES = {
    "smallint": ("smallint", {"-32768": "-32768", "NULL": "null", "7": "7"}),
    "integer": ("integer", {"2147483647": "2147483647", "NULL": "null"}),
    "bigint": ("bigint", {"9223372036854775807": "9223372036854775807", "NULL": "null"}),
    "numeric": (
        "numeric",
        {
            "1.50": "1.50",
            "0.1": "0.1",
            "-12345678901234567890.123456789": "-12345678901234567890.123456789",
            "'NaN'": "null",
            "'Infinity'": '"Infinity"',
            "'-Infinity'": '"-Infinity"',
            "NULL": "null",
        },
    ),
    "real": ("real", {"0.1": "0.1", "'NaN'": "null", "'-Infinity'": '"-Infinity"', "16777216": "1.6777216e+07"}),
    "double": (
        "double precision",
        {
            "0.1": "0.1",
            "1e100": "1e+100",
            "0.1::float8 + 0.2::float8": "0.30000000000000004",
            "'NaN'": "null",
            "'Infinity'": '"Infinity"',
            "3": "3",
        },
    ),
    "boolean": ("boolean", {"true": "true", "false": "false", "NULL": "null"}),
    "text": (
        "text",
        {
            "''": '""',
            "NULL": "null",
            "'null'": '"null"',
            "'NULL'": '"NULL"',
            "'NaN'": '"NaN"',
            "'é ☃ 🎉'": '"é ☃ 🎉"',
            "'a,b'": '"a,b"',
            "' Infinity '": '" Infinity "',
        },
    ),
    "varchar": ("varchar(10)", {"'x'": '"x"'}),
    "date": (
        "date",
        {
            "'2020-01-02'": '"2020-01-02"',
            "'0044-03-15 BC'": '"0044-03-15 BC"',
            "'infinity'": '"infinity"',
            "NULL": "null",
        },
    ),
    "timestamp": (
        "timestamp",
        {
            "'2020-01-02 03:04:05'": '"2020-01-02T03:04:05"',
            "'2020-01-02 03:04:05.1'": '"2020-01-02T03:04:05.100000"',
            "'2020-01-02 03:04:05.000001'": '"2020-01-02T03:04:05.000001"',
            "'0044-03-15 12:00 BC'": '"0044-03-15 12:00:00 BC"',
            "'-infinity'": '"-infinity"',
            "'12020-01-02'": '"12020-01-02T00:00:00"',
            "NULL": "null",
        },
    ),
    "timestamptz": (
        "timestamptz",
        {
            "'2020-07-02 03:04:05+01'": '"2020-07-02T02:04:05+00:00"',
            "'2020-01-02 03:04:05.25Z'": '"2020-01-02T03:04:05.250000+00:00"',
            "'infinity'": '"infinity"',
            "NULL": "null",
        },
    ),
    "time": ("time", {"'03:04:05'": '"03:04:05"', "'03:04:05.25'": '"03:04:05.250000"'}),
    "interval": ("interval", {"'1 day 2 hours'": '"1 days 02:00:00"', "NULL": "null"}),
    "uuid": ("uuid", {"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'": '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"'}),
    "inet": ("inet", {"'10.0.0.1/8'": '"10.0.0.1/8"'}),
    "money": ("money", {"12.5": '"$12.50"'}),
    "json": (
        "json",
        {
            '\'{"b": [1, "x\\"y\\n"], "a": null}\'': '{"b":[1,"x\\"y\\n"],"a":null}',
            "'\"null\"'": '"null"',
            "NULL": "null",
            "'\"\\u0000\"'": '"\\u0000"',
            "E'[1,\\n\\t2]'": "[1,2]",
        },
    ),
    "jsonb": ("jsonb", {"'{\"a\": 1.50}'": '{"a":1.50}', "'null'": "null", '\'{"a b": " , : "}\'': '{"a b":" , : "}'}),
    "integers": (
        "integer[]",
        {"'{1,NULL,3}'": "[1,null,3]", "'{}'": "[]", "NULL": "null", "'{{1,2},{3,4}}'": "[[1,2],[3,4]]"},
    ),
    "texts": ("text[]", {"ARRAY['a\"b', NULL, 'NaN', '']": '["a\\"b",null,"NaN",""]'}),
    "numerics": ("numeric[]", {"'{1.50,NaN,Infinity}'": '[1.50,null,"Infinity"]'}),
    "booleans": ("boolean[]", {"'{t,f,NULL}'": "[true,false,null]"}),
    "dates": ("date[]", {"'{2020-01-02,infinity}'": '["2020-01-02","infinity"]'}),
    "timestamps": (
        "timestamp[]",
        {
            "ARRAY['2020-01-02 03:04:05', '2020-01-02 03:04:05.1', '2020-01-02 03:04:05.123456']::timestamp[]": (
                '["2020-01-02T03:04:05","2020-01-02T03:04:05.100000","2020-01-02T03:04:05.123456"]'
            )
        },
    ),
    "timestamptzs": (
        "timestamptz[]",
        {"ARRAY['2020-01-02 03:04:05.1+01']::timestamptz[]": '["2020-01-02T02:04:05.100000+00:00"]'},
    ),
    "bytea": ("bytea", {"'\\x00ff10'": '"AP8Q"', "''": '""', "repeat('x', 60)::bytea": '"' + "eHh4" * 20 + '"'}),
    "byteas": (
        "bytea[]",
        {
            "ARRAY['\\x00ff'::bytea, NULL]": '["AP8=",null]',
            "'{}'": "[]",
            "NULL": "null",
            "ARRAY[['\\x00'::bytea], ['\\x01'::bytea]]": '[["AA=="],["AQ=="]]',
        },
    ),
    "jsons": ("jsonb[]", {"ARRAY['{\"a\": 1}'::jsonb, NULL]": '[{"a":1},null]'}),
}


@pytest.mark.parametrize("line", LINES)
def test_a_value_reads_as_the_contract_has_it(service: Service, client: Client, line: str) -> None:
    postgres_type, values = LINES[line]

    assert read(service, client, postgres_type, *values) == list(values.values())


def test_text_comes_back_as_it_is_whatever_it_holds(service: Service, client: Client) -> None:
    texts = [
        '"',
        "\\",
        '\\"',
        "a\nb",
        "\t",
        "\r\n",
        "\x01\x02\x03",
        "\x1f",
        "\x7f",
        "\\N",
        "\\.",
        "null",
        '","',
        "%s%b",
    ]
    texts += ["".join(map(chr, range(1, 0x250))), "\x02NaN\x02", "{}", "[1]"]

    for some in (texts[:9], texts[9:]):
        read_back = read(service, client, "text", *(f"U&'{escaped(text)}'" for text in some))
        assert [json.loads(value) for value in read_back] == some


def escaped(text: str) -> str:
    return "".join(f"\\{ord(character):04x}" for character in text)


def test_an_enum_and_domains_read_as_what_they_are_made_over(service: Service, client: Client) -> None:
    service.execute(
        "CREATE SCHEMA made",
        "CREATE TYPE made.mood AS ENUM ('sad', 'ok')",
        "CREATE DOMAIN made.code AS text CHECK (value <> '')",
        "CREATE DOMAIN made.amount AS numeric(10, 2)",
        "CREATE DOMAIN made.moment AS timestamp",
        "CREATE DOMAIN made.start AS made.moment",
    )

    assert read(service, client, "made.mood", "'ok'", "NULL") == ['"ok"', "null"]
    assert read(service, client, "made.mood[]", "'{ok,sad}'") == ['["ok","sad"]']
    assert read(service, client, "made.code", "'x'") == ['"x"']
    assert read(service, client, "made.amount", "1.5", "'NaN'") == ["1.50", "null"]
    assert read(service, client, "made.start", "'2026-01-02 03:04:05.5'") == ['"2026-01-02T03:04:05.500000"']
    assert read(service, client, "made.start[]", "'{2026-01-02 03:04:05.5}'") == ['["2026-01-02T03:04:05.500000"]']


def test_a_nested_value_stands_beside_awkward_text(service: Service, client: Client) -> None:
    service.execute(
        'CREATE SCHEMA "beside.it"',
        'CREATE TABLE "beside.it"."L0" (id integer PRIMARY KEY, t text, j jsonb, a text[], n numeric)',
        """INSERT INTO "beside.it"."L0" VALUES (1, E'a\\x02"\\nb', '{"k": "\\"\\\\"}', ARRAY[E'\\x02\\n'], 'NaN')""",
    )

    assert client.rows("beside.it", "L0") == [
        {"id": 1, "t": 'a\x02"\nb', "j": {"k": '"\\'}, "a": ["\x02\n"], "n": None}
    ]

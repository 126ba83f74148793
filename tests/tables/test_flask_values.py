"""Values that the Flask service wrote through Python: compared with the libraries that it used, psycopg2 and pandas."""

import datetime
import json
from typing import Any

import pandas
import pytest
import sqlalchemy

from tests.parts.service import Client, Service

LITERALS = {
    "time": ["03:04:05", "03:04:05.25", "00:00:00.000001", None],
    "timetz": ["03:04:05.25+02", "03:04:05-05:30", "03:04:05+00", "23:59:59.999999+05:30:15", None],
    "interval": [
        "1 day 2 hours",
        "1 year 2 mons 3 days 04:05:06.5",
        "-1 days +02:00",
        "-1 mons +2 days -03:04:05.6",
        "-1 year",
        "0",
        "00:00:00.000001",
        "100 hours",
        None,
    ],
    "int4range": ["[1,10)", "[1,10]", "(,5)", "(,)", "empty", None],
    "int8range": ["[1,9223372036854775807)", None],
    "numrange": ["[1.50,2]", "(1.5,)", None],
    "daterange": ["[2020-01-01,2020-02-01)", None],
    "tsrange": ['["2020-01-01 00:00:00","2020-02-01 03:04:05.5"]', "(,2020-01-01)", None],
    "tstzrange": ['["2020-01-01 00:00:00+01","2020-02-01 03:04:05.5+00")', None],
    "oid": ["26", "4294967295", None],
    "oid[]": ["{26,NULL}", None],
    "time[]": ["{03:04:05.25,03:04:05,NULL}", None],
    "timetz[]": ["{03:04:05.25+02,03:04:05-05:30}", None],
}


def as_flask_wrote(url: str, table: str) -> list[Any]:
    """The column `value` of a table as the Flask service answered, by its libraries and its rule for JSON."""
    address = url.replace("postgresql:", "postgresql+psycopg2:")
    engine = sqlalchemy.create_engine(address, connect_args={"options": "-c TimeZone=UTC"})
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"SELECT id, value FROM {table} ORDER BY id").fetchall()
    engine.dispose()
    frame = pandas.DataFrame(rows, columns=["id", "value"])

    def default(value: Any) -> Any:
        if pandas.isnull(value):
            return None
        return value.isoformat() if isinstance(value, datetime.datetime) else str(value)

    values = frame.to_dict(orient="records")
    whole = [{**row, "value": None if _is_missing(row["value"]) else row["value"]} for row in values]
    return [row["value"] for row in json.loads(json.dumps(whole, default=default))]


def _is_missing(value: Any) -> bool:
    return not isinstance(value, list) and bool(pandas.isnull(value))


@pytest.mark.parametrize("postgres_type", LITERALS)
def test_a_value_is_written_as_the_flask_service_did(service: Service, client: Client, postgres_type: str) -> None:
    schema = "flask.values"
    name = f"t{list(LITERALS).index(postgres_type)}"
    service.execute(
        f'CREATE SCHEMA IF NOT EXISTS "{schema}"',
        f'CREATE TABLE "{schema}".{name} (id int PRIMARY KEY, value {postgres_type})',
    )
    with service.connect() as connection:
        connection.cursor().executemany(
            f'INSERT INTO "{schema}".{name} VALUES (%s, %s)', enumerate(LITERALS[postgres_type])
        )

    rows = client.rows(schema, name)

    expected = as_flask_wrote(service.database_url, f'"{schema}".{name}')
    if postgres_type == "oid":
        # pandas made 26.0 of 26 beside a NULL: mended, as it is for integers.
        expected = [None if value is None else int(value) for value in expected]
    assert [row["value"] for row in rows] == expected


def test_what_python_has_no_word_for_is_written_as_postgres_does(service: Service, client: Client) -> None:
    service.execute(
        'CREATE SCHEMA "flask.others"',
        'CREATE TABLE "flask.others".t (id int PRIMARY KEY, ranges int4multirange, days interval[])',
        """INSERT INTO "flask.others".t VALUES (1, '{[1,3)}', '{1 day 2 hours}')""",
    )

    assert client.rows("flask.others", "t") == [{"id": 1, "ranges": "{[1,3)}", "days": ["1 day 02:00:00"]}]

"""The settings that change how the API behaves, each on a web app that has it."""

import time
from collections.abc import Iterator

import pytest
import requests
import sqlalchemy

from infra.local.postgres import Postgres
from tests.parts.service import Service, running

PATH = "/api/v1/table-structure/switched/L1"


@pytest.fixture(scope="module")
def database(postgres_server: Postgres, migrated_template: str) -> str:
    postgres_server.create_database("switches", template=migrated_template)
    return postgres_server.url("switches")


@pytest.fixture(scope="module")
def lax(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Nonces are not remembered, answers not signed, clocks may differ by an hour, types have Flask's names."""
    settings = {
        "DSS_HAWK_NONCE_ENABLED": "false",
        "DSS_HAWK_RESPONSE_HEADER": "false",
        "DSS_HAWK_TIMESTAMP_SKEW_IN_SECONDS": "3600",
        "DSS_TABLE_STRUCTURE_NAMES": "flask",
        "DSS_WEB_WORKERS": "1",
    }
    with running(database, tmp_path_factory.mktemp("lax"), **settings) as service:
        service.execute(
            "CREATE SCHEMA IF NOT EXISTS switched",
            'CREATE TABLE IF NOT EXISTS switched."L1" (id int PRIMARY KEY, at timestamp, codes text[], name text)',
        )
        yield service


def test_a_nonce_may_be_used_again_where_nonces_are_off(lax: Service) -> None:
    header = {"Authorization": lax.client().sign(lax.url + PATH).request_header}

    assert [requests.get(lax.url + PATH, headers=header, timeout=30).status_code for _ in range(2)] == [200, 200]


def test_answers_are_not_signed_where_that_is_off(lax: Service) -> None:
    answer = lax.client().get(PATH)

    assert answer.status_code == 200
    assert "Server-Authorization" not in answer.headers


def test_the_skew_is_a_setting(lax: Service) -> None:

    header = lax.client().sign(lax.url + PATH, _timestamp=int(time.time()) - 3000).request_header

    assert requests.get(lax.url + PATH, headers={"Authorization": header}, timeout=30).status_code == 200


# All that SQLAlchemy and Postgres both know without an extension, and some that SQLAlchemy does not.
TYPES = (
    *("smallint", "integer", "bigint", "numeric", "numeric(10,2)", "numeric(10)", "numeric(3,-2)", "real"),
    *("double precision", "boolean", "text", "varchar", "varchar(10)", "char(3)", "char", '"char"', "name", "date"),
    *("timestamp", "timestamp(3)", "timestamptz", "time", "timetz", "time(2)", "interval", "interval day to second"),
    *("uuid", "inet", "cidr", "macaddr", "money", "json", "jsonb", "bytea", "oid", "xml", "tsvector", "tsquery"),
    *("int4range", "tstzrange", "int4multirange", "bit(3)", "bit varying(5)", "bit varying", "point", "pg_lsn", "xid"),
    *("regclass", "switched.mood", "text[]", "numeric(5,1)[]", "switched.mood[]"),
)


# It warns of each type that it does not know.
@pytest.mark.filterwarnings("ignore:Did not recognize type")
def test_types_can_have_the_names_of_the_last_flask_release(lax: Service) -> None:
    columns = ", ".join(f"c{number} {name}" for number, name in enumerate(TYPES))
    lax.execute("CREATE TYPE switched.mood AS ENUM ('sad', 'ok')", f"CREATE TABLE switched.types ({columns})")
    engine = sqlalchemy.create_engine(lax.database_url.replace("postgresql:", "postgresql+psycopg2:"))
    # As the Flask service did it.
    reflected = sqlalchemy.inspect(engine).get_columns("types", schema="switched")
    engine.dispose()

    told = lax.client().get("/api/v1/table-structure/switched/types").json()["columns"]

    assert told == [{"name": column["name"], "type": str(column["type"])} for column in reflected]


def test_a_column_over_a_domain_has_the_name_of_its_base_type(lax: Service) -> None:
    lax.execute(
        "CREATE DOMAIN switched.amount AS numeric(10, 2)",
        "CREATE TABLE switched.domains (id int PRIMARY KEY, a switched.amount)",
    )

    told = lax.client().get("/api/v1/table-structure/switched/domains").json()["columns"]

    assert [column["type"] for column in told] == ["INTEGER", "NUMERIC(10, 2)"]


def test_everyone_gets_in_where_hawk_is_off(database: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(database, tmp_path_factory.mktemp("open"), DSS_HAWK_ENABLED="false", DSS_WEB_WORKERS="1") as service:
        service.execute(
            "CREATE SCHEMA IF NOT EXISTS switched", 'CREATE TABLE IF NOT EXISTS switched."L2" (id int PRIMARY KEY)'
        )
        answer = requests.get(f"{service.url}/api/v1/table-data/switched/L2", timeout=30)

        assert (answer.status_code, answer.json()) == (200, {"headers": ["id"], "values": [], "next": None})
        assert requests.get(f"{service.url}/api/v1/table-data/public/hawk_users", timeout=30).status_code == 404

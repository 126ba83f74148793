"""The contract's routes: paths, slashes, methods, columns, types."""

from urllib.parse import quote

import pytest
import requests

from tests.parts.service import Client, Service

pytestmark = pytest.mark.usefixtures("declared_tables")


def test_healthcheck_asks_for_no_signature(service: Service) -> None:
    answer = requests.get(f"{service.url}/healthcheck/", timeout=10)

    assert (answer.status_code, answer.content) == (200, b'{"status":"OK"}')
    assert requests.get(f"{service.url}/healthcheck", timeout=10).content == answer.content


def test_ons_postcodes_come_as_stored_with_id_and_without_the_source_row(client: Client) -> None:
    answer = client.get("/api/v1/get-ons-postcodes/?orientation=records").json()

    assert answer["results"][0] == {"id": 1, "pcd": "AB1 1", "imd": "1", "publication_date": "2020-02"}
    assert answer["next"].endswith("/api/v1/get-ons-postcodes/?orientation=records&next-id=11")


def test_reference_postcodes_come_in_camel_case_without_id(client: Client) -> None:
    answer = client.get("/api/v1/get-dit-reference-postcodes/").json()

    assert answer == {
        "headers": [
            "postcode",
            "localAuthorityDistrictCode",
            "localEnterprisePartnershipLep1Code",
            "dateOfIntroduction",
        ],
        "values": [["AB10 1AA", "S12000033", "S99999999", "2011-09-01"], ["B1  1AA", "E1", "E2", None]],
        "next": None,
    }


def test_columns_and_conditions_have_the_names_of_their_route(client: Client) -> None:
    path = "/api/v1/get-dit-reference-postcodes/"

    chosen = client.get(f"{path}?columns=dateOfIntroduction,postcode").json()
    assert (chosen["headers"], chosen["values"][1]) == (["dateOfIntroduction", "postcode"], [None, "B1  1AA"])
    assert "does not have: date_of_introduction." in client.get(f"{path}?columns=date_of_introduction").json()["error"]
    assert client.get(f"{path}?columns=id").status_code == 400
    assert "dateOfIntroduction" in client.get(f"{path}?dateOfIntroduction.gt=2000-01-01").json()["error"]
    assert client.get(f"{path}?date_of_introduction=2000-01-01").status_code == 200, "an unknown parameter"


@pytest.mark.parametrize("route", ["get-dit-reference-postcode", "get-postcode-data"])
@pytest.mark.parametrize("postcode", ["AB10 1AA", "ab101aa", " a b10 1 aA ", "AB10  1AA"])
def test_a_postcode_is_found_however_it_is_written(client: Client, route: str, postcode: str) -> None:
    answer = client.get(f"/api/v1/{route}/?orientation=records&postcode={quote(postcode)}").json()

    assert list(answer) == ["results"]
    assert [row["postcode"] for row in answer["results"]] == ["AB10 1AA"]


def test_a_postcode_is_found_where_it_is_stored_with_two_spaces(client: Client) -> None:
    answer = client.get("/api/v1/get-postcode-data/?postcode=b11aa").json()

    assert answer["values"] == [["B1  1AA", "E1", "E2", None]]
    assert list(answer) == ["headers", "values"]


@pytest.mark.parametrize("query", ["", "?postcode="])
def test_a_postcode_is_required(client: Client, query: str) -> None:
    answer = client.get(f"/api/v1/get-postcode-data/{query}")

    assert (answer.status_code, answer.json()) == (400, {"error": "No postcode specified"})


@pytest.mark.parametrize("postcode", ["ZZ99 9ZZ", "'; DROP TABLE x; --", "%00", "☃", "%ff", "A" * 3000])
def test_a_postcode_that_is_not_there_gives_an_empty_list(client: Client, postcode: str) -> None:
    answer = client.get(f"/api/v1/get-postcode-data/?orientation=records&postcode={quote(postcode, safe='%')}")

    assert (answer.status_code, answer.json()) == (200, {"results": []})
    tabular = client.get(f"/api/v1/get-postcode-data/?postcode={quote(postcode, safe='%')}").json()
    assert (list(tabular), tabular["values"]) == (["headers", "values"], [])


def test_structure_tells_columns_in_table_order_with_the_types_that_dataflow_knows(
    service: Service, client: Client
) -> None:
    types = {
        "t1 text": "TEXT",
        "t2 varchar(9)": "TEXT",
        "t3 char(3)": "TEXT",
        't4 "char"': "TEXT",
        "t5 name": "TEXT",
        "t6 structure.mood": "TEXT",
        "t7 structure.code": "TEXT",
        "id integer": "INTEGER",
        "i1 smallint": "INTEGER",
        "i2 bigint": "BIGINT",
        "n1 numeric": "NUMERIC",
        "n2 numeric(9, 2)": "NUMERIC",
        "f1 real": "FLOAT",
        "f2 double precision": "FLOAT",
        "b1 boolean": "BOOLEAN",
        "d1 date": "DATE",
        "s1 timestamp": "TIMESTAMP WITHOUT TIME ZONE",
        "a1 text[]": "TEXT[]",
        "a2 smallint[]": "INTEGER[]",
        "a3 timestamp[]": "TIMESTAMP WITHOUT TIME ZONE[]",
        "a4 structure.mood[]": "TEXT[]",
        "a5 numeric(9,2)[]": "NUMERIC[]",
        "o1 timestamptz": "TIMESTAMP WITH TIME ZONE",
        "o2 uuid": "UUID",
        "o3 jsonb": "JSONB",
        "o4 bytea": "BYTEA",
        "o5 time": "TIME WITHOUT TIME ZONE",
    }
    service.execute(
        "CREATE SCHEMA structure",
        "CREATE TYPE structure.mood AS ENUM ('ok')",
        "CREATE DOMAIN structure.code AS varchar(5)",
        f'CREATE TABLE structure."L0" (data_hash text, {", ".join(types)}, datafile_created text)',
    )

    answer = client.get("/api/v1/table-structure/structure/L0").json()

    names = [column.split()[0] for column in types]
    assert answer == {
        "columns": [{"name": name, "type": kind} for name, kind in zip(names, types.values(), strict=True)]
    }


@pytest.mark.parametrize(
    "kind",
    ["VIEW", "MATERIALIZED VIEW", "TABLE"],
)
def test_views_materialised_views_and_tables_are_served(service: Service, client: Client, kind: str) -> None:
    schema = f"kinds.{kind.lower()}"
    service.execute(f'CREATE SCHEMA "{schema}"', f'CREATE {kind} "{schema}"."a name" AS SELECT 1 AS id, 2 AS "b c"')

    assert client.rows(quote(schema), "a%20name") == [{"id": 1, "b c": 2}]
    structure = client.get(f"/api/v1/table-structure/{quote(schema)}/a%20name").json()
    assert structure == {"columns": [{"name": "id", "type": "INTEGER"}, {"name": "b c", "type": "INTEGER"}]}


def test_partitioned_tables_are_served(service: Service, client: Client) -> None:
    service.execute(
        "CREATE SCHEMA parted",
        "CREATE TABLE parted.t (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE parted.low PARTITION OF parted.t FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE parted.high PARTITION OF parted.t FOR VALUES FROM (10) TO (20)",
        "INSERT INTO parted.t VALUES (5), (15)",
    )

    assert client.rows("parted", "t") == [{"id": 5}, {"id": 15}]


@pytest.mark.parametrize(
    "path",
    [
        "public/hawk_users",
        "operations/datafile_registry",
        "operations/hawk_nonce",
        "information_schema/tables",
        "pg_catalog/pg_class",
        "pg_toast/x",
        "admin/x",
        "ons.postcode_directory/l1",
        "ONS.postcode_directory/L1",
        "nowhere/L1",
        "served/ids",
        "served/by_id",
        "served/" + "x" * 64,
        "served/%00",
        "served/%ff",
    ],
)
@pytest.mark.parametrize("route", ["table-data", "table-structure"])
def test_what_is_not_served_is_not_found(service: Service, client: Client, route: str, path: str) -> None:
    service.execute(
        "CREATE SCHEMA IF NOT EXISTS served",
        "CREATE SEQUENCE IF NOT EXISTS served.ids",
        f"CREATE TABLE IF NOT EXISTS served.{'x' * 63} (id int)",
        f"CREATE INDEX IF NOT EXISTS by_id ON served.{'x' * 63} (id)",
    )

    answer = client.get(f"/api/v1/{route}/{path}")

    assert (answer.status_code, answer.content) == (404, b"{}")


HOSTILE = ['a"b', "a'b", "a%sb", "a%%", "a;--", "☃ é", "a b", "a\\b", "{0}", "$1", ":x", '";DROP TABLE x;--', "id\x02"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_names_whatever_is_in_them(service: Service, client: Client, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    service.execute(
        f"CREATE SCHEMA IF NOT EXISTS {quoted}",
        f"CREATE TABLE {quoted}.{quoted} (id int PRIMARY KEY, {quoted} text)",
        f"INSERT INTO {quoted}.{quoted} VALUES (1, 'value')",
    )
    path = f"{quote(name, safe='')}/{quote(name, safe='')}"

    assert client.rows(quote(name, safe=""), quote(name, safe="")) == [{"id": 1, name: "value"}]
    assert client.get(f"/api/v1/table-data/{path}").json()["headers"] == ["id", name]
    assert client.get(f"/api/v1/table-structure/{path}").json()["columns"][1] == {"name": name, "type": "TEXT"}


def test_a_declared_route_whose_table_is_not_loaded_yet_is_not_found(service: Service, client: Client) -> None:
    service.execute('ALTER TABLE "dit.reference_postcodes"."L1" RENAME TO "away"')
    try:
        answer = client.get("/api/v1/get-dit-reference-postcodes/")
    finally:
        service.execute('ALTER TABLE "dit.reference_postcodes"."away" RENAME TO "L1"')

    assert (answer.status_code, answer.json()) == (404, {})

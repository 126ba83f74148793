"""The contract's table of routes, as it stands there, and what holds for each of them."""

from dataclasses import dataclass

import pytest
import requests

from dss_web.api.routes import ROUTES, RowSelection
from dss_web.tables.served_table import Casing
from tests.parts.service import Client, Service

pytestmark = pytest.mark.usefixtures("declared_tables")


@dataclass(frozen=True)
class Line:
    """A line of the table: `rows` is the table or view that is shown, None where the path names it."""

    path: str
    scope: str
    rows: str | None
    casing: Casing
    shows_id: bool
    query: str = ""

    @property
    def target(self) -> str:
        return f"/api/v1/{self.path}{self.query}"


STORED, CAMEL = Casing.AS_STORED, Casing.CAMEL
ONE = "?postcode=AB10%201AA"
TABLE = "ons.postcode_directory/L1"
DECLARED_BY_DATASET = [
    Line("get-ons-postcodes/", "list_ons_postcodes", "ons.postcode_directory.L1", STORED, True),
    Line("get-dit-reference-postcodes/", "list_dit_reference_postcodes", "dit.reference_postcodes.L1", CAMEL, False),
    Line("get-dit-reference-postcode/", "dit_reference_postcode2", "dit.reference_postcodes.L1", CAMEL, False, ONE),
    Line("get-postcode-data/", "dit_reference_postcode1", "dit.reference_postcodes.L1", CAMEL, False, ONE),
    Line("get-world-bank-tariffs/", "list_world_bank_tariff", "world_bank.tariff.L1", CAMEL, False),
    Line("get-world-bank-tariffs/raw/", "list_world_bank_tariff_raw", "world_bank.tariff.L0", CAMEL, False),
    Line(
        "get-world-bank-bound-rates/raw/", "list_world_bank_bound_rates_raw", "world_bank.bound_rates.L0", CAMEL, False
    ),
    Line("get-dit-baci-data/", "list_dit_baci", "dit.baci.L1", CAMEL, False),
]
OVER_ANY_TABLE = [
    Line(f"table-structure/{TABLE}", "get_table_structure", None, STORED, True),
    Line(f"table-data/{TABLE}", "get_table_data", None, STORED, True),
]
# A route comes with its dataset: the lines without one yet are left to the day on which it is declared.
SERVED = [line for line in DECLARED_BY_DATASET if line.path in {route.path for route in ROUTES}] + OVER_ANY_TABLE

each_route = pytest.mark.parametrize("line", SERVED, ids=lambda line: line.path)


def test_each_declared_route_is_as_the_contract_has_it() -> None:
    lines = {line.path: line for line in DECLARED_BY_DATASET}
    declared = [
        Line(
            route.path,
            route.scope,
            f"{route.table.schema}.{route.table.name}",
            route.table.casing,
            "id" not in route.table.hidden,
            ONE if route.rows is RowSelection.BY_POSTCODE else "",
        )
        for route in ROUTES
    ]

    assert declared == [lines.get(route.path) for route in ROUTES]
    assert len(declared) >= 4


@each_route
def test_its_scope_opens_it_and_no_other_does(service: Service, line: Line) -> None:
    others = [other.scope for other in DECLARED_BY_DATASET + OVER_ANY_TABLE if other.scope != line.scope]

    assert service.add_client("route-scope", line.scope).get(line.target).status_code == 200
    refused = service.add_client("route-others", *others).get(line.target)
    assert (refused.status_code, list(refused.json())) == (403, ["error"])
    assert "Server-Authorization" in refused.headers


@each_route
def test_nobody_gets_in_without_a_signature(service: Service, line: Line) -> None:
    answer = requests.get(service.url + line.target, timeout=30)

    assert (answer.status_code, answer.content, answer.headers["WWW-Authenticate"]) == (401, b"", "Hawk")


@each_route
def test_a_slash_too_few_or_too_many_is_served_the_same(client: Client, line: Line) -> None:
    respelt_path = line.path.removesuffix("/") if line.path.endswith("/") else f"{line.path}/"
    canonical = client.get(f"/api/v1/{line.path}{line.query}").json()
    respelt = client.get(f"/api/v1/{respelt_path}{line.query}").json()
    for answer, path in ((canonical, line.path), (respelt, respelt_path)):
        following = answer.pop("next", None)
        assert following is None or f"/api/v1/{path}?" in following, "the client's own spelling"

    assert respelt == canonical


@each_route
def test_head_is_get_without_the_body_and_signed_over_that(client: Client, line: Line) -> None:
    head, get = client.get(line.target, "HEAD"), client.get(line.target)

    assert (head.status_code, head.content) == (get.status_code, b"") == (200, b"")
    for name in ("Content-Type", "Content-Length"):
        assert head.headers[name] == get.headers[name]
    assert "Server-Authorization" in head.headers


@each_route
def test_an_error_to_head_is_signed_over_the_empty_body(service: Service, line: Line) -> None:
    answer = service.add_client("route-nothing").get(line.target, "HEAD")

    assert (answer.status_code, answer.content) == (403, b"")
    assert "Server-Authorization" in answer.headers


def test_camel_case_keys_are_made_as_they_always_were(service: Service, client: Client) -> None:
    keys = {
        "gss_district_code2_here": "gssDistrictCode2Here",
        "_outer_": "outer",
        "runs___of__them": "runsOfThem",
        "First_PART_aS_it_IS": "FirstPartAsItIs",
        "Alone": "Alone",
        "2_words": "2Words",
    }
    added, dropped = (
        ", ".join(f'{action} COLUMN "{name}"{kind}' for name in keys)
        for action, kind in (("ADD", " int"), ("DROP", ""))
    )
    table = '"dit.reference_postcodes"."L1"'
    service.execute(f"ALTER TABLE {table} {added}")
    try:
        headers = client.get("/api/v1/get-dit-reference-postcodes/").json()["headers"]
    finally:
        service.execute(f"ALTER TABLE {table} {dropped}")

    assert headers[-len(keys) :] == list(keys.values())


def test_columns_of_the_loaders_are_no_part_of_the_structure_but_the_source_row_is(
    service: Service, client: Client
) -> None:
    service.execute(
        'CREATE SCHEMA "structure.hidden"',
        'CREATE TABLE "structure.hidden"."L1" (id int, data_source_row_id int, data_hash text, datafile_created text,'
        " datafile_updated text, name text)",
    )

    columns = client.get("/api/v1/table-structure/structure.hidden/L1").json()["columns"]

    assert [column["name"] for column in columns] == ["id", "data_source_row_id", "name"]


@pytest.mark.parametrize("target", ["/healthcheck/", *(line.target for line in SERVED)])
def test_options_tells_the_methods_and_nothing_can_be_written(service: Service, target: str) -> None:
    answer = requests.options(service.url + target, timeout=30)
    assert (answer.status_code, answer.headers["Allow"], answer.content) == (200, "GET, HEAD, OPTIONS", b"")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        refused = requests.request(method, service.url + target, timeout=30)
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_head_of_the_healthcheck_is_get_without_the_body(service: Service) -> None:
    head, get = (getattr(requests, method)(f"{service.url}/healthcheck/", timeout=30) for method in ("head", "get"))

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@each_route
def test_columns_have_the_casing_of_the_route_and_the_loaders_own_are_not_shown(client: Client, line: Line) -> None:
    answer = client.get(line.target).json()
    names = answer.get("headers") or [column["name"] for column in answer["columns"]]

    assert ("id" in names) == line.shows_id
    assert ("data_source_row_id" in names) == (line.rows is None)
    assert not {"data_hash", "datafile_created", "datafile_updated", "dataSourceRowId"} & set(names)
    if line.casing is CAMEL:
        assert not any("_" in name for name in names)
    assert ("next" in answer) == (not line.query and "structure" not in line.path)

"""What a client was granted it reads on every route that takes a table, and nothing else, until it is taken back."""

import uuid
from collections.abc import Iterator

import pytest
import requests

from dss_web.hawk.scopes import opens_every_table, tables_opened
from tests.parts.service import Client, Service

GRANTED, OTHER = "grants.granted", "grants.other"


@pytest.fixture(scope="module", autouse=True)
def tables(service: Service) -> None:
    for schema in (GRANTED, OTHER):
        service.execute(
            f'CREATE SCHEMA "{schema}"',
            f'CREATE TABLE "{schema}"."L1" (id int PRIMARY KEY, name text)',
            f"""INSERT INTO "{schema}"."L1" VALUES (1, 'x')""",
        )


def grant(service: Service, client: Client, dataset: str = GRANTED) -> None:
    service.ask(
        "INSERT INTO operations.dataset_grant (dataset, kind, grantee, given_by) VALUES (%s, 'client', %s, '')"
        " RETURNING id",
        dataset,
        client.identifier,
    )


@pytest.fixture
def restricted(service: Service) -> Iterator[None]:
    service.execute(f"INSERT INTO operations.restricted_dataset (dataset, restricted_by) VALUES ('{GRANTED}', '')")
    yield
    service.execute("DELETE FROM operations.restricted_dataset")


def export_of(client: Client, url: str) -> requests.Response:
    """The whole export. The signature of a stream is over its head alone."""
    return requests.get(url, headers={"Authorization": client.sign(url).request_header, "Content-Type": ""}, timeout=60)


def read(client: Client, schema: str, table: str = "L1") -> dict[str, int]:
    """The status of each route that takes a table."""
    answers = {
        "pages": client.get(f"/api/v1/table-data/{schema}/{table}"),
        "structure": client.get(f"/api/v1/table-structure/{schema}/{table}"),
        "export": export_of(client, f"{client.url}/api/v1/table-export/{schema}/{table}?format=csv"),
    }
    if export := answers["export"].headers.get("DSS-Export-Id"):
        answers["receipt"] = client.get(f"/api/v1/table-export/{schema}/{table}/receipts/{export}")
    return {name: answer.status_code for name, answer in answers.items()}


@pytest.mark.parametrize("scopes", [[], ["table:somewhere.else"], ["list_ons_postcodes"]])
def test_a_granted_dataset_is_read_on_all_table_routes_and_no_other_is(service: Service, scopes: list[str]) -> None:
    client = service.add_client(f"granted-{len(scopes)}-{uuid.uuid4().hex[:6]}", *scopes)
    assert set(read(client, GRANTED).values()) == {403}

    grant(service, client)

    assert read(client, GRANTED) == {"pages": 200, "structure": 200, "export": 200, "receipt": 200}
    assert set(read(client, OTHER).values()) == {403}
    # Whether there is such a table is not told either.
    assert set(read(client, "grants.nowhere").values()) == {403}


def test_a_grant_that_is_taken_back_ends_with_the_next_request(service: Service) -> None:
    client = service.add_client("for-a-while")
    grant(service, client)
    assert set(read(client, GRANTED).values()) == {200}

    service.execute("DELETE FROM operations.dataset_grant WHERE grantee = 'for-a-while'")

    assert set(read(client, GRANTED).values()) == {403}


@pytest.mark.usefixtures("restricted")
def test_a_restriction_takes_nothing_from_clients_to_whom_scopes_open_the_tables(service: Service) -> None:
    for name, scopes in {
        "everything": ["*"],
        "one route": ["get_table_data"],
        "its tables": [f"table:{GRANTED}"],
        "its table": [f"table:{GRANTED}.L1"],
    }.items():
        client = service.add_client(name.replace(" ", "-"), *scopes)
        assert read(client, GRANTED)["pages"] == 200, name
    assert set(read(service.add_client("one-other", f"table:{OTHER}"), GRANTED).values()) == {403}


def test_another_client_of_the_same_id_begins_without_the_grants_of_the_first(service: Service) -> None:
    client = service.add_client("namesake")
    grant(service, client)
    service.execute("DELETE FROM operations.hawk_key WHERE client_id = 'namesake'")
    service.execute("DELETE FROM hawk_users WHERE id = 'namesake'")

    assert set(read(service.add_client("namesake"), GRANTED).values()) == {403}


def test_what_is_told_of_scopes_is_what_they_open() -> None:
    assert opens_every_table(["*"])
    assert opens_every_table(["export_table", "list_ons_postcodes"])
    assert not opens_every_table(["*", "table:a.b"])
    assert not opens_every_table(["list_ons_postcodes"])
    assert not opens_every_table(["upload:a.b"])
    assert tables_opened(["table:a.b", "table:a.b.L1", "table:a.bc", "table:a"], "a.b") == ["table:a.b", "table:a.b.L1"]


def test_that_a_client_has_read_a_table_is_written_down_once_a_minute(service: Service) -> None:
    client = service.add_client("recorded", f"table:{GRANTED}")
    assert client.get(f"/api/v1/table-data/{OTHER}/L1").status_code == 403
    for _ in range(4):
        client.rows(GRANTED, "L1")
    look = "SELECT string_agg(concat_ws(' ', dataset, \"table\", xmin), ',') FROM operations.dataset_read"
    written = service.ask(f"{look} WHERE reader = 'recorded'")
    assert written.startswith(f"{GRANTED} L1 ")

    client.rows(GRANTED, "L1")

    assert service.ask(f"{look} WHERE reader = 'recorded'") == written

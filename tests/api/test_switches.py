"""The settings that change how the API behaves, each on a web app that has it."""

import time
from collections.abc import Iterator

import pytest
import requests

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


def test_types_can_have_the_names_of_the_last_flask_release(lax: Service) -> None:
    types = [column["type"] for column in lax.client().get(PATH).json()["columns"]]

    assert types == ["INTEGER", "TIMESTAMP", "ARRAY", "TEXT"]


def test_everyone_gets_in_where_hawk_is_off(database: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(database, tmp_path_factory.mktemp("open"), DSS_HAWK_ENABLED="false", DSS_WEB_WORKERS="1") as service:
        service.execute(
            "CREATE SCHEMA IF NOT EXISTS switched", 'CREATE TABLE IF NOT EXISTS switched."L2" (id int PRIMARY KEY)'
        )
        answer = requests.get(f"{service.url}/api/v1/table-data/switched/L2", timeout=30)

        assert (answer.status_code, answer.json()) == (200, {"headers": ["id"], "values": [], "next": None})
        assert requests.get(f"{service.url}/api/v1/table-data/public/hawk_users", timeout=30).status_code == 404

"""Failed authentication is limited for each id and address, and whoever is honest gets in all the same."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import requests

from dss_web.hawk.failures import WINDOW_SECONDS, Failures, network_of
from infra.local.postgres import Postgres
from tests.parts.service import Service, running

PATH = "/api/v1/table-structure/limits/L1"
LIMIT, LIMIT_FOR_ADDRESS = 5, 20


@pytest.fixture
def limited(limits_database: str, tmp_path: Path) -> Iterator[Service]:
    """A web app with low limits, of one process, since each counts for itself. Nothing has failed yet."""
    settings = {
        "DSS_HAWK_FAILURE_LIMIT": str(LIMIT),
        "DSS_HAWK_FAILURE_LIMIT_FOR_ADDRESS": str(LIMIT_FOR_ADDRESS),
        "DSS_WEB_WORKERS": "1",
    }
    with running(limits_database, tmp_path, **settings) as service:
        yield service


@pytest.fixture(scope="module")
def limits_database(postgres_server: Postgres, migrated_template: str) -> str:
    postgres_server.create_database("limits", template=migrated_template)
    url = postgres_server.url("limits")
    with psycopg.connect(url) as connection:
        connection.execute('CREATE SCHEMA limits; CREATE TABLE limits."L1" (id int PRIMARY KEY)')
    return url


def fail(service: Service, identifier: str, times: int) -> list[int]:
    """The statuses of requests that are signed with a wrong key."""
    client = service.client(identifier, "a wrong key")
    return [client.get(PATH).status_code for _ in range(times)]


def test_above_the_limit_a_failure_is_429_and_a_valid_request_gets_in(limited: Service) -> None:
    assert fail(limited, "all", LIMIT + 3) == [401] * LIMIT + [429] * 3

    honest = limited.client()
    assert honest.get(PATH).status_code == 200, "the same id from the same address"
    header = {"Authorization": honest.sign(limited.url + PATH).request_header}
    answers = [requests.get(limited.url + PATH, headers=header, timeout=30) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429], "a replay has failed"
    assert "Server-Authorization" not in answers[1].headers
    assert honest.get(PATH).status_code == 200

    refused = limited.client("all", "a wrong key").get(PATH)
    assert 0 < int(refused.headers["Retry-After"]) <= WINDOW_SECONDS
    assert f"again in {refused.headers['Retry-After']} seconds" in refused.json()["error"]


def test_ids_are_counted_apart_until_the_address_has_failed_too_often(limited: Service) -> None:
    assert fail(limited, "all", LIMIT + 1)[-1] == 429
    assert fail(limited, "another", 1) == [401]

    others = [fail(limited, f"id {number}", 1)[0] for number in range(LIMIT_FOR_ADDRESS)]
    still_allowed = LIMIT_FOR_ADDRESS - (LIMIT + 1) - 1
    assert others == [401] * still_allowed + [429] * (LIMIT_FOR_ADDRESS - still_allowed)
    assert requests.get(limited.url + PATH, timeout=30).status_code == 429
    bad = requests.get(limited.url + PATH, headers={"Authorization": "Basic x"}, timeout=30)
    assert (bad.status_code, "error" in bad.json()) == (429, True)

    assert limited.client().get(PATH).status_code == 200


def test_honest_clients_get_in_while_an_attack_goes_on(limited: Service) -> None:
    with ThreadPoolExecutor(4) as pool:
        attack = [pool.submit(fail, limited, "all", 40) for _ in range(3)]
        honest = [limited.client().get(PATH).status_code for _ in range(40)]

    assert honest == [200] * 40
    assert {status for statuses in attack for status in statuses.result()} == {401, 429}


def test_an_attack_is_told_once_with_its_address_and_each_request_by_its_outcome(limited: Service) -> None:
    fail(limited, "all", LIMIT + 4)

    entries = [json.loads(line) for line in limited.log.read_text().splitlines() if line.startswith("{")]
    [warning] = [entry for entry in entries if entry["level"] == "WARNING"]
    assert f"more than {LIMIT} failed authentications" in warning["message"]
    assert (warning["address"], warning["client"], warning["minute_before"]) == ("127.0.0.1", "all", 0)
    refused = [entry for entry in entries if entry.get("status") == 429]
    assert {entry["outcome"] for entry in refused} == {"not authenticated: bad mac"}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_after_a_minute_the_count_begins_anew() -> None:
    clock = Clock()
    failures = Failures(2, clock=clock)
    assert [failures.count("192.0.2.1", "id") for _ in range(3)] == [0, 0, 60]
    clock.now += 59.5
    assert failures.count("192.0.2.1", "id") == 1

    clock.now += 0.5
    assert [failures.count("192.0.2.1", "id") for _ in range(3)] == [0, 0, 60]


def test_memory_is_bounded_and_who_fails_on_is_remembered() -> None:
    failures = Failures(2, max_windows=100)
    for number in range(10_000):
        failures.count(f"10.0.{number // 250}.{number % 250}")
        if number % 50 == 0:
            seconds = failures.count("192.0.2.1")

    assert len(failures) == 100
    assert seconds > 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("not an address", "not an address"),
    ],
)
def test_whoever_has_an_ipv6_network_is_one_party(address: str, network: str) -> None:
    assert network_of(address) == network

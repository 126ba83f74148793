"""The memory of used nonces, in Postgres and in a real Redis: the same tests over both, and what is each one's own."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.postgres import Postgres
from tests.parts.redis_server import RedisServer, running_redis
from tests.parts.service import Client, Service, running

PATH = "/api/v1/table-structure/nonces/L1"
SKEW = 60


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def on_postgres(service: Service) -> Service:
    service.execute("CREATE SCHEMA nonces", 'CREATE TABLE nonces."L1" (id int PRIMARY KEY)')
    return service


@pytest.fixture(scope="module")
def on_redis(
    on_postgres: Service, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The web app that remembers nonces in Redis."""
    folder = tmp_path_factory.mktemp("web")
    with running(on_postgres.database_url, folder, DSS_HAWK_NONCE_URL=redis_server.url) as service:
        yield service


@pytest.fixture(params=["postgres", "redis"])
def either(request: pytest.FixtureRequest) -> Service:
    service: Service = request.getfixturevalue(f"on_{request.param}")
    return service


def send(service: Service, header: str) -> requests.Response:
    return requests.get(service.url + PATH, headers={"Authorization": header}, timeout=30)


def signed(client: Client, **options: Any) -> str:
    header: str = client.sign(client.url + PATH, **options).request_header
    return header


def test_of_sixteen_parallel_replays_one_gets_in(either: Service) -> None:
    for _ in range(5):
        header = signed(either.client())
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _, header=header: send(either, header), range(16)))

        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 15


def test_a_nonce_is_a_clients_own_and_a_seconds_own(either: Service) -> None:
    other, now = either.add_client("another", "*"), int(time.time())
    headers = [
        signed(either.client(), nonce="same", _timestamp=now),
        signed(other, nonce="same", _timestamp=now),
        signed(other, nonce="same", _timestamp=now - 1),
    ]

    assert [send(either, header).status_code for header in headers] == [200, 200, 200]
    assert [send(either, header).status_code for header in headers] == [401, 401, 401]


def test_redis_forgets_a_nonce_later_than_twice_the_skew(on_redis: Service, redis_server: RedisServer) -> None:
    assert send(on_redis, signed(on_redis.client())).status_code == 200

    redis = redis_server.client()
    lifetimes = [redis.ttl(name) for name in redis.scan_iter("dss:hawk:nonce:*")]
    assert lifetimes
    assert all(2 * SKEW < lifetime < 4 * SKEW for lifetime in lifetimes)


def test_redis_is_told_neither_the_client_nor_the_nonce(on_redis: Service, redis_server: RedisServer) -> None:
    assert send(on_redis, signed(on_redis.client(), nonce="to-look-for")).status_code == 200

    assert [name for name in redis_server.client().scan_iter("*") if "to-look-for" in name or "all" in name] == []


def test_nobody_gets_in_while_redis_is_away_and_all_is_well_afterwards(
    on_redis: Service, redis_server: RedisServer
) -> None:
    client = on_redis.client()
    assert client.get(PATH).status_code == 200

    redis_server.process.stop()
    assert_unavailable(client.get(PATH))

    redis_server.start()
    assert [client.get(PATH).status_code for _ in range(10)] == [200] * 10, "no broken connection is left"


def test_a_redis_that_hangs_is_not_waited_for(on_redis: Service, redis_server: RedisServer) -> None:
    client = on_redis.client()
    try:
        os.kill(redis_server.process.pid, signal.SIGSTOP)
        started = time.monotonic()
        assert_unavailable(client.get(PATH))
        assert time.monotonic() - started < 10
    finally:
        os.kill(redis_server.process.pid, signal.SIGCONT)

    assert client.get(PATH).status_code == 200


def test_a_redis_that_refuses_to_remember_lets_nobody_in(on_redis: Service, redis_server: RedisServer) -> None:
    redis = redis_server.client()
    redis.config_set("maxmemory", "1")
    try:
        assert_unavailable(on_redis.client().get(PATH))
    finally:
        redis.config_set("maxmemory", "0")

    assert on_redis.client().get(PATH).status_code == 200


def assert_unavailable(answer: requests.Response) -> None:
    """503, and signed: the client knows that it is us who cannot."""
    assert answer.status_code == 503, answer.text
    assert "cannot check credentials" in answer.json()["error"]
    assert "Server-Authorization" in answer.headers


def test_postgres_forgets_what_has_expired_however_much_it_is(
    postgres_server: Postgres, migrated_template: str, tmp_path: Path
) -> None:
    postgres_server.create_database("nonces", template=migrated_template)
    with running(postgres_server.url("nonces"), tmp_path, DSS_WEB_WORKERS="1") as service:
        service.execute(
            "CREATE SCHEMA nonces",
            'CREATE TABLE nonces."L1" (id int PRIMARY KEY)',
            "INSERT INTO operations.hawk_nonce (client_id, nonce, timestamp, expires_at)"
            " SELECT 'old', n, 1, now() - interval '1 second' FROM generate_series(1, 2500) n",
            "INSERT INTO operations.hawk_nonce (client_id, nonce, timestamp, expires_at)"
            " SELECT 'young', n, 1, now() + interval '100 seconds' FROM generate_series(1, 10) n",
        )
        # A process cleans up at its first request, and goes on as long as there is more.
        assert [service.client().get(PATH).status_code for _ in range(3)] == [200, 200, 200]

        count = "SELECT count(*) FROM operations.hawk_nonce WHERE client_id = %s"
        assert [service.ask(count, name) for name in ("old", "young", "all")] == [0, 10, 3]

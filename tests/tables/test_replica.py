"""Tables read from a real streaming replica: whatever it lags, a client reads the newest state."""

import re
import time
from collections.abc import Iterator

import psycopg
import pytest
import requests

from infra.local.postgres import Postgres
from tests.parts.export_reading import begin, receipt
from tests.parts.replica import ask, running_replica, wait_until_it_has_all
from tests.parts.service import Client, Service, running
from tests.parts.tracked import make_noted
from tests.parts.waiting import wait_until

TOKEN = "a-token-for-the-metrics"


@pytest.fixture(scope="module")
def replica(postgres_server: Postgres, migrated_template: str) -> Iterator[Postgres]:
    postgres_server.create_database("replicated", template=migrated_template)
    with running_replica(postgres_server) as server:
        yield server


@pytest.fixture(scope="module")
def replicated(
    postgres_server: Postgres, replica: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A web app with the replica beside its database."""
    settings = {
        "DSS_REPLICA_DATABASE_URL": replica.url("replicated"),
        "DSS_METRICS_TOKEN": TOKEN,
        "DSS_READINESS_CHECKS": "database,replica",
        "DSS_WEB_WORKERS": "1",
    }
    with running(postgres_server.url("replicated"), tmp_path_factory.mktemp("replicated"), **settings) as service:
        yield service


@pytest.fixture
def client(replicated: Service) -> Client:
    return replicated.client()


def reads(service: Service) -> dict[str, int]:
    """How many tables were read from where, so far. It is sampled each second."""
    time.sleep(1.2)
    text = requests.get(f"{service.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30).text
    return {
        read: int(float(number))
        for read, number in re.findall(r'^dss_table_reads_total\{read="(\w+)"\} (\S+)', text, re.M)
    }


def more(service: Service, before: dict[str, int]) -> dict[str, int]:
    after = reads(service)
    return {read: after[read] - before.get(read, 0) for read in after if after[read] != before.get(read, 0)}


@pytest.fixture
def paused(postgres_server: Postgres, replica: Postgres) -> Iterator[Postgres]:
    """The replica, which has what was written so far and gets nothing more."""
    wait_until_it_has_all(postgres_server, replica)
    ask(replica, "SELECT pg_wal_replay_pause()")
    yield replica
    ask(replica, "SELECT pg_wal_replay_resume()")


def test_pages_and_exports_are_read_from_the_replica_and_receipts_kept_on_the_primary(
    replicated: Service, client: Client, postgres_server: Postgres, replica: Postgres
) -> None:
    path = make_noted(replicated, "replica.read", 25)
    wait_until_it_has_all(postgres_server, replica)
    before = reads(replicated)

    first = client.get(path)
    following = client.get(first.json()["next"]).json()
    export = begin(client, "replica.read/L1")

    assert [row[0] for row in following["values"]] == list(range(11, 21))
    assert export.content.count(b"\n") == 26
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert receipt(client, export)["state"] == "complete"
    assert more(replicated, before) == {"replica": 3}


def test_a_reader_gets_the_newest_state_while_the_replica_lags(
    replicated: Service, client: Client, paused: Postgres, request: pytest.FixtureRequest
) -> None:
    path = make_noted(replicated, "replica.lags", 12)  # a table that the replica does not have
    before = reads(replicated)

    first = client.get(path).json()
    replicated.execute("""INSERT INTO "replica.lags"."L0" (name) VALUES ('new')""")
    # `next` is of a generation that the replica does not have.
    following = client.get(first["next"]).json()

    assert [row[0] for row in following["values"]] == [11, 12, 13]
    assert client.get("/api/v1/table-data/replica.lags/absent").status_code == 404
    assert more(replicated, before) == {"behind": 3}


def test_only_what_has_changed_since_is_read_from_the_primary(
    replicated: Service, client: Client, postgres_server: Postgres, replica: Postgres
) -> None:
    changed, same = make_noted(replicated, "replica.changed", 10), make_noted(replicated, "replica.same", 3)
    untracked = "/api/v1/table-data/replica.same/other"
    replicated.execute('CREATE TABLE "replica.same".other (id int PRIMARY KEY)')
    wait_until_it_has_all(postgres_server, replica)
    first = client.get(changed)
    before = reads(replicated)
    ask(replica, "SELECT pg_wal_replay_pause()")
    try:
        replicated.execute("""INSERT INTO "replica.changed"."L0" (name) VALUES ('new')""")

        # One full page was all there was. On the replica it still is.
        assert first.json()["next"] is None
        second = client.get(changed)
        assert second.json()["next"].endswith("next-id=11&generation=" + generation(second.json()["next"]))
        assert second.headers["ETag"] != first.headers["ETag"]
        assert len(client.get(same).json()["values"]) == 3
        assert client.get(untracked).status_code == 200
    finally:
        ask(replica, "SELECT pg_wal_replay_resume()")
    wait_until_it_has_all(postgres_server, replica)
    assert client.get(second.json()["next"]).json()["values"][0][0] == 11

    assert more(replicated, before) == {"behind": 1, "replica": 2, "untracked": 1}


def generation(url: str) -> str:
    return url.rpartition("generation=")[2]


def test_while_the_replica_is_away_the_primary_serves_and_it_is_told(
    replicated: Service, client: Client, postgres_server: Postgres, replica: Postgres
) -> None:
    path = make_noted(replicated, "replica.away", 3)
    wait_until_it_has_all(postgres_server, replica)
    client.get(path)
    before = reads(replicated)
    replica.stop()
    try:
        answers = [client.get(path) for _ in range(3)]
        ready = requests.get(f"{replicated.url}/readiness/", timeout=30)

        assert [answer.status_code for answer in answers] == [200] * 3
        assert more(replicated, before) == {"away": 3}
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        assert "tables are read from the primary" in ready.json()["checks"]["replica"]["wrong"]
        # It was looked for once, and its absence is told once.
        assert replicated.log.read_text().count("the replica is away") == 1
    finally:
        replica.start()

    def is_used() -> bool:
        assert client.get(path).status_code == 200
        return "replica" in more(replicated, before)

    wait_until(is_used, "a replica that is there again is used")
    assert requests.get(f"{replicated.url}/readiness/", timeout=30).json()["checks"]["replica"]["ok"]


def test_nothing_is_written_to_the_replica(replicated: Service, replica: Postgres) -> None:
    with psycopg.connect(replica.url("replicated")) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("DELETE FROM operations.hawk_nonce")

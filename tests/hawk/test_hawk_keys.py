"""The keys of clients: two at a time, encrypted, ended by date or by command, in all processes at once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.parts.manage import manage, printed_key
from tests.parts.service import Client, Service
from tests.parts.waiting import wait_until

PATH = "/api/v1/table-structure/keys/L1"


@pytest.fixture(scope="module", autouse=True)
def table(service: Service) -> None:
    service.execute("CREATE SCHEMA keys", 'CREATE TABLE keys."L1" (id int PRIMARY KEY)')


def statuses(client: Client, times: int = 8) -> set[int]:
    """Of several requests at once, so that both processes are asked. A signature that is there is verified."""
    with ThreadPoolExecutor(times) as pool:
        return {answer.status_code for answer in pool.map(lambda _: client.get(PATH), range(times))}


def number_of_key(service: Service, identifier: str, order: str = "DESC") -> int:
    number: int = service.ask(
        f"SELECT id FROM operations.hawk_key WHERE client_id = %s ORDER BY id {order} LIMIT 1", identifier
    )
    return number


def rotated(service: Service, old: Client, *options: str) -> Client:
    """The client with a new key."""
    return service.client(
        old.identifier, printed_key(manage(service.database_url, "rotate_hawk_key", old.identifier, *options))
    )


def test_a_key_rotates_without_an_outage(service: Service) -> None:
    old = service.add_client("rotating", "*")

    new = rotated(service, old, "--keep-old-for", "1")
    assert (statuses(old), statuses(new)) == ({200}, {200})

    service.execute(
        "UPDATE operations.hawk_key SET expires_at = now() WHERE client_id = 'rotating' AND expires_at IS NOT NULL"
    )
    assert (statuses(old), statuses(new)) == ({401}, {200})


def test_the_answer_is_signed_with_the_key_of_the_request(service: Service) -> None:
    old = service.add_client("signed-by-either", "*")
    new = rotated(service, old)

    # `get` verifies what it is given; here it must have been given something.
    for client in (old, new, old):
        assert "Server-Authorization" in client.get(PATH).headers


def test_a_third_live_key_is_refused_however_many_ask_at_once(service: Service) -> None:
    service.add_client("crowded", "*")
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda _: manage(service.database_url, "rotate_hawk_key", "crowded"), range(3)))

    assert sorted(command.returncode for command in ended) == [0, 1, 1]
    refusal = next(command.stderr for command in ended if command.returncode)
    assert f"key {number_of_key(service, 'crowded')}: created" in refusal
    assert "manage.py revoke_hawk_key crowded --key" in refusal
    assert service.ask("SELECT count(*) FROM operations.hawk_key WHERE client_id = 'crowded'") == 2


def test_a_rotation_waits_for_another_one_and_counts_its_key(service: Service) -> None:
    """The other one has made its key, and has not committed it, when the command looks."""
    service.add_client("raced", "*")
    with service.connect() as other, ThreadPoolExecutor() as pool:
        other.execute("SELECT FROM hawk_users WHERE id = 'raced' FOR UPDATE")
        other.execute("INSERT INTO operations.hawk_key (client_id, secret) VALUES ('raced', 'from another rotation')")
        rotation = pool.submit(manage, service.database_url, "rotate_hawk_key", "raced")
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        wait_until(lambda: service.ask(waiting), "the command waits for a lock")
        other.commit()

        assert "has 2 live keys already" in rotation.result().stderr
    assert service.ask("SELECT count(*) FROM operations.hawk_key WHERE client_id = 'raced'") == 2


def test_a_revoked_key_ends_at_once_in_all_processes_and_the_other_goes_on(service: Service) -> None:
    old = service.add_client("revoked", "*")
    new = rotated(service, old)
    assert (statuses(old), statuses(new)) == ({200}, {200})

    number = number_of_key(service, "revoked", "ASC")
    revoked = manage(service.database_url, "revoke_hawk_key", "revoked", "--key", str(number))

    assert revoked.returncode == 0, revoked.stderr
    assert (statuses(old), statuses(new)) == ({401}, {200})
    assert service.ask("SELECT secret FROM operations.hawk_key WHERE id = %s", number) == ""
    assert rotated(service, old).get(PATH).status_code == 200, "there is room for another key again"


def test_a_client_whose_keys_are_all_revoked_is_locked_out(service: Service) -> None:
    client = service.add_client("locked-out", "*")

    assert manage(service.database_url, "revoke_hawk_key", "locked-out", "--all").returncode == 0

    assert statuses(client) == {401}
    assert "not authenticated: the client has no live key" in service.log.read_text()


def test_a_key_ends_at_its_date(service: Service) -> None:
    client = service.add_client("expiring", "*")
    service.execute(
        "UPDATE operations.hawk_key SET expires_at = now() + interval '1 second' WHERE client_id = 'expiring'"
    )
    assert client.get(PATH).status_code == 200

    time.sleep(1.1)

    assert statuses(client) == {401}


def test_the_last_use_is_known_to_the_minute_and_of_the_key_that_was_used(service: Service) -> None:
    old = service.add_client("used", "*")
    new = rotated(service, old)
    last_use = "SELECT last_used_at FROM operations.hawk_key WHERE id = %s"
    numbers = [number_of_key(service, "used", order) for order in ("ASC", "DESC")]
    assert new.get(PATH).status_code == 200

    assert service.ask(last_use, numbers[0]) is None
    first = service.ask(last_use, numbers[1])
    assert first is not None

    assert new.get(PATH).status_code == 200
    assert service.ask(last_use, numbers[1]) == first, "once a minute is enough"

    service.execute("UPDATE operations.hawk_key SET last_used_at = now() - interval '61 s' WHERE client_id = 'used'")
    assert new.get(PATH).status_code == 200
    assert service.ask(last_use, numbers[1]) > first


def test_a_request_does_not_wait_for_whoever_changes_its_key(service: Service) -> None:
    client = service.add_client("changing", "*")
    with service.connect() as connection:
        connection.execute("SELECT FROM operations.hawk_key WHERE client_id = 'changing' FOR UPDATE")
        # A request that waited would do so for ever: the lock ends with the block.
        assert client.get(PATH).status_code == 200

    assert service.ask("SELECT last_used_at FROM operations.hawk_key WHERE client_id = 'changing'") is None


def test_a_failed_request_is_no_use(service: Service) -> None:
    service.add_client("guessed", "*")

    assert service.client("guessed", "a wrong key").get(PATH).status_code == 401
    assert service.ask("SELECT last_used_at FROM operations.hawk_key WHERE client_id = 'guessed'") is None


def test_no_key_stands_in_the_database_or_in_the_log(service: Service) -> None:
    old = service.add_client("secret", "*")
    new = rotated(service, old)
    assert (statuses(old), statuses(new)) == ({200}, {200})

    rows = service.ask("SELECT string_agg(k::text, ' ') FROM operations.hawk_key k")
    for client in (old, new):
        assert client.key not in rows
        assert client.key not in service.log.read_text()


def test_a_key_that_cannot_be_decrypted_is_our_fault_and_said_in_the_log(service: Service) -> None:
    client = service.add_client("undecryptable", "*")
    service.execute("UPDATE operations.hawk_key SET secret = 'gAAAAA' WHERE client_id = 'undecryptable'")

    answer = client.get(PATH)

    assert (answer.status_code, answer.json()["error"]) == (
        503,
        "The service cannot check credentials at the moment: try again later",
    )
    assert "of undecryptable was not encrypted by any key of DSS_HAWK_ENCRYPTION_KEYS" in service.log.read_text()
    assert rotated(service, client).get(PATH).status_code == 200


def test_no_new_key_begins_as_an_option_of_a_command_does(service: Service) -> None:
    count = (
        "from dss_web.hawk.keys import random_secret; "
        "print('hyphens', sum(random_secret().startswith('-') for _ in range(2000)))"
    )
    assert "hyphens 0" in manage(service.database_url, "shell", "-c", count).stdout

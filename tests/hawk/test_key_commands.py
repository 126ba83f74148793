"""The commands that make, list, end and encrypt keys, as an operator runs them."""

import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet

from infra.local.postgres import Postgres
from tests.conftest import ENCRYPTION_KEY, add_hawk_client, web_environment
from tests.parts.manage import manage, printed_key
from tests.test_settings import check


@pytest.fixture(scope="module")
def database(postgres_server: Postgres, migrated_template: str) -> str:
    postgres_server.create_database("keys", template=migrated_template)
    return postgres_server.url("keys")


def listed(database: str, identifier: str) -> list[list[str]]:
    """The lines of a client's keys, in columns."""
    lines = manage(database, "list_hawk_keys", identifier).stdout.splitlines()[1:]
    return [re.split(r" {2,}", line) for line in lines]


def stored(database: str, identifier: str) -> list[str]:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT secret FROM operations.hawk_key WHERE client_id = %s ORDER BY id", [identifier]
        ).fetchall()
    return [row[0] for row in rows]


def test_keys_are_listed_from_the_first_to_the_last_and_never_shown(database: str) -> None:
    added = manage(database, "add_hawk_client", "listed", "--scope", "*", "--expires", "2099-12-31")
    assert "expires: 2099-12-31 23:59 UTC" in added.stdout
    rotated = manage(database, "rotate_hawk_key", "listed", "--keep-old-until", "2098-06-01T12:00")
    assert "valid until 2098-06-01 12:00 UTC" in rotated.stdout
    assert manage(database, "revoke_hawk_key", "listed", "--key", listed(database, "listed")[0][1]).returncode == 0

    old, new = listed(database, "listed")

    assert (old[2], old[4], old[5]) == ("revoked", "2098-06-01 12:00 UTC", "never")
    assert (new[2], new[4], new[5]) == ("live", "never", "never")
    everything = manage(database, "list_hawk_keys").stdout
    assert "listed" in everything
    for secret in (printed_key(added), printed_key(rotated), *filter(None, stored(database, "listed"))):
        assert secret not in everything


def test_a_rotation_does_not_lengthen_a_keys_life(database: str) -> None:
    manage(database, "add_hawk_client", "short", "--scope", "*", "--expires", "2090-01-01")
    manage(database, "rotate_hawk_key", "short", "--keep-old-until", "2095-01-01")

    assert [row[4] for row in listed(database, "short")] == ["2090-01-01 23:59 UTC", "never"]


def test_the_old_key_is_kept_for_a_week_unless_it_is_said_otherwise(database: str) -> None:
    add_hawk_client(database, "week", "the key of a client: week", ["*"])
    assert manage(database, "rotate_hawk_key", "week").returncode == 0

    with psycopg.connect(database) as connection:
        row = connection.execute(
            "SELECT extract(epoch FROM expires_at - now()) / 86400 FROM operations.hawk_key"
            " WHERE client_id = 'week' ORDER BY id"
        ).fetchone()
    assert row
    assert row[0] == pytest.approx(7, abs=0.01)


def test_the_old_key_can_end_now(database: str) -> None:
    add_hawk_client(database, "now", "the key of a client: now", ["*"])
    assert manage(database, "rotate_hawk_key", "now", "--keep-old-for", "0").returncode == 0

    assert [row[2] for row in listed(database, "now")] == ["expired", "live"]


@pytest.fixture(scope="module")
def two_keys(database: str) -> str:
    """The database, with a client `two` that has as many keys as it may have."""
    add_hawk_client(database, "two", "the key of a client: two", ["*"])
    assert manage(database, "rotate_hawk_key", "two").returncode == 0
    return database


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rotate_hawk_key", "nobody"), "no HAWK client 'nobody'"),
        (("revoke_hawk_key", "nobody", "--all"), "no HAWK client 'nobody'"),
        (("list_hawk_keys", "nobody"), "no HAWK client 'nobody'"),
        (("rotate_hawk_key", "two", "--keep-old-until", "2001-01-01"), "has passed already"),
        (("rotate_hawk_key", "two", "--keep-old-until", "soon"), "not a date like 2026-12-31"),
        (("rotate_hawk_key", "two", "--keep-old-for", "-1"), "from 0 to 3650"),
        (("rotate_hawk_key", "two", "--keep-old-for", "nan"), "from 0 to 3650"),
        (("revoke_hawk_key", "two"), "Which key?"),
        (("revoke_hawk_key", "two", "--key", "999999"), "has no live key 999999"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(two_keys: str, arguments: tuple[str, ...], words: str) -> None:
    before = stored(two_keys, "two")
    refused = manage(two_keys, *arguments)

    assert refused.returncode != 0
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr
    assert stored(two_keys, "two") == before


def test_replacing_a_client_by_the_same_key_changes_nothing_about_it(database: str) -> None:
    again = ("add_hawk_client", "same", "--scope", "*", "--key", "k" * 20, "--replace")
    manage(database, *again)
    before = stored(database, "same")

    assert manage(database, *again).returncode == 0
    assert stored(database, "same") == before


def test_a_key_that_is_given_is_read_from_a_file_and_not_printed(database: str, tmp_path: Path) -> None:
    (file := tmp_path / "key").write_text("a-key-that-nobody-may-see\n")

    added = manage(database, "add_hawk_client", "given", "--scope", "*", "--key-file", str(file))
    absent = manage(database, "add_hawk_client", "other", "--scope", "*", "--key-file", str(tmp_path / "none"))

    assert (added.returncode, "nobody-may-see" in added.stdout + added.stderr) == (0, False)
    assert Fernet(ENCRYPTION_KEY).decrypt(stored(database, "given")[0]).decode() == "a-key-that-nobody-may-see"
    assert (absent.returncode, "could not be read from" in absent.stderr) == (1, True)


def test_the_encryption_key_rotates(postgres_server: Postgres, migrated_template: str) -> None:
    postgres_server.create_database("reencrypted", template=migrated_template)
    database, new = postgres_server.url("reencrypted"), Fernet.generate_key().decode()
    add_hawk_client(database, "one", "the key of a client: one", ["*"])
    add_hawk_client(database, "revoked", "the key of a client: revoked", ["*"])
    manage(database, "revoke_hawk_key", "revoked")

    refused = manage(database, "reencrypt_hawk_keys", DSS_HAWK_ENCRYPTION_KEYS=new)
    assert refused.returncode == 1
    assert "of one" in refused.stderr
    assert "of revoked" not in refused.stderr

    both = manage(database, "reencrypt_hawk_keys", DSS_HAWK_ENCRYPTION_KEYS=f"{new},{ENCRYPTION_KEY}")
    assert (both.returncode, both.stdout.splitlines()[-1].endswith(": 1")) == (0, True), both.stderr
    [secret] = stored(database, "one")
    assert Fernet(new).decrypt(secret) == b"the key of a client: one"
    assert manage(database, "reencrypt_hawk_keys", DSS_HAWK_ENCRYPTION_KEYS=new).returncode == 0


@pytest.mark.parametrize(("keys", "which"), [("a secret", "the key"), (f"{ENCRYPTION_KEY},a secret", "key 2 of 2")])
def test_a_setting_that_is_no_fernet_key_says_how_to_make_one(keys: str, which: str) -> None:
    stopped = check(web_environment("postgresql://nowhere/x", "file:///nowhere") | {"DSS_HAWK_ENCRYPTION_KEYS": keys})

    assert stopped.returncode == 1
    assert f"DSS_HAWK_ENCRYPTION_KEYS: {which} is not a Fernet key" in stopped.stderr
    assert "a secret" not in stopped.stderr
    command = stopped.stderr.partition("make one with: python -c '")[2].strip().removesuffix("'")
    made = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout.strip()
    assert (
        check(
            web_environment("postgresql://nowhere/x", "file:///nowhere") | {"DSS_HAWK_ENCRYPTION_KEYS": made}
        ).returncode
        == 0
    )


def test_plain_keys_of_the_first_release_are_encrypted_and_go_on_working(postgres_server: Postgres) -> None:
    postgres_server.create_database("plain")
    database = postgres_server.url("plain")
    assert manage(database, "migrate", "registry", "0001", "--verbosity", "0").returncode == 0
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO hawk_users (id, key, scope, description) VALUES"
            " ('old', 'a plain key of old', '{*}', ''), ('empty', '', '{*}', '')"
        )

    migrated = manage(database, "migrate", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    [secret] = stored(database, "old")
    assert Fernet(ENCRYPTION_KEY).decrypt(secret) == b"a plain key of old"
    assert stored(database, "empty") == [], "with an empty key anybody could sign"

    undone = manage(database, "migrate", "registry", "0001", "--verbosity", "0")
    assert undone.returncode == 0, undone.stderr
    with psycopg.connect(database) as connection:
        plain: dict[str, str] = dict(connection.execute("SELECT id, key FROM hawk_users").fetchall())
    assert plain["old"] == "a plain key of old"
    assert plain["empty"] != ""


def test_a_client_is_let_read_a_dataset_and_listed_among_those_that_do(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO pipeline (organisation, dataset, slug) VALUES ('dbt', 'let', 'dbt-let')")
    unknown = manage(database, "add_hawk_client", "let", "--dataset", "dbt.nothing")
    assert "There is no dataset dbt.nothing" in unknown.stderr

    added = manage(database, "add_hawk_client", "let", "--dataset", "dbt.let")

    assert "reads:   dbt.let" in added.stdout
    add_hawk_client(database, "other", "the key of a client: other", ["table:dbt.lettuce"])
    add_hawk_client(database, "by-scope", "the key of a client: by-scope", ["table:dbt.let.L1"])
    lines = manage(database, "list_hawk_keys", "--dataset", "dbt.let").stdout.splitlines()[1:]
    readers = {line.split()[0] for line in lines}
    assert {"let", "by-scope"} <= readers
    assert "other" not in readers
    # What owners gave stays when an operator replaces the client.
    assert manage(database, "add_hawk_client", "let", "--replace", "--scope", "list_ons_postcodes").returncode == 0
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT grantee FROM operations.dataset_grant").fetchall() == [("let",)]

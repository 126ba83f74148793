"""Upgrading a database of the release before: its rows stay, and the way back is open."""

import psycopg
import pytest

from infra.local.postgres import Postgres
from tests.parts.manage import manage

BEFORE = ("registry", "0005")


@pytest.fixture
def old_database(postgres_server: Postgres) -> str:
    """A database as release 0.2 left it, with a client, a receipt and a file that failed."""
    postgres_server.create_database("release_0_2")
    url = postgres_server.url("release_0_2")
    migrated = manage(url, "migrate", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    back = manage(url, "migrate", *BEFORE, "--verbosity", "0")
    assert back.returncode == 0, back.stderr
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO hawk_users (id, scope, description) VALUES ('reader', '{*}', 'a client')")
        connection.execute("INSERT INTO operations.hawk_key (client_id, secret) VALUES ('reader', 'encrypted')")
        connection.execute(
            "INSERT INTO operations.datafile_registry (source, file_name, state, version, digest,"
            " created_timestamp, updated_timestamp) VALUES ('a.b', 'c.zip', 'failed', 'v1', 'd', now(), now())"
        )
    return url


def rows(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT client_id, secret, scope, state, version FROM operations.hawk_key"
            " JOIN hawk_users ON hawk_users.id = client_id, operations.datafile_registry"
        ).fetchall()


def test_rows_stay_while_models_move_to_their_apps_and_back(old_database: str, postgres_server: Postgres) -> None:
    before = rows(old_database)
    with psycopg.connect(old_database) as connection:
        connection.execute(
            "DELETE FROM auth_permission WHERE content_type_id IN"
            " (SELECT id FROM django_content_type WHERE app_label = 'hawk')"
        )
        connection.execute("DELETE FROM django_content_type WHERE app_label = 'hawk'")
        kept = connection.execute("SELECT id FROM django_content_type WHERE model = 'hawkclient'").fetchone()

    assert manage(old_database, "migrate", "--verbosity", "0").returncode == 0
    assert rows(old_database) == before
    with psycopg.connect(old_database) as connection:
        moved = connection.execute(
            "SELECT app_label, id FROM django_content_type WHERE model = 'hawkclient'"
        ).fetchall()
        assert kept
        assert moved == [("hawk", kept[0])], "permissions and the admin's history refer to it"
        connection.execute("UPDATE operations.datafile_registry SET state = 'due'")
        connection.execute(
            "INSERT INTO operations.datafile_registry (source, file_name, state, created_timestamp, updated_timestamp)"
            " VALUES ('a.b', 'new.zip', 'due', now(), now())"
        )
        connection.execute("UPDATE operations.datafile_registry SET rows = 1 WHERE file_name = 'c.zip'")

    assert manage(old_database, "migrate", *BEFORE, "--verbosity", "0").returncode == 0
    # The release before knows no state `due`: it finds the new file by itself, and of the other a new version.
    assert rows(old_database) == [("reader", "encrypted", ["*"], "processed", "")]
    postgres_server.drop_database("release_0_2")

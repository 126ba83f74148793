"""Migrations under load: they wait for nobody for long, so that nobody waits behind them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import psycopg
import pytest

from infra.local.postgres import Postgres
from tests.parts.manage import manage

WAITING: Final = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%'"
# The migration after this one adds a column to the table that the tests hold.
BEFORE, TABLE = ("registry", "0027"), "pipeline_data_file"


@pytest.fixture
def behind(postgres_server: Postgres, migrated_template: str) -> Iterator[str]:
    """A database that lacks the last migrations."""
    postgres_server.create_database("behind", template=migrated_template)
    url = postgres_server.url("behind")
    back = manage(url, "migrate", *BEFORE, "--verbosity", "0")
    assert back.returncode == 0, back.stderr
    yield url
    postgres_server.drop_database("behind")


def is_migrated(url: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT FROM information_schema.columns WHERE table_name = %s AND column_name = 'note'", [TABLE]
        ).fetchone()
    return found is not None


def hold(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """A long report that somebody runs by hand, which reads the table in a transaction and leaves it open."""
    holder = psycopg.connect(url, application_name="a report")
    holder.execute(f"SELECT count(*) FROM {TABLE}".encode())
    return holder


def test_a_migration_that_gets_no_lock_tells_who_holds_it_and_changes_nothing(behind: str) -> None:
    with hold(behind) as holder:
        tried = manage(behind, "migrate", "--lock-wait", "0")

        assert tried.returncode == 1
        assert "A migration did not get its locks within 0 seconds, and was rolled back" in tried.stderr
        assert f"session {holder.info.backend_pid} (a report, role postgres, from 127.0.0.1), idle in" in tried.stderr
        assert f"SELECT count(*) FROM {TABLE}" in tried.stderr
    assert not is_migrated(behind)


def test_nobody_waits_long_behind_a_migration_which_is_done_once_it_can(behind: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        # Without a limit the reader would wait behind the migration for as long as the report reads.
        with hold(behind), psycopg.connect(behind, autocommit=True, options="-c lock_timeout=15s") as reader:
            migrating = pool.submit(manage, behind, "migrate")
            for is_waiting in (True, False):
                while bool(reader.execute(WAITING).fetchall()) != is_waiting:
                    assert not migrating.done()
                    reader.execute(f"SELECT count(*) FROM {TABLE}".encode())
                    time.sleep(0.05)
        done = migrating.result(timeout=120)

    assert done.returncode == 0, done.stderr
    assert "A migration was rolled back, and is tried again: its locks are held by session" in done.stdout
    assert is_migrated(behind)

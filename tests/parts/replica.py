"""A streaming replica of the tests' Postgres, made of its own programs."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from infra.local.postgres import Keeping, Postgres
from infra.local.unprivileged import server_user
from tests.parts.thrown_away import postgres_folder
from tests.parts.waiting import wait_until


@contextmanager
def running_replica(primary: Postgres) -> Iterator[Postgres]:
    """A hot standby that follows the server as it writes. It has the same databases under the same names."""
    with postgres_folder() as folder:
        replica = Postgres(folder / "postgres", keeping=Keeping.THROWN_AWAY)
        user = server_user()
        owner, group = (None, None) if user is None else user
        made = subprocess.run(
            [
                *(primary.program("pg_basebackup"), "--dbname", primary.url("postgres"), "--pgdata", replica.data),
                *("--write-recovery-conf", "--checkpoint", "fast", "--no-sync", "--wal-method", "stream"),
            ],
            cwd=replica.folder,
            capture_output=True,
            text=True,
            check=False,
            user=owner,
            group=group,
            extra_groups=None if user is None else (),
        )
        assert made.returncode == 0, made.stderr
        try:
            replica.start()
            yield replica
        finally:
            replica.remove()
            shutil.rmtree(replica.folder, ignore_errors=True)


def ask(server: Postgres, statement: str) -> object:
    """The one value that a statement gives."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row and row[0]


def wait_until_it_has_all(primary: Postgres, replica: Postgres) -> None:
    """Wait until the replica has replayed all that the primary has written so far."""
    written = ask(primary, "SELECT pg_current_wal_insert_lsn()")
    wait_until(lambda: ask(replica, f"SELECT pg_last_wal_replay_lsn() >= '{written}'"), "the replica follows")

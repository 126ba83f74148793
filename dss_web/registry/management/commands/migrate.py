"""`manage.py migrate`: Django's, safe to start several times at once and before the database is there."""

import time
from typing import Any, Final

import psycopg
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections

from dss_web.shared.liveness import SESSION

# An arbitrary number that must not change: releases that start at the same time have to agree on it.
_LOCK: Final = 7_231_946_450_101_375


class Command(migrate.Command):
    """Waits for the database, then for any other process that is migrating it, then applies what is left."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Django's arguments and `--wait`."""
        super().add_arguments(parser)
        parser.add_argument(
            "--wait", type=float, default=60, metavar="SECONDS", help="how long to wait for the database (60)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate under an advisory lock. Raises CommandError if the database cannot be reached within `--wait`."""
        with _connected(options["database"], options["wait"]) as connection:
            # On a connection of its own, which survives whatever the migrations do with theirs. The lock ends with the
            # connection, so a killed process leaves nothing locked.
            connection.execute(SESSION.encode())
            _lock(connection)
            super().handle(*args, **options)


def _lock(connection: psycopg.Connection[Any]) -> None:
    """Wait for whoever else migrates.

    By asking again: a statement that waits for the lock has a snapshot, for whose end an index that is made
    CONCURRENTLY by the process with the lock would wait in turn. Postgres does not see that both wait for ever.
    """
    while True:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
        if row and row[0]:
            return
        time.sleep(0.2)


def _connected(alias: str, timeout_seconds: float) -> psycopg.Connection[Any]:
    """A connection to the database, for which we wait at most `timeout_seconds`."""
    settings = connections[alias].settings_dict
    parameters = {key: value for key, value in settings["OPTIONS"].items() if key != "pool"}
    settings_keys = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    parameters |= {name: settings[key] for name, key in settings_keys.items() if settings[key]}
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            return psycopg.connect(**parameters, autocommit=True)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Could not connect to the database {settings['NAME']!r} at {settings['HOST']}:{settings['PORT']} "
                    f"within {timeout_seconds:g} seconds, so nothing was migrated. Is DSS_DATABASE_URL right, and is "
                    f"Postgres running? The error was: {str(error).strip()}"
                ) from error
            time.sleep(0.5)

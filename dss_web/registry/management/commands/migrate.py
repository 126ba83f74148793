"""`manage.py migrate`: Django's, safe to start several times at once and before the database is there."""

import time
from typing import Any, Final

import psycopg
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections

# Any number that nothing else in this database uses as an advisory lock; it must never change.
_LOCK: Final = 7_231_946_450_101_375


class Command(migrate.Command):
    """Waits for the database, then for a process that is migrating it, then runs the migrations that are left."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--wait", type=float, default=60, metavar="SECONDS", help="how long to wait for the database (60)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with _connected(options["database"], options["wait"]) as connection:
            # On a connection of its own, since the migrations may close theirs. The lock ends with the connection, so a
            # process that is killed leaves nothing locked.
            connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            super().handle(*args, **options)


def _connected(alias: str, timeout_seconds: float) -> psycopg.Connection[Any]:
    """A connection to the database, for which it waits. Raises CommandError after `timeout_seconds`."""
    settings = connections[alias].settings_dict
    parameters = {key: value for key, value in settings["OPTIONS"].items() if key != "pool"}
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    parameters |= {name: settings[key] for name, key in names.items() if settings[key]}
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            return psycopg.connect(**parameters, autocommit=True)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Could not connect to the database {settings['NAME']!r} at {settings['HOST']}:{settings['PORT']} "
                    f"within {timeout_seconds:g} seconds, so nothing was migrated. Is DSS_DATABASE_URL right, and is "
                    f"Postgres running? Its error: {str(error).strip()}"
                ) from error
            time.sleep(0.5)

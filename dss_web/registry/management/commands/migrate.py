"""`manage.py migrate`: Django's, safe to start several times at once and before the database is there."""

import time
from typing import Any, Final

import psycopg
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections

# Any number will do as long as it stays the same; nobody else may use it in this database.
_LOCK: Final = 7_231_946_450_101_375


class Command(migrate.Command):
    """Waits for the database, then for whoever migrates it at the moment, then migrates what is left."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--wait", type=float, default=60, metavar="SECONDS", help="how long to wait for the database (60)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with _connected(options["database"], options["wait"]) as connection:
            # On a connection of its own, which outlives whatever the migrations do with theirs. It ends with the
            # connection, so a process that is killed leaves nothing locked.
            connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            super().handle(*args, **options)


def _connected(alias: str, patience: float) -> psycopg.Connection[Any]:
    """A connection to the database, waited for at most `patience` seconds."""
    settings = connections[alias].settings_dict
    parameters = {key: value for key, value in settings["OPTIONS"].items() if key != "pool"}
    given = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    parameters |= {name: settings[key] for name, key in given.items() if settings[key]}
    deadline = time.monotonic() + patience
    while True:
        try:
            return psycopg.connect(**parameters, autocommit=True)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Could not connect to the database {settings['NAME']!r} at {settings['HOST']}:{settings['PORT']} "
                    f"within {patience:g} seconds, so nothing was migrated. Is DSS_DATABASE_URL right, and is "
                    f"Postgres running? It said: {str(error).strip()}"
                ) from error
            time.sleep(0.5)

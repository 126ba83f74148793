"""`manage.py migrate`: Django's, safe to start several times at once, before the database is there, and under load."""

import time
from collections.abc import Callable
from typing import Any, Final

import psycopg
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import OperationalError, connections

from dss_web.database.blockers import watched
from dss_web.shared.former import OURS, aside_name
from dss_web.shared.liveness import SESSION

# An arbitrary number that must not change: releases that start at the same time have to agree on it.
_LOCK: Final = 7_231_946_450_101_375

# Whoever asks for a table queues behind a migration that waits for it. Two seconds are a slow page, and a tenth of the
# DSS_LOCK_TIMEOUT_SECONDS after which the API answers 503.
_LOCK_TIMEOUT: Final = "2s"
# Long enough that requests which have queued up are answered before the next attempt.
_PAUSE_SECONDS: Final = 3


class Command(migrate.Command):
    """Waits for the database, then for any other process that is migrating it, then applies what is left.

    A migration that does not get its locks within two seconds is rolled back and tried again: nobody else waits longer.
    """

    def add_arguments(self, parser: CommandParser) -> None:
        """Django's arguments and `--wait`."""
        super().add_arguments(parser)
        parser.add_argument(
            "--wait", type=float, default=60, metavar="SECONDS", help="how long to wait for the database (60)"
        )
        parser.add_argument(
            "--lock-wait",
            type=float,
            default=300,
            metavar="SECONDS",
            help="how long to try to get the locks that migrations need, two seconds at a time (300)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate under an advisory lock. Raises CommandError without a database or its locks."""
        with _connected(options["database"], options["wait"]) as connection:
            # On a connection of its own, which survives whatever the migrations do with theirs. The lock ends with the
            # connection, so a killed process leaves nothing locked.
            connection.execute(SESSION.encode())
            _lock(connection)
            _require_no_flask_service(connection)
            deadline = time.monotonic() + options["lock_wait"]
            while not self._is_done(connection, deadline, *args, **options):
                time.sleep(_PAUSE_SECONDS)

    def _is_done(self, connection: psycopg.Connection[Any], deadline: float, *args: Any, **options: Any) -> bool:
        """Apply what is left; False where others held its locks, to which `connection` looks. Raises CommandError."""
        with connections[options["database"]].cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false), pg_backend_pid()", [_LOCK_TIMEOUT])
            ((_, migrating),) = cursor.fetchall()
        with watched(connection, migrating) as blockers:
            try:
                with connections[options["database"]].execute_wrapper(_wait_where_nobody_waits_behind):
                    super().handle(*args, **options)
            except OperationalError as error:
                if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                    raise
            else:
                return True
        if time.monotonic() > deadline:
            raise CommandError(
                f"A migration did not get its locks within {options['lock_wait']:g} seconds, and was rolled back; "
                f"those before it stay. Held by: {blockers}. Wait for its end, or end it with "
                "SELECT pg_terminate_backend(…), and migrate again."
            )
        self.stdout.write(f"A migration was rolled back, and is tried again: its locks are held by {blockers}.")
        return False


def _wait_where_nobody_waits_behind(
    execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Let what is made CONCURRENTLY wait for the end of loads, however long they take: readers and writers go on."""
    if "CONCURRENTLY" not in str(statement):
        return execute(statement, params, many, context)
    with context["connection"].cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', '0', false)")
        try:
            return execute(statement, params, many, context)
        finally:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [_LOCK_TIMEOUT])


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


def _require_no_flask_service(connection: psycopg.Connection[Any]) -> None:
    """Refuse the database of the Flask service, some of whose tables have names that ours have, too."""
    # Its table of clients has their keys, as releases up to 0.1 had them. There is none of Django's tables, or ours
    # are put aside.
    found = connection.execute(
        "SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.hawk_users') AND attname = 'key'"
        " AND (to_regclass('public.django_migrations') IS NULL OR to_regnamespace(%s) IS NOT NULL)",
        [f'"{aside_name("public", OURS)}"'],
    ).rowcount
    if found:
        raise CommandError(
            "This is the database of the Flask service, whose tables have names that ours need. Nothing was migrated. "
            "Adopt it with `manage.py import_flask_service --in-place`, or import it into another database: see "
            "docs/moving-in.md."
        )


def _connected(alias: str, timeout_seconds: float) -> psycopg.Connection[Any]:
    """A connection to the database, for which we wait at most `timeout_seconds`."""
    settings = connections[alias].settings_dict
    parameters = {key: value for key, value in settings["OPTIONS"].items() if key != "pool"}
    settings_keys = {"dbname": "NAME", "host": "HOST", "port": "PORT"}
    parameters |= {name: settings[key] for name, key in settings_keys.items() if settings[key]}
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            # User and password are those of now, as the pool asks for them.
            return psycopg.connect(settings["OPTIONS"]["pool"]["conninfo"](), **parameters, autocommit=True)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Could not connect to the database {settings['NAME']!r} at {settings['HOST']}:{settings['PORT']} "
                    f"within {timeout_seconds:g} seconds, so nothing was migrated. Is DSS_DATABASE_URL right, and is "
                    f"Postgres running? The error was: {str(error).strip()}"
                ) from error
            time.sleep(0.5)

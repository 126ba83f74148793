"""`manage.py import_flask_service`: bring what the Flask service has, or adopt its database."""

import json
import subprocess
from typing import Any

import psycopg
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError as DatabaseError
from obstore.exceptions import BaseError

from dss_web.configuration import web_settings
from dss_web.moving_in.former import Former, NotTheFlaskService, connect
from dss_web.moving_in.import_steps import import_steps
from dss_web.moving_in.report import Step
from dss_web.moving_in.service_tables import go_back, is_aside, put_aside, to_put_aside
from dss_web.moving_in.tables import TablesNotBrought, declare
from dss_web.operator_command import OperatorCommand
from dss_web.shared.former import FormerSettings
from dss_web.uploads.errors import StorageUnavailable

_NOTHING_DONE = "This was a dry run: nothing was changed. Run it with --apply to do it."


class Command(OperatorCommand):
    """Says what an import would bring; with `--apply` it brings it. It can be run again at any time."""

    help = (
        "Bring clients, datasets, files, tables and the registry of the Flask service, whose database is "
        "DSS_FLASK_DATABASE_URL and whose storage is DSS_FLASK_BUCKET_URL. See docs/moving-in.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--apply", action="store_true", help="do it; without it, only say what would be done")
        what.add_argument(
            "--back", action="store_true", help="give the Flask service the names in its adopted database again"
        )
        parser.add_argument(
            "--in-place",
            action="store_true",
            help="adopt the database of the Flask service, which is DSS_DATABASE_URL: its tables are put aside",
        )
        parser.add_argument("--json", action="store_true", help="print the report as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["back"]:
                self._go_back()
            else:
                self._import(**{name: options[name] for name in ("apply", "in_place", "json")})
        except (NotTheFlaskService, TablesNotBrought, StorageUnavailable) as error:
            raise CommandError(str(error)) from error
        except subprocess.CalledProcessError as error:
            raise CommandError("The declarations of datasets could not be read; the reason is above.") from error
        except psycopg.errors.LockNotAvailable as error:
            raise CommandError(
                "Somebody has been reading a table for seconds. Nothing was changed; try again."
            ) from error
        except BaseError as error:
            reason = str(error).partition("\n")[0]
            raise CommandError(f"A storage is out of reach: {reason}. Run the import again, and it goes on.") from error
        except (psycopg.OperationalError, DatabaseError) as error:
            raise CommandError(f"A database is out of reach: {error}. Run the import again, and it goes on.") from error

    def _import(self, *, apply: bool, in_place: bool, json: bool) -> None:
        theirs = FormerSettings.from_environment()
        ours = web_settings()
        if not (in_place or theirs.dss_flask_database_url):
            raise CommandError(
                "Set DSS_FLASK_DATABASE_URL to the database of the Flask service, or adopt it with --in-place."
            )
        is_empty = False
        adopted: list[str] = []
        if in_place:
            adopted, is_empty = self._adopt(ours.database_url(), is_applied=apply)
        with connect(ours.database_url() if in_place else theirs.flask_database_url()) as connection:
            former = Former(connection)
            steps = import_steps(
                former,
                theirs.dss_flask_bucket_url or ours.s3_bucket_url,
                is_in_place=in_place,
                is_applied=apply,
                is_empty=is_empty,
                say=self._progress,
            )
            self._report(adopted, steps, is_applied=apply, is_json=json)

    def _adopt(self, url: str, *, is_applied: bool) -> tuple[list[str], bool]:
        """Put the tables of the Flask service aside, and make ours. Returns what was moved, and whether ours lack."""
        with connect(url, is_read_only=False) as connection:
            moved = [] if is_aside(connection) else to_put_aside(connection)
            if moved and not is_applied:
                return moved, True
            if moved:
                Former(connection)  # raises where it is not the Flask service's
                put_aside(connection)
        if is_applied:
            call_command("migrate", verbosity=0)
            declare()
        return moved, False

    def _go_back(self) -> None:
        with connect(web_settings().database_url(), is_read_only=False) as connection:
            if not is_aside(connection):
                raise CommandError(
                    "No table of the Flask service is aside in this database: there is no way back to go."
                )
            for line in go_back(connection):
                self.stdout.write(line)
        self.stdout.write("The Flask service has its tables again. Ours are aside; --in-place --apply takes them up.")

    def _report(self, adopted: list[str], steps: Any, *, is_applied: bool, is_json: bool) -> None:
        told: list[Step] = []
        if adopted and not is_json:
            self.stdout.write("Put aside:\n" + "\n".join(f"  {line}" for line in adopted))
        for step in steps:
            told.append(step)
            if not is_json:
                self.stdout.write("\n".join(step.lines()))
        if is_json:
            document = {"applied": is_applied, "put_aside": adopted, "steps": [step.as_json() for step in told]}
            self.stdout.write(json.dumps(document, indent=1, default=str))
        elif not is_applied:
            self.stdout.write(_NOTHING_DONE)

    def _progress(self, text: str) -> None:
        self.stderr.write(text)

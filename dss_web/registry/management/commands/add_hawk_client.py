"""`manage.py add_hawk_client`: let someone read the API."""

import re
import secrets
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from dss_web.registry.models import HawkClient

# What a HAWK header can carry in `id`, and what its own quoting takes no harm from.
_ID: Final = re.compile(r"[A-Za-z0-9_.:@+-]{1,200}")
_KEY: Final = re.compile(r"[!-~]{16,}")
_SCOPE: Final = re.compile(r"\*|[a-z0-9_]+|table:\S.*")


class Command(BaseCommand):
    """Adds a client and prints its key, which is shown this once."""

    help = "Add a HAWK client and print its key. The key is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", help="by which the client calls itself; 1 to 200 of A-Z a-z 0-9 _ . : @ + -")
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            required=True,
            help="a route's name, *, table:SCHEMA or table:SCHEMA.TABLE; may be given several times",
        )
        parser.add_argument("--description", default="", help="who that is")
        parser.add_argument("--key", help="its key, at least 16 characters without spaces; made at random if left out")
        parser.add_argument("--replace", action="store_true", help="replace the client of this id, with its key")

    def handle(self, *args: Any, **options: Any) -> None:
        identifier, scopes = options["id"], [scope for given in options["scope"] for scope in given.split(",")]
        key = options["key"] or secrets.token_urlsafe(32)
        if not _ID.fullmatch(identifier):
            raise CommandError(f"The id {identifier!r} is not 1 to 200 of the characters A-Z a-z 0-9 _ . : @ + -")
        if not _KEY.fullmatch(key):
            raise CommandError("The key must be at least 16 printable ASCII characters, without spaces")
        if wrong := [scope for scope in scopes if not _SCOPE.fullmatch(scope)]:
            raise CommandError(
                f"Not a scope: {', '.join(map(repr, wrong))}. A scope is a route's name, *, table:SCHEMA or "
                "table:SCHEMA.TABLE"
            )
        values = {"key": key, "scope": scopes, "description": options["description"]}
        if options["replace"]:
            HawkClient.objects.update_or_create(id=identifier, defaults=values)
        else:
            try:
                HawkClient.objects.create(id=identifier, **values)
            except IntegrityError as error:
                raise CommandError(
                    f"There is a HAWK client {identifier!r} already. Give --replace to put this one in its place"
                ) from error
        self.stdout.write(f"id:     {identifier}\nkey:    {key}\nscopes: {' '.join(scopes)}")

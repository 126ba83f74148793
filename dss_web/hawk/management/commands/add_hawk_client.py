"""`manage.py add_hawk_client`: give someone access to the API."""

import re
import sys
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from dss_web.hawk.client_ids import ALLOWED, is_client_id
from dss_web.hawk.datetimes import format_minute, parse_future
from dss_web.hawk.keys import random_secret, replace_keys
from dss_web.hawk.models import HawkClient
from dss_web.hawk.read_grants import grant_datasets, ungrantable
from dss_web.hawk.scopes import problem_of, upload_scope
from dss_web.hawk.upload_grants import unknown_datasets
from dss_web.operator_command import OperatorCommand

# mohawk signs with any key; 16 characters of a random one cannot be guessed.
_KEY: Final = re.compile(r"[!-~]{16,}")


def _read_key(file: str | None) -> str:
    """The key in a file, without the end of its line; "" without a file. Raises CommandError."""
    if file is None:
        return ""
    try:
        key = (sys.stdin.read() if file == "-" else Path(file).read_text()).rstrip("\r\n")
    except OSError as error:
        raise CommandError(f"The key could not be read from {file}: {error.strerror}") from error
    if not key:
        raise CommandError(f"There is no key in {'the standard input' if file == '-' else file}")
    return key


class Command(OperatorCommand):
    """Adds a client and prints the key that it made, which is the only time that it is shown."""

    help = "Add a HAWK client and print the key that is made for it, which is the only time that it is shown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", help="the client's id: 1 to 200 of A-Z a-z 0-9 _ . : @ + -")
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            help="a route's name, *, table:SCHEMA or table:SCHEMA.TABLE; may be given several times",
        )
        parser.add_argument(
            "--upload",
            action="append",
            default=[],
            metavar="ORGANISATION.DATASET",
            help="a dataset to which the client may upload, which no scope implies; may be given several times",
        )
        parser.add_argument(
            "--dataset",
            action="append",
            default=[],
            metavar="ORGANISATION.DATASET",
            help="a dataset that the client may read, restricted or not, until its owners take that back on its page; "
            "may be given several times. --replace keeps what the client was let read before",
        )
        parser.add_argument("--description", default="", help="who the client is")
        key = parser.add_mutually_exclusive_group()
        key.add_argument(
            "--key",
            help="its key, at least 16 characters without spaces; made at random if left out. Everybody on this "
            "machine sees it in the list of processes: use --key-file where that matters",
        )
        key.add_argument("--key-file", metavar="FILE", help="the file that holds its key; - for the standard input")
        parser.add_argument("--expires", type=parse_future, metavar="DATE", help="the key's last day; none if left out")
        parser.add_argument(
            "--replace", action="store_true", help="replace the client of this id; all keys but this one end"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        identifier, scopes = options["id"], [scope for option in options["scope"] for scope in option.split(",")]
        scopes += [upload_scope(dataset) for dataset in options["upload"]]
        given = options["key"] or _read_key(options["key_file"])
        key = given or random_secret()
        if not is_client_id(identifier):
            raise CommandError(f"The id {identifier!r} is not {ALLOWED}")
        if not _KEY.fullmatch(key):
            raise CommandError("The key must be at least 16 printable ASCII characters, without spaces")
        if not scopes and not options["dataset"]:
            raise CommandError(
                "Say what the client may do: --scope or --dataset for reading, --upload for a dataset to upload to"
            )
        if invalid := [scope for scope in scopes if problem_of(scope)]:
            raise CommandError(
                f"Not a scope: {', '.join(map(repr, invalid))}. A scope is a route's name, *, table:SCHEMA, "
                "table:SCHEMA.TABLE or upload:ORGANISATION.DATASET"
            )
        if unknown := unknown_datasets(scopes) + ungrantable(options["dataset"]):
            raise CommandError("\n".join(unknown))
        values = {"scope": scopes, "description": options["description"]}
        with transaction.atomic():
            _client, is_new = HawkClient.objects.get_or_create(id=identifier, defaults=values)
            if not is_new:
                if not options["replace"]:
                    raise CommandError(
                        f"There is a HAWK client {identifier!r} already. Give it another key by rotate_hawk_key, or "
                        "give --replace to put this one in its place"
                    )
                HawkClient.objects.filter(id=identifier).update(**values)
            grant_datasets(identifier, options["dataset"])
            replace_keys(identifier, key, options["expires"])
        self.stdout.write(
            # What somebody gave they have already, and a log would keep it.
            f"id:      {identifier}\nkey:     {'as given' if given else key}\nscopes:  {' '.join(scopes)}\n"
            + (f"reads:   {' '.join(options['dataset'])}\n" if options["dataset"] else "")
            + f"expires: {format_minute(options['expires'], 'never')}"
        )

"""`manage.py revoke_hawk_key`: revoke a key now."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from dss_web.hawk.keys import revoke
from dss_web.hawk.models import HawkClient
from dss_web.operator_command import OperatorCommand


class Command(OperatorCommand):
    """Revokes keys, in all processes at once and for good."""

    help = "Revoke keys of a HAWK client, in all processes at once and for good."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", help="the client's id")
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--key", type=int, metavar="NUMBER", help="the key with this number, as list_hawk_keys shows it"
        )
        which.add_argument("--all", action="store_true", help="all of its keys; the client is locked out")

    def handle(self, *args: Any, **options: Any) -> None:
        client = HawkClient.objects.filter(pk=options["id"]).first()
        if client is None:
            raise CommandError(f"There is no HAWK client {options['id']!r}")
        live = {key.pk: key for key in client.keys.live()}
        numbers = ", ".join(map(str, live)) or "none"
        if not options["all"]:
            if options["key"] is None and len(live) != 1:
                raise CommandError(
                    f"Which key? Live keys of the HAWK client {client.id!r}: {numbers}. Give --key NUMBER or --all"
                )
            if options["key"] is not None and options["key"] not in live:
                raise CommandError(
                    f"The HAWK client {client.id!r} has no live key {options['key']}. Its live keys: {numbers}"
                )
        revoked = [options["key"]] if options["key"] is not None else list(live)
        revoke(client.keys.all() if options["all"] else client.keys.filter(pk__in=revoked))
        still_live = [number for number in live if number not in revoked]
        self.stdout.write(
            f"Revoked: {', '.join(map(str, revoked)) or 'none'}. "
            f"Still live: {', '.join(map(str, still_live)) or 'none, the client is locked out'}"
        )

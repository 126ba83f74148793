"""`manage.py rotate_hawk_key`: give a client a new key, while the old one still works."""

from datetime import timedelta
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from dss_web.hawk.datetimes import format_minute, parse_future
from dss_web.hawk.keys import MAX_LIVE_KEYS, NoSuchClient, TooManyKeys, rotate_key
from dss_web.operator_command import OperatorCommand

# Long enough to hand a key over by hand, within one working week.
DEFAULT_DAYS: Final = 7


class Command(OperatorCommand):
    """Makes a key and prints it; the old key works until a date."""

    help = (
        "Give a HAWK client a new key and print it, which is the only time that it is shown. The old key stays valid "
        "for a while, so that the client can change over without an outage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", help="the client's id")
        keep = parser.add_mutually_exclusive_group()
        keep.add_argument("--keep-old-until", type=parse_future, metavar="DATE", help="the old key's last day, in UTC")
        keep.add_argument(
            "--keep-old-for",
            type=float,
            default=DEFAULT_DAYS,
            metavar="DAYS",
            help=f"0 ends it now ({DEFAULT_DAYS} if left out)",
        )
        parser.add_argument(
            "--expires", type=parse_future, metavar="DATE", help="the new key's last day; none if left out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["keep_old_for"] <= 3650:
            raise CommandError("--keep-old-for must be from 0 to 3650 days")
        until = options["keep_old_until"] or timezone.now() + timedelta(days=options["keep_old_for"])
        identifier = options["id"]
        try:
            issued = rotate_key(identifier, until, options["expires"])
        except NoSuchClient as error:
            raise CommandError(f"There is no HAWK client {identifier!r}. add_hawk_client adds one") from error
        except TooManyKeys as error:
            keys = "\n".join(
                f"  key {key.pk}: created {format_minute(key.created_at, '')}, "
                f"expires {format_minute(key.expires_at, 'never')}, "
                f"last used {format_minute(key.last_used_at, 'never')}"
                for key in error.keys
            )
            raise CommandError(
                f"The HAWK client {identifier!r} has {MAX_LIVE_KEYS} live keys already, which is as many as it may "
                f"have:\n{keys}\nEnd the one that it no longer uses, and rotate again: "
                f"manage.py revoke_hawk_key {identifier} --key NUMBER"
            ) from error
        self.stdout.write(
            f"id:      {identifier}\nkey:     {issued.secret}\nnumber:  {issued.key.pk}\n"
            f"expires: {format_minute(issued.key.expires_at, 'never')}"
        )
        for key in issued.kept:
            self.stdout.write(f"The old key, number {key.pk}, is valid until {format_minute(key.expires_at, 'never')}")

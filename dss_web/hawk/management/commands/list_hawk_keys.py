"""`manage.py list_hawk_keys`: list the keys of clients, without their secrets."""

from collections.abc import Iterable
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser

from dss_web.hawk.datetimes import format_minute
from dss_web.hawk.models import HawkClient, HawkKey
from dss_web.hawk.read_grants import reads_dataset, ungrantable
from dss_web.operator_command import OperatorCommand
from dss_web.registry.models import CatalogueEntry, DatasetGrant
from dss_web.shared.contract import GranteeKind

HEAD: Final = ("client", "key", "state", "created", "expires", "last used", "revoked")


class Command(OperatorCommand):
    """Prints a line for each key."""

    help = "List the keys of HAWK clients: number, state, dates. Secrets are not shown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", nargs="?", help="list the keys of this client only")
        parser.add_argument(
            "--dataset",
            metavar="ORGANISATION.DATASET",
            help="list the keys of clients only that may read tables of this dataset, by scopes or grants",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        clients = HawkClient.objects.prefetch_related("keys").order_by("id")
        if options["id"] is not None:
            clients = clients.filter(pk=options["id"])
            if not clients:
                raise CommandError(f"There is no HAWK client {options['id']!r}")
        rows = [HEAD]
        for client in _that_read(options["dataset"], clients) if options["dataset"] else clients:
            rows += [_row(key) for key in client.keys.all()] or [(client.id, "none", "", "", "", "", "")]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
        for row in rows:
            self.stdout.write("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _that_read(dataset: str, clients: Iterable[HawkClient]) -> list[HawkClient]:
    if problems := ungrantable([dataset]):
        raise CommandError("\n".join(problems))
    entry = CatalogueEntry.objects.get(key=dataset)
    granted = DatasetGrant.objects.filter(dataset=dataset, kind=GranteeKind.CLIENT).values_list("grantee", flat=True)
    return [client for client in clients if reads_dataset(client, entry, list(granted))]


def _row(key: HawkKey) -> tuple[str, str, str, str, str, str, str]:
    return (
        key.client_id,
        str(key.pk),
        key.state,
        format_minute(key.created_at, ""),
        format_minute(key.expires_at, "never"),
        format_minute(key.last_used_at, "never"),
        format_minute(key.revoked_at, ""),
    )

"""`manage.py hawk_export`: fetch a whole table as a client, and check that all of it came. Needs no settings."""

from pathlib import Path
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dss_web.client import signed_request
from dss_web.client.download import Broken, Download, NotVerified, Refused, compare, sha256


class Command(BaseCommand):
    """Fetches an export into a file that gets its name only when it was verified; or checks a file that is there."""

    help = (
        "Fetch an export (…/api/v1/table-export/SCHEMA/TABLE?format=csv) into a file, go on after broken connections, "
        "and verify rows, bytes and SHA-256 against the signed receipt. Until then the file is called FILE.part. "
        "Exit status 0: everything is there, and verified."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        signed_request.add_arguments(parser)
        parser.add_argument("--output", required=True, type=Path, metavar="FILE", help="where the table is to be")
        parser.add_argument("--tries", type=int, default=5, help="how often to go on after a break (5)")
        parser.add_argument(
            "--check",
            metavar="EXPORT",
            help="fetch nothing: check FILE, which came by other means, against the receipt of the export that its "
            "answer named in DSS-Export-Id",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["output"]
        part = target.with_name(f"{target.name}.part")
        credentials = signed_request.credentials(options["id"], options["key"])
        try:
            with requests.Session() as session:
                download = Download(session, options["url"], credentials, part, self.stderr.write)
                if options["check"]:
                    receipt = download.receipt(options["check"])
                    compare(receipt, {"bytes": target.stat().st_size, "sha256": sha256(target)})
                    self.stdout.write(f"{target} is complete: {_told(receipt)}")
                    return
                whole = download.run(options["tries"])
        except NotVerified as error:
            raise CommandError(f"Not verified: {error}. {_what_is_there(options['check'], target, part)}") from error
        except Refused as error:
            raise CommandError(str(error)) from error
        except Broken as error:
            raise CommandError(f"Not complete: {error}. {_what_is_there(options['check'], target, part)}") from error
        except OSError as error:
            raise CommandError(f"The file cannot be read or written: {error}") from error
        part.replace(target)
        self.stdout.write(f"{target} is complete: {_told(whole)}")


def _told(whole: dict[str, Any]) -> str:
    return f"{whole['rows']} rows, {whole['bytes']} bytes, SHA-256 {whole['sha256']}"


def _what_is_there(check: str | None, target: Path, part: Path) -> str:
    return f"{target} should not be used" if check else f"What came is in {part}; fetch it again"

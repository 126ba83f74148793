"""`manage.py hawk_export`: fetch a whole table as a client, and verify it. Needs no settings of the service."""

from pathlib import Path
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dss_web.client import signed_request
from dss_web.client.download import Broken, Download, NotVerified, Refused, compare, sha256


class Command(BaseCommand):
    """Fetches an export into a file, which gets its name when it is verified; or verifies a file."""

    help = (
        "Fetch an export (…/api/v1/table-export/SCHEMA/TABLE?format=csv) into a file, resume after broken connections, "
        "and verify rows, bytes and SHA-256 against the signed receipt. Until then the file is called FILE.part. "
        "The exit status is 0 if the file is complete and verified."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        signed_request.add_arguments(parser)
        parser.add_argument("--output", required=True, type=Path, metavar="FILE", help="the file to write")
        parser.add_argument("--tries", type=int, default=5, help="how often to resume after a break (5)")
        parser.add_argument(
            "--check",
            metavar="EXPORT",
            help="fetch nothing; verify FILE, which was downloaded some other way, against the receipt of this export, "
            "which the download's response named in DSS-Export-Id",
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
                    self.stdout.write(f"{target} is complete: {_summary(receipt)}")
                    return
                whole = download.run(options["tries"])
        except NotVerified as error:
            raise CommandError(f"Not verified: {error}. {_advice(options['check'], target, part)}") from error
        except Refused as error:
            raise CommandError(str(error)) from error
        except Broken as error:
            raise CommandError(f"Not complete: {error}. {_advice(options['check'], target, part)}") from error
        except OSError as error:
            raise CommandError(f"The file cannot be read or written: {error}") from error
        part.replace(target)
        self.stdout.write(f"{target} is complete: {_summary(whole)}")


def _summary(whole: dict[str, Any]) -> str:
    return f"{whole['rows']} rows, {whole['bytes']} bytes, SHA-256 {whole['sha256']}"


def _advice(check: str | None, target: Path, part: Path) -> str:
    return f"{target} should not be used" if check else f"What was received is in {part}; fetch it again"

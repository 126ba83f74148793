"""`manage.py hawk_upload`: send a file to a dataset as a client. Needs no settings of the service."""

from pathlib import Path
from typing import Any, Final

import orjson
import requests
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dss_web.client import signed_request
from dss_web.client.download import NotVerified
from dss_web.client.upload import WORKING, Away, Refused, Upload

# As `read_csv` has them; 1 is what any command ends with.
ASKED: Final = 2
REFUSED: Final = 3
_CHOICES: Final = ("encoding", "delimiter", "quote", "escape", "header_line", "last_line", "sheet")
_NUMBERS: Final = frozenset({"header_line", "last_line"})
_LOADING: Final = WORKING | {"verified", "processing_dss"}


class Command(BaseCommand):
    """Sends a file, resumes it, waits for its check, prints what was found, and confirms it if it is told to."""

    help = (
        "Send a file to a dataset, go on where an interrupted call was, wait for its check, and print what was found. "
        "With --confirm it is loaded. Exits with 0 if it can be loaded as it is (or is confirmed), 2 if a question has "
        "to be answered or a value to be corrected first, 3 if the file is refused."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, the dataset, and what to do."""
        parser.add_argument("file", type=Path)
        parser.add_argument("dataset", help="organisation.dataset")
        parser.add_argument("--url", required=True, help="the service, such as https://data-store.example")
        signed_request.add_credentials(parser)
        parser.add_argument("--confirm", action="store_true", help="load it if nothing stands against it")
        parser.add_argument(
            "--accept-changes", action="store_true", help="replace the version in use, although that breaks its readers"
        )
        parser.add_argument("--accept", action="append", default=[], help="a finding that somebody has looked at")
        parser.add_argument("--reading", type=Path, help="a JSON file: `reading` of the report with other columns")
        parser.add_argument("--report", type=Path, help="where to write what was found, as JSON")
        rows = parser.add_mutually_exclusive_group()
        rows.add_argument("--append", action="store_true", help="keep the rows that are there, and add the file's")
        rows.add_argument(
            "--update-by",
            action="append",
            default=[],
            metavar="COLUMN",
            help="keep the rows that are there, and give those with the same value in this column the file's; several "
            "columns are one key",
        )
        parser.add_argument(
            "--leave-out-rows", type=int, default=0, metavar="N", help="load the rest, without N rows that do not fit"
        )
        parser.add_argument("--wait", action="store_true", help="after --confirm, wait until the rows are loaded")
        for name in _CHOICES:
            kind = int if name in _NUMBERS else str
            parser.add_argument(f"--{name.replace('_', '-')}", type=kind, help="in place of what is detected")

    def handle(self, **options: Any) -> None:
        """Send, report and confirm. Raises CommandError."""
        credentials = signed_request.credentials(options["id"], options["key"])
        try:
            with requests.Session() as session:
                upload = Upload(session, options["url"], options["dataset"], credentials, self.stderr.write)
                self._run(upload, options)
        except Refused as error:
            raise CommandError(str(error)) from error
        except Away as error:
            raise CommandError(f"{error}. Run the same command again: what has arrived is kept for a day") from error
        except NotVerified as error:
            raise CommandError(f"Not verified: {error}") from error
        except (OSError, orjson.JSONDecodeError) as error:
            raise CommandError(f"A file cannot be read or written: {error}") from error

    def _run(self, upload: Upload, options: dict[str, Any]) -> None:
        state = upload.send(options["file"])
        choices = {name: options[name] for name in _CHOICES if options[name] is not None}
        if choices and state["state"] in {"uploaded", "failed"}:
            state = upload.read_again(choices)
        self.stdout.write(f"upload:  {upload.id}\nversion: {state.get('version', '')}")
        _refuse_failed(state)
        report = upload.check_report()
        if options["report"]:
            options["report"].write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
        for sentence in report["told"]:
            self.stdout.write(sentence)
        compared = report["compared_with_the_version_in_use"]
        self.stdout.write(
            f"{report['rows']:,} rows of {len(report['columns'])} columns. Verdict: {compared['verdict']}."
        )
        if not options["confirm"]:
            if report["asked"]:
                raise CommandError("\n".join(report["asked"]), returncode=ASKED)
            return
        self._confirm(upload, options)

    def _confirm(self, upload: Upload, options: dict[str, Any]) -> None:
        confirmation: dict[str, Any] = {
            "accept_changes": options["accept_changes"],
            "accept": options["accept"],
            "mode": "append" if options["append"] else "update" if options["update_by"] else "replace",
            "key": options["update_by"],
            "leave_out_rows": options["leave_out_rows"],
        }
        if options["reading"]:
            confirmation["reading"] = orjson.loads(options["reading"].read_bytes())
        try:
            state = upload.confirm(confirmation)
            if changes := state.get("changes"):
                self.stdout.write(
                    f"Adds {changes['added']:,} rows, changes {changes['changed']:,}, leaves {changes['left']:,}, "
                    "removes none."
                )
                state = upload.confirm(confirmation)
        except Refused as error:
            raise CommandError(str(error), returncode=ASKED) from error
        if state["state"] == "uploaded":
            raise CommandError("\n".join(state.get("problems", ())) or state["info"], returncode=ASKED)
        _refuse_failed(state)
        if options["wait"]:
            state = upload.wait(state, _LOADING)
            _refuse_failed(state)
        self.stdout.write(f"Confirmed. {state['info']}")


def _refuse_failed(state: dict[str, Any]) -> None:
    if state["state"] in {"failed", "cancelled"}:
        raise CommandError(state["info"], returncode=REFUSED)

"""`hawk-upload`: send a file to a dataset as a client."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from .command import Failed, add_credentials, key_of, main
from .connection import Connection
from .errors import Refused, Unreachable
from .upload import WORKING, Upload

HELP: Final = (
    "Send a file to a dataset, go on where an interrupted call was, wait for its check, and print what was found. With "
    "--confirm it is loaded. Exits with 0 if it can be loaded as it is (or is confirmed), 2 if a question has to be "
    "answered or a value to be corrected first, 3 if the file is refused."
)
# 1 is what any command ends with.
ASKED: Final = 2
REFUSED: Final = 3
_CHOICES: Final = ("encoding", "delimiter", "quote", "escape", "header_line", "last_line", "sheet")
_NUMBERS: Final = frozenset({"header_line", "last_line"})
_LOADING: Final = WORKING | {"verified", "processing_dss"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, the dataset, and what to do."""
    parser.add_argument("file", type=Path)
    parser.add_argument("dataset", help="organisation.dataset")
    parser.add_argument("--url", required=True, help="the service, such as https://data-store.example")
    add_credentials(parser)
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


def run(options: argparse.Namespace, out: Callable[[str], object], err: Callable[[str], object]) -> None:
    """Send, report and confirm."""
    upload = Upload(Connection(options.id, key_of(options), err), options.url, options.dataset)
    try:
        _send(upload, options, out)
    except Unreachable as error:
        raise Failed(f"{error}. Run the same command again: what has arrived is kept for a day") from error
    except json.JSONDecodeError as error:
        raise Failed(f"{options.reading} is not JSON: {error}") from error


def _send(upload: Upload, options: argparse.Namespace, out: Callable[[str], object]) -> None:
    state = upload.send(options.file)
    choices = {name: getattr(options, name) for name in _CHOICES if getattr(options, name) is not None}
    if choices and state["state"] in {"uploaded", "failed"}:
        state = upload.read_again(choices)
    out(f"upload:  {upload.id}\nversion: {state.get('version', '')}")
    _refuse_failed(state)
    report = upload.check_report()
    if options.report:
        options.report.write_text(json.dumps(report, indent=2, ensure_ascii=False), encoding="utf-8")
    for sentence in report["told"]:
        out(sentence)
    compared = report["compared_with_the_version_in_use"]
    out(f"{report['rows']:,} rows of {len(report['columns'])} columns. Verdict: {compared['verdict']}.")
    if not options.confirm:
        if report["asked"]:
            raise Failed("\n".join(report["asked"]), status=ASKED)
        return
    _confirm(upload, options, out)


def _confirm(upload: Upload, options: argparse.Namespace, out: Callable[[str], object]) -> None:
    confirmation: dict[str, Any] = {
        "accept_changes": options.accept_changes,
        "accept": options.accept,
        "mode": "append" if options.append else "update" if options.update_by else "replace",
        "key": options.update_by,
        "leave_out_rows": options.leave_out_rows,
    }
    if options.reading:
        confirmation["reading"] = json.loads(options.reading.read_bytes())
    try:
        state = upload.confirm(confirmation)
        if changes := state.get("changes"):
            out(
                f"Adds {changes['added']:,} rows, changes {changes['changed']:,}, leaves {changes['left']:,}, "
                "removes none."
            )
            state = upload.confirm(confirmation)
    except Refused as error:
        raise Failed(str(error), status=ASKED) from error
    if state["state"] == "uploaded":
        raise Failed("\n".join(state.get("problems", ())) or state["info"], status=ASKED)
    _refuse_failed(state)
    if options.wait:
        state = upload.wait(state, _LOADING)
        _refuse_failed(state)
    out(f"Confirmed. {state['info']}")


def _refuse_failed(state: dict[str, Any]) -> None:
    if state["state"] in {"failed", "cancelled"}:
        raise Failed(state["info"], status=REFUSED)


def program() -> None:
    """The console script."""
    main(run, add_arguments, HELP)

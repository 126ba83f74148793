"""`hawk-export`: fetch a whole table as a client, and verify it."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

from .command import Failed, add_credentials, key_of, main
from .connection import Connection
from .download import Download
from .errors import NotVerified, Unreachable

HELP: Final = (
    "Fetch an export (…/api/v1/table-export/SCHEMA/TABLE?format=csv) into a file, resume after broken connections, and "
    "verify rows, bytes and SHA-256 against the signed receipt. Until then the file is called FILE.part. The exit "
    "status is 0 if the file is complete and verified."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The URL, the client, the file, and how."""
    parser.add_argument("url", help="what to read")
    add_credentials(parser)
    parser.add_argument("--output", required=True, type=Path, metavar="FILE", help="the file to write")
    parser.add_argument("--tries", type=int, default=5, help="how often to resume after a break (5)")
    parser.add_argument(
        "--check",
        metavar="EXPORT",
        help="fetch nothing; verify FILE, which was downloaded some other way, against the receipt of this export, "
        "which the download's response named in DSS-Export-Id",
    )


def run(options: argparse.Namespace, out: Callable[[str], object], err: Callable[[str], object]) -> None:
    """Fetch or check the file."""
    target: Path = options.output
    download = Download(Connection(options.id, key_of(options), err), options.url, target)
    try:
        whole = download.check(options.check) if options.check else download.run(options.tries)
    except NotVerified as error:
        raise Failed(f"Not verified: {error}. {_advice(options.check, download)}") from error
    except Unreachable as error:
        raise Failed(f"Not complete: {error}. {_advice(options.check, download)}") from error
    out(f"{target} is complete: {whole.rows} rows, {whole.bytes} bytes, SHA-256 {whole.sha256}")


def _advice(check: str | None, download: Download) -> str:
    if check:
        return f"{download.path} should not be used"
    return f"What was received is in {download.part}; fetch it again"


def program() -> None:
    """The console script."""
    main(run, add_arguments, HELP)

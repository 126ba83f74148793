"""Commands for people who declare datasets: `python -m dss_assets try FILE.py --files FOLDER`."""

import argparse
import sys
from collections.abc import Sequence

from dss_assets.trial.command import add_arguments, try_declaration


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m dss_assets", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add_arguments(commands.add_parser("try", help="print what a declaration makes of files, before anything is loaded"))
    return try_declaration(parser.parse_args(arguments), print)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m dss_assets`: what operators and engineers do with the declarations from a shell."""

import argparse
import sys

from dss_assets.catalogue import record_datasets
from dss_assets.database import Database
from dss_assets.dataset.consistency import require_consistent
from dss_assets.datasets import DATASETS
from dss_assets.errors import TransientError
from dss_web.shared.settings import SharedSettings


def main() -> int:
    """Run the command line; the exit code, 1 where it could not do its work."""
    parser = argparse.ArgumentParser(prog="python -m dss_assets", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    declare = commands.add_parser("declare", help="write the declarations to operations.dataset, after migrating")
    declare.set_defaults(run=_declare)
    options = parser.parse_args()
    code: int = options.run(options)
    return code


def _declare(_: argparse.Namespace) -> int:
    require_consistent(DATASETS)
    try:
        with Database(SharedSettings.from_environment().dss_database_url).connect("declare") as connection:
            print(f"operations.dataset: {record_datasets(connection, DATASETS)}")
    except TransientError as error:
        print(f"The declarations were not written to operations.dataset. {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

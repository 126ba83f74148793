"""What people do to datasets without the Dagster UI: `python -m dss_assets try`, `reshape` and `remove`.

python -m dss_assets try trees.py --files trees/      what a declaration makes of files, before anything is loaded
python -m dss_assets reshape                          which tables are not as they are declared
python -m dss_assets reshape hmrc.exporters           bring them to the declared shape
python -m dss_assets reshape hmrc.exporters --yes     clients may lose what is declared no longer
python -m dss_assets remove hmrc.importers            drop the tables of a dataset that is declared no longer
"""

import argparse
import sys
from collections.abc import Mapping, Sequence

from dss_assets.database import Connection
from dss_assets.dataset import Dataset
from dss_assets.errors import IngestionError
from dss_assets.removal import remove, undeclared
from dss_assets.reshaping import declared_otherwise, reshape
from dss_assets.resources import AssetsSettings, Service
from dss_assets.trial.command import add_arguments, try_declaration


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit status: 1 where something is not as declared, or was refused."""
    parser = argparse.ArgumentParser(prog="python -m dss_assets", description="Try datasets, and look after tables.")
    commands = parser.add_subparsers(dest="command", required=True)
    add_arguments(commands.add_parser("try", help="print what a declaration makes of files, before anything is loaded"))
    reshaping = commands.add_parser("reshape", help="bring a dataset's tables to the shape that it declares")
    reshaping.add_argument("dataset", nargs="?", help="organisation.dataset; without it, say what is not as declared")
    reshaping.add_argument("--yes", action="store_true", help="clients may lose what is declared no longer")
    removing = commands.add_parser("remove", help="drop the tables of a dataset that is declared no longer")
    removing.add_argument("dataset", help="organisation.dataset")
    chosen = parser.parse_args(arguments)
    if chosen.command == "try":
        return try_declaration(chosen, print)

    # A mistake in one of the declarations must not keep `try` from naming it.
    from dss_assets.datasets import DATASETS  # noqa: PLC0415

    by_key = {dataset.key: dataset for dataset in DATASETS}
    service = Service(AssetsSettings.from_environment())
    try:
        with service.database.connect(chosen.command) as connection:
            if chosen.command == "remove":
                remove(connection, chosen.dataset, by_key)
                print(f"{chosen.dataset} is removed. Its files are still in the storage.")
                return 0
            if chosen.dataset is None:
                return _tell(connection, by_key)
            if chosen.dataset not in by_key:
                print(f"No dataset {chosen.dataset} is declared. There are: {', '.join(by_key)}.", file=sys.stderr)
                return 1
            return _reshape(connection, service, by_key[chosen.dataset], is_confirmed=chosen.yes)
    except IngestionError as error:
        print(error, file=sys.stderr)
        return 1


def _tell(connection: Connection, by_key: Mapping[str, Dataset]) -> int:
    """Print what is not as declared."""
    found = {key: [one.text for one in declared_otherwise(connection, dataset)] for key, dataset in by_key.items()}
    told = [f"{key}: {'; '.join(texts)}" for key, texts in found.items() if texts]
    told += [f"{key}: it is declared no longer" for key in undeclared(connection, by_key)]
    print("\n".join(told) or "All tables are as they are declared.")
    return 1 if told else 0


def _reshape(connection: Connection, service: Service, dataset: Dataset, *, is_confirmed: bool) -> int:
    reshaped = reshape(connection, service.storage, dataset, is_confirmed=is_confirmed, report=print)
    for text in reshaped.differences:
        print(f"Mended: {text}")
    print(f"The tables of {dataset.key} are as they are declared.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

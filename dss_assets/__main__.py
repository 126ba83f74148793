"""What operators do to datasets without the Dagster UI: `python -m dss_assets declare`, `reshape`, and `remove`.

python -m dss_assets declare                          write the declarations to operations.dataset, at deployment
python -m dss_assets reshape                          which tables are not as they are declared
python -m dss_assets reshape hmrc.exporters           bring them to the declared shape
python -m dss_assets reshape hmrc.exporters --yes     clients may lose what is declared no longer
python -m dss_assets remove hmrc.importers            drop the tables of a dataset that is declared no longer
"""

import argparse
import sys
from collections.abc import Sequence

from dss_assets.catalogue import record_datasets
from dss_assets.database import Connection, Database
from dss_assets.dataset import Dataset
from dss_assets.dataset.consistency import require_consistent
from dss_assets.datasets import DATASETS
from dss_assets.errors import IngestionError
from dss_assets.removal import remove, undeclared
from dss_assets.reshaping import declared_otherwise, reshape
from dss_assets.resources import AssetsSettings, Service
from dss_web.shared.settings import SharedSettings

_BY_KEY = {dataset.key: dataset for dataset in DATASETS}
# Of derived tables too, which have a source of their own in the registry.
_SOURCES = frozenset(source for dataset in DATASETS for source in (dataset.key, dataset.derived_source))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit status: 1 where something is not as declared, or was refused."""
    parser = argparse.ArgumentParser(prog="python -m dss_assets", description="Look after the tables of datasets.")
    commands = parser.add_subparsers(dest="command", required=True)
    reshaping = commands.add_parser("reshape", help="bring a dataset's tables to the shape that it declares")
    reshaping.add_argument("dataset", nargs="?", help="organisation.dataset; without it, say what is not as declared")
    reshaping.add_argument("--yes", action="store_true", help="clients may lose what is declared no longer")
    removing = commands.add_parser("remove", help="drop the tables of a dataset that is declared no longer")
    removing.add_argument("dataset", help="organisation.dataset")
    commands.add_parser("declare", help="write the declarations to operations.dataset, after the migrations")
    chosen = parser.parse_args(arguments)
    if chosen.command == "declare":
        return _declare()

    service = Service(AssetsSettings.from_environment())
    try:
        with service.database.connect(chosen.command) as connection:
            if chosen.command == "remove":
                remove(connection, chosen.dataset, _SOURCES)
                print(f"{chosen.dataset} is removed. Its files are still in the storage.")
                return 0
            if chosen.dataset is None:
                return _tell(connection)
            if chosen.dataset not in _BY_KEY:
                print(f"No dataset {chosen.dataset} is declared. There are: {', '.join(_BY_KEY)}.", file=sys.stderr)
                return 1
            return _reshape(connection, service, _BY_KEY[chosen.dataset], is_confirmed=chosen.yes)
    except IngestionError as error:
        print(error, file=sys.stderr)
        return 1


def _declare() -> int:
    """Write down for the web half what is declared. It needs the database alone, and no other setting."""
    require_consistent(DATASETS)
    try:
        with Database(SharedSettings.from_environment().dss_database_url).connect("declare") as connection:
            print(f"operations.dataset: {record_datasets(connection, DATASETS)}")
    except IngestionError as error:
        print(f"The declarations were not written to operations.dataset. {error}", file=sys.stderr)
        return 1
    return 0


def _tell(connection: Connection) -> int:
    """Print what is not as declared."""
    found = {key: [one.text for one in declared_otherwise(connection, dataset)] for key, dataset in _BY_KEY.items()}
    told = [f"{key}: {'; '.join(texts)}" for key, texts in found.items() if texts]
    told += [f"{key}: it is declared no longer" for key in undeclared(connection, _SOURCES)]
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

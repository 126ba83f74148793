"""What people do to datasets without the Dagster UI: the commands of `python -m dss_assets`.

`move_in` is a part of `manage.py import_flask_service`.

python -m dss_assets try trees.py --files trees/      what a declaration makes of files, before anything is loaded
python -m dss_assets declare                          write the declarations to operations.dataset, at deployment
python -m dss_assets reshape                          which tables are not as they are declared
python -m dss_assets reshape hmrc.exporters           bring them to the declared shape
python -m dss_assets reshape hmrc.exporters --yes     clients may lose what is declared no longer
python -m dss_assets remove hmrc.importers            drop the tables of a dataset that is declared no longer
python -m dss_assets go_back                          leave nothing that the release before cannot read
python -m dss_assets recover                          after a restore: bring database and storage together
"""

import argparse
import sys
from collections.abc import Sequence

from dss_assets.catalogue import record_datasets
from dss_assets.counts import counted
from dss_assets.database import Connection, Database
from dss_assets.dataset import Dataset
from dss_assets.dataset.consistency import require_consistent
from dss_assets.errors import IngestionError
from dss_assets.going_back import go_back
from dss_assets.moving_in import command as moving_in
from dss_assets.recovery import recover
from dss_assets.removal import remove, undeclared
from dss_assets.reshaping import declared_otherwise, reshape
from dss_assets.resources import AssetsSettings, Service
from dss_assets.trial.command import add_arguments, try_declaration
from dss_web.shared.settings import SharedSettings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit status: 1 where something is not as declared, or was refused."""
    chosen = _parser().parse_args(arguments)
    if chosen.command == "try":
        return try_declaration(chosen, print)

    # A mistake in one of the declarations must not keep `try` from naming it.
    from dss_assets.datasets import DATASETS  # noqa: PLC0415

    try:
        match chosen.command:
            case "declare":
                return _declare(DATASETS)
            case "go_back":
                return _go_back(chosen.wait)
            case "move_in":
                return _move_in(chosen, DATASETS)
        service = Service(AssetsSettings.from_environment())
        with service.database.connect(chosen.command) as connection:
            match chosen.command:
                case "recover":
                    status = _recover(connection, service, DATASETS)
                case "remove":
                    status = _remove(connection, DATASETS, chosen.dataset)
                case _ if chosen.dataset is None:
                    status = _tell(connection, DATASETS)
                case _:
                    status = _reshape(connection, service, DATASETS, chosen.dataset, is_confirmed=chosen.yes)
            return status
    except IngestionError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dss_assets", description="Try datasets, and look after tables.")
    commands = parser.add_subparsers(dest="command", required=True)
    add_arguments(commands.add_parser("try", help="print what a declaration makes of files, before anything is loaded"))
    commands.add_parser("declare", help="write the declarations to operations.dataset, after the migrations")
    reshaping = commands.add_parser("reshape", help="bring a dataset's tables to the shape that it declares")
    reshaping.add_argument("dataset", nargs="?", help="organisation.dataset; without it, say what is not as declared")
    reshaping.add_argument("--yes", action="store_true", help="clients may lose what is declared no longer")
    moving_in.add_arguments(
        commands.add_parser("move_in", help="bring the tables of the Flask service: run manage.py import_flask_service")
    )
    commands.add_parser(
        "recover", help="after a restore, before anything else starts: bring database and storage together"
    )
    removing = commands.add_parser("remove", help="drop the tables of a dataset that is declared no longer")
    removing.add_argument("dataset", help="organisation.dataset")
    returning = commands.add_parser("go_back", help="leave nothing that the release before cannot read")
    returning.add_argument(
        "--wait", type=float, default=600, metavar="SECONDS", help="how long to wait for the end of runs (600)"
    )
    return parser


def _declare(datasets: Sequence[Dataset]) -> int:
    """Write down for the web half what is declared. It needs the database alone, and no other setting."""
    require_consistent(datasets)
    try:
        with Database(SharedSettings.from_environment().database_url).connect("declare") as connection:
            print(f"operations.dataset: {record_datasets(connection, datasets)}")
    except IngestionError as error:
        print(f"The declarations were not written to operations.dataset. {error}", file=sys.stderr)
        return 1
    return 0


def _move_in(chosen: argparse.Namespace, datasets: Sequence[Dataset]) -> int:
    """Tell each dataset as soon as it is brought: the web half's command reads the lines."""
    return moving_in.move_in_tables(chosen, datasets, lambda line: print(line, flush=True))


def _go_back(timeout_seconds: float) -> int:
    """Hand over to the release before. It needs the database alone, and no other setting."""
    with Database(SharedSettings.from_environment().database_url).connect("go_back") as connection:
        done = go_back(connection, timeout_seconds, print)
    print(
        f"The release before can go on: {counted(done.due_files, 'file')} due, "
        f"{counted(done.cancelled_uploads, 'cancelled upload')}, {counted(done.uploads_to_repeat, 'upload')} to repeat."
    )
    return 0


def _sources(datasets: Sequence[Dataset]) -> frozenset[str]:
    """Of all declared tables, derived ones included, which have a source of their own in the registry."""
    return frozenset(source for dataset in datasets for source in (dataset.key, dataset.derived_source))


def _recover(connection: Connection, service: Service, datasets: Sequence[Dataset]) -> int:
    print(recover(connection, service.storage, datasets), end="")
    return 0


def _remove(connection: Connection, datasets: Sequence[Dataset], key: str) -> int:
    remove(connection, key, _sources(datasets))
    print(f"{key} is removed. Its files are still in the storage.")
    return 0


def _tell(connection: Connection, datasets: Sequence[Dataset]) -> int:
    """Print what is not as declared."""
    told = [
        f"{dataset.key}: {'; '.join(difference.text for difference in differences)}"
        for dataset in datasets
        if (differences := declared_otherwise(connection, dataset))
    ]
    told += [f"{key}: it is declared no longer" for key in undeclared(connection, _sources(datasets))]
    print("\n".join(told) or "All tables are as they are declared.")
    return 1 if told else 0


def _reshape(
    connection: Connection, service: Service, datasets: Sequence[Dataset], key: str, *, is_confirmed: bool
) -> int:
    by_key = {dataset.key: dataset for dataset in datasets}
    if key not in by_key:
        print(f"No dataset {key} is declared. There are: {', '.join(by_key)}.", file=sys.stderr)
        return 1
    reshaped = reshape(connection, service.storage, by_key[key], is_confirmed=is_confirmed, report=print)
    for text in reshaped.differences:
        print(f"Mended: {text}")
    print(f"The tables of {key} are as they are declared.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

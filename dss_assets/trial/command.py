"""`python -m dss_assets try`: what a declaration makes of files, before anything is loaded."""

import argparse
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from dss_assets.counts import counted
from dss_assets.dataset import Dataset, StorageFolder
from dss_assets.errors import IngestionError, InvalidFile, MissingKey, TransientError
from dss_assets.parsing import open_rows_of
from dss_assets.resources import SourceSettings
from dss_assets.sources import Listing, PublisherClient, fetch_file, read_listing
from dss_assets.sources.file_names import names_pattern, takes
from dss_assets.sources.near_misses import nearly_matches
from dss_assets.storage import Storage
from dss_assets.trial.declaration import WrongDeclaration, read_declaration
from dss_assets.trial.loading import Trial, trial_tables
from dss_assets.trial.reading import Tried, read_rows
from dss_assets.trial.report import file_report, table_report

Say = Callable[[str], None]

GOOD: Final = 0
A_FILE_FAILS: Final = 1
WRONG: Final = 2

# The local publisher starts again after each change of a declaration, which is when people try it.
_PAUSES: Final = (1, 3)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("file", type=Path, help="the Python file that has the Dataset")
    parser.add_argument("--files", type=Path, metavar="FOLDER", help="try these files; without it, the publisher's")
    parser.add_argument("--dataset", metavar="KEY", help="organisation.dataset, where the file declares several")
    parser.add_argument("--rows", type=int, default=3, help="show so many rows of each file (3)")
    parser.add_argument(
        "--newest", type=int, default=3, help="of the publisher's files, fetch so many: the last by name (3)"
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        default=os.environ.get("DSS_DATABASE_URL", ""),
        help="load in this Postgres, in a transaction that is rolled back (DSS_DATABASE_URL)",
    )


def try_declaration(options: argparse.Namespace, say: Say) -> int:
    """Run the command. Returns its exit status: 1 where a file would fail, 2 where the declaration is wrong."""
    try:
        dataset = read_declaration(options.file, options.dataset)
    except WrongDeclaration as error:
        say(str(error))
        return WRONG
    # A COPY that a bad value ends is logged as well, beside the error that is shown.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    say(f"{dataset.key}, declared in {options.file}")
    try:
        with ExitStack() as open_until_the_end:
            files = open_until_the_end.enter_context(_files(dataset, options, say))
            trial = (
                open_until_the_end.enter_context(trial_tables(options.database, dataset)) if options.database else None
            )
            outcomes = [_try_file(dataset, file, trial, options.rows, say) for file in files]
            # Some ways of loading make the tables with the first file.
            is_l1_good = trial is None or True not in outcomes or _show_l1(trial, options.rows, say)
    except IngestionError as error:
        say(f"\n{error}")
        return A_FILE_FAILS
    failed = outcomes.count(False)
    if trial is None:
        say(
            "\nRead without a database: whether dates exist, numbers fit and values can be converted for L1 was not "
            "checked. Give --database, or set DSS_DATABASE_URL, to load the files in a transaction that is rolled back."
        )
    would_fail = f", {failed} would fail" if failed else ""
    say(f"\n{len(outcomes) - failed} of {len(outcomes)} files would be loaded{would_fail}.")
    return GOOD if outcomes and not failed and is_l1_good else A_FILE_FAILS


def _try_file(dataset: Dataset, path: Path, trial: Trial | None, shown: int, say: Say) -> bool:
    """Say what becomes of a file: whether it would be loaded."""
    say(f"\n{path.name}")
    try:
        tried = trial.load(path, shown) if trial else _read(dataset, path, shown)
        for line in file_report(dataset, tried):
            say(line)
    except InvalidFile as error:
        say(f"  WOULD FAIL: {error}")
        return False
    say(f"  Would be loaded: {counted(tried.count, 'row')}")
    return True


def _read(dataset: Dataset, path: Path, shown: int) -> Tried:
    if dataset.release:
        raise InvalidFile("A release of several tables is read with a database only. Give --database.")
    with (
        path.open("rb") as file,
        open_rows_of(dataset, file, path.name, path.name) as rows,
    ):
        return read_rows(rows, dataset.reject_limit, shown)


def _show_l1(trial: Trial, shown: int, say: Say) -> bool:
    try:
        l1 = trial.l1(shown)
    except InvalidFile as error:
        say(f"\nWOULD FAIL: {error}")
        return False
    if l1 and l1.count:
        say(f"\nL1 with these files: {counted(l1.count, 'row')}")
        for line in table_report(l1):
            say(line)
    return True


@contextmanager
def _files(dataset: Dataset, options: argparse.Namespace, say: Say) -> Iterator[list[Path]]:
    """The files to try, by name: those of the folder that the source takes, or the newest of the publisher."""
    if options.files is not None:
        yield _taken(dataset, options.files, say)
        return
    if dataset.source is None or isinstance(dataset.source, StorageFolder):
        raise InvalidFile(
            f"{dataset.key} has no publisher: people bring its files. Name a folder of them with --files."
        )
    with tempfile.TemporaryDirectory(prefix="dss-try-") as folder:
        yield _fetched(dataset, Path(folder), options.newest, say)


def _taken(dataset: Dataset, folder: Path, say: Say) -> list[Path]:
    if not folder.exists():
        raise InvalidFile(f"{folder} does not exist. Name a folder of files, or a file, with --files.")
    files = [folder] if folder.is_file() else sorted(path for path in folder.iterdir() if path.is_file())
    taken = []
    for path in files:
        if takes(dataset.source, path.name):
            taken.append(path)
        elif dataset.source and not path.name.startswith("."):
            pattern = names_pattern(dataset.source)
            near = ", which it nearly matches" if nearly_matches(path.name, pattern) else ""
            say(f"\n{path.name}\n  Not taken: the source takes files that match {pattern!r}{near}.")
    if not taken:
        raise InvalidFile(f"{folder} holds no file that the source of {dataset.key} takes.")
    return taken


def _listing(dataset: Dataset, publishers: PublisherClient, storage: Storage, say: Say) -> Listing:
    for pause in _PAUSES:
        try:
            return read_listing(dataset, publishers, storage)
        except MissingKey:
            raise
        except TransientError as error:
            say(f"\n{error}")
            time.sleep(pause)
    return read_listing(dataset, publishers, storage)


def _fetched(dataset: Dataset, folder: Path, newest: int, say: Say) -> list[Path]:
    settings = SourceSettings.from_environment()
    publishers = PublisherClient(settings.dss_source_base_urls, keys=settings.source_keys)
    storage = Storage(folder.as_uri(), "datasets", "uploads")
    listing = _listing(dataset, publishers, storage, say)
    say(f"\nThe publisher offers {counted(len(listing.files), 'file')}; the last of them by name are fetched:")
    for text in (*(f"Nearly matching, not taken: {name}" for name in listing.near_misses), *listing.unanswered):
        say(f"  {text}")
    files = []
    for file in listing.files[-newest:]:
        say(f"  {file.name}, version {file.version or 'unknown'}, at {file.url}")
        path = storage.dataset_path(dataset.organisation, dataset.name, file.name)
        storage.put(path, fetch_file(dataset.source, file, publishers))
        files.append(folder / path)
    return files

"""4: rows -> L0 -> L1, for each loading strategy. Each runs within the caller's transaction.

tables.py           a dataset's tables, made from its declaration
shape.py            what they have otherwise than declared, and what brings them along
convertible.py      whether L1 can be made of the rows of L0
copy_in.py          rows -> a table, by COPY
bad_rows.py         a file that has wrong rows -> which they are
row_rules.py        what holds for each row by itself
strict_values.py    values that Postgres would read as something else than they say
incremental.py      each file adds its rows
snapshot.py         each file is the whole dataset, and rows are stored once
kept.py             tables that were replaced, for their readers and for restorations
merging.py          the rows of an earlier file and those of a new one -> one table
replace.py          each file takes the place of everything before it
file_order.py       which loaded files are newer than the one that is loaded
units.py            rows that belong together, whichever file brings them
derived.py          L1 that is made of several tables, by several connections
staging.py          the tables in which it is made, beside the one that is read
recipe.py           of what it is made: the versions of its inputs, its SQL
release.py          each file replaces several tables together
constraints.py      the keys and checks of released tables
change_log.py       what loads add and remove, for clients that keep a copy
change_tracking.py  which state a table is in, for its readers
swap.py             tables that were filled beside others -> in their place
views.py            the declaration of L1 -> its view
dead_rows.py        the space of rows that are gone -> free for the next load
wide_ids.py         tables of earlier releases get bigint ids
polite_lock.py      locks for which nobody waits behind us
"""

import dataclasses
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import BinaryIO

from dss_assets.counts import counted
from dss_assets.database import Connection
from dss_assets.dataset import (
    Chosen,
    Dataset,
    Delimited,
    Incremental,
    Release,
    Replace,
    Snapshot,
    UserCsv,
    XbrlAccounts,
)
from dss_assets.errors import InvalidFile, InvalidRow, TooManyRejects
from dss_assets.loading.bad_rows import find_bad_rows, require_within
from dss_assets.loading.change_log import mark
from dss_assets.loading.change_tracking import start_generation
from dss_assets.loading.copy_in import Loaded
from dss_assets.loading.declared_sql import declared_sql
from dss_assets.loading.file_order import FileOrder
from dss_assets.loading.incremental import load_incremental
from dss_assets.loading.release import load_release
from dss_assets.loading.replace import load_replace
from dss_assets.loading.row_rules import rules_of, rules_of_table
from dss_assets.loading.shape import Difference, Remedy, create_or_bring_along, find_differences, not_as_declared
from dss_assets.loading.snapshot import load_snapshot
from dss_assets.loading.swap import put_in_place
from dss_assets.loading.tables import Tables
from dss_assets.parsing import Fault, ReleaseRows, Rows, list_rejects, open_rows_of, release_rows, without_rows
from dss_assets.parsing.empty_rows import require_no_empty_row

__all__ = [
    "ARRIVAL",
    "Difference",
    "FileOrder",
    "Loaded",
    "Remedy",
    "Tables",
    "create_or_bring_along",
    "find_differences",
    "load",
    "load_file",
    "not_as_declared",
    "put_in_place",
]

# Files count in the order of their arrival.
ARRIVAL = FileOrder()


def load_file(
    connection: Connection, tables: Tables, file_name: str, file: BinaryIO, place: str, order: FileOrder = ARRIVAL
) -> Loaded:
    """Load a file, open for reading at any position, into the tables of its dataset. `place` as in `open_rows`,
    `order` as in `load`.

    Runs in the caller's transaction, which must hold the dataset's lock. Raises InvalidFile where the file is not as
    declared, which leaves the transaction to be rolled back.
    """
    dataset = tables.dataset
    match dataset.loading, dataset.format:
        case Release() as release, Delimited() as form:
            released = release_rows(form, release, file, place, dataset.max_unpacked_bytes)
            loaded = _load_release(connection, dataset, release, released, order)
        case _:
            loaded = _load_rows(connection, tables, file_name, file, place, order)
    if isinstance(dataset.format, UserCsv):
        if loaded.tally.bad_rows != dataset.format.left_out:
            raise _not_as_agreed(place, dataset.format.left_out, f"{loaded.tally.bad_rows:,} such rows")
    elif not isinstance(dataset.format, XbrlAccounts):
        require_within(dataset.reject_limit, place, loaded.tally.bad_rows, loaded.tally.records, loaded.rejects)
    return loaded


def _load_rows(
    connection: Connection, tables: Tables, file_name: str, file: BinaryIO, place: str, order: FileOrder
) -> Loaded:
    """Load a file as it is, or without its wrong rows where it has any."""
    dataset = tables.dataset
    if not dataset.rejects_rows:
        return _load_without(connection, tables, file_name, file, place, order, {})
    try:
        with connection.transaction():
            return _load_without(connection, tables, file_name, file, place, order, None)
    except InvalidRow:
        bad = _find_bad_rows(connection, dataset, partial(_open, dataset, file, file_name, place), place)
    return _load_without(connection, tables, file_name, file, place, order, bad)


def _find_bad_rows(
    connection: Connection, dataset: Dataset, open_rows: Callable[[], AbstractContextManager[Rows]], place: str
) -> dict[int, Fault]:
    try:
        with declared_sql(dataset):
            return find_bad_rows(connection, dataset.columns, list(rules_of(dataset)), dataset.reject_limit, open_rows)
    except TooManyRejects as error:
        if isinstance(dataset.format, UserCsv):
            raise _not_as_agreed(place, dataset.format.left_out, "more such rows") from error
        raise


def _not_as_agreed(place: str, left_out: int, found: str) -> InvalidFile:
    """The error for an upload of which another number of rows does not fit than its person has agreed to leave out."""
    return InvalidFile(
        f"{place}: {counted(left_out, 'row')} with values that do not fit were to be left out, and {found} were found. "
        "Nothing was loaded. Check the columns of the file again."
    )


def _load_release(
    connection: Connection, dataset: Dataset, release: Release, released: ReleaseRows, order: FileOrder
) -> Loaded:
    """The same for all tables of a release."""
    if not dataset.rejects_rows:
        return load_release(connection, dataset, release, released, order)
    try:
        with connection.transaction():
            return load_release(connection, dataset, release, released, order)
    except InvalidRow:
        bad = {
            table.name: find_bad_rows(
                connection,
                table.columns,
                list(rules_of_table(table)),
                dataset.reject_limit,
                partial(released.open, table),
            )
            for table in release.tables
        }
    return load_release(connection, dataset, release, dataclasses.replace(released, bad=bad), order)


def _load_without(
    connection: Connection,
    tables: Tables,
    file_name: str,
    file: BinaryIO,
    place: str,
    order: FileOrder,
    bad: Mapping[int, Fault] | None,
) -> Loaded:
    """Load a file without the rows of these numbers; None where nobody has looked for wrong rows yet."""
    with _open(tables.dataset, file, file_name, place) as rows:
        if bad is None:
            wanted = dataclasses.replace(rows, chunks=require_no_empty_row(rows))
        else:
            wanted = without_rows(rows, bad) if bad else rows
        loaded = load(connection, tables, file_name, wanted, order)
        list_rejects(rows, bad or {})
        return dataclasses.replace(
            loaded,
            skipped=dict(rows.skipped),
            remarks=rows.remarks,
            rejects=tuple(rows.rejects),
            tally=rows.tally,
            titles=rows.titles,
        )


def _open(dataset: Dataset, file: BinaryIO, file_name: str, place: str) -> AbstractContextManager[Rows]:
    """The rows of a file from its beginning, however far it has been read."""
    file.seek(0)
    return open_rows_of(dataset, file, file_name, place)


def load(connection: Connection, tables: Tables, file_name: str, rows: Rows, order: FileOrder = ARRIVAL) -> Loaded:
    """Load one file's rows into the tables of its dataset, in place of what the same file loaded before.

    `order` says which loaded files are newer, whose rows stay.

    Runs in the caller's transaction, which must hold the dataset's lock (`database.lock_dataset`). Raises InvalidFile
    where the rows do not fit, which leaves the transaction to be rolled back.
    """
    match tables.dataset.loading:
        case Incremental():
            mark(connection, tables.l0, *tables.views_with_ids)
            loaded = load_incremental(connection, tables, file_name, rows, order)
        case Snapshot(missing_rows=missing_rows):
            mark(connection, tables.l0, *tables.views_with_ids)
            loaded = load_snapshot(connection, tables, file_name, rows, missing_rows, order)
        case Replace():
            loaded = load_replace(connection, tables, file_name, rows, order)
        case Release():
            raise ValueError(f"{tables.dataset.key} has several tables, which `load_file` replaces together")
    if isinstance(tables.dataset.l1, Chosen):
        # A row that is added to L0 may take another one's place in L1: no trigger over L0 can know.
        start_generation(connection, tables.l0)
    if not isinstance(tables.dataset.loading, Replace):
        mark(connection, tables.l0, *tables.views_with_ids)
    return loaded

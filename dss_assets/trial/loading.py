"""A file loaded as it would be, in a transaction that is rolled back: nobody sees it, and nothing stays."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import psycopg
from psycopg import sql

from dss_assets import registry
from dss_assets.counts import counted
from dss_assets.database import Connection, Database
from dss_assets.dataset import Dataset
from dss_assets.editions import Verdict, order_of, record_edition
from dss_assets.errors import InvalidFile, NotAsDeclared, TransientError
from dss_assets.loading import Loaded, Tables, create_or_bring_along, load_file
from dss_assets.storage import StoredFile
from dss_assets.trial.reading import Shown, Tried
from dss_web.shared import contract
from dss_web.shared.iam_token import with_token

# Raises psycopg.Error in a database that was not migrated, which some ways of loading would notice with the first file.
_OWN_TABLES = sql.SQL("SELECT FROM {} LIMIT 0").format(sql.Identifier(*contract.REGISTRY))


@dataclass(frozen=True, slots=True)
class Trial:
    """The tables of a dataset that does not exist outside of this transaction."""

    connection: Connection
    tables: Tables

    def load(self, path: Path, shown: int) -> Tried:
        """Load a file beside those before it. Raises InvalidFile, and leaves the tables as before."""
        try:
            with path.open("rb") as file, self.connection.transaction():
                loaded, verdict = self._load(path.name, file)
        except psycopg.Error as error:
            raise InvalidFile(f"{path.name}: the database refused with {error}") from error
        return Tried(
            loaded.rows,
            self.tables.dataset.columns,
            [] if self.tables.dataset.release else self._first(path.name, shown),
            loaded.titles,
            loaded.skipped,
            loaded.rejects,
            (*loaded.remarks, *_remarks(loaded, verdict)),
        )

    def _load(self, file_name: str, file: BinaryIO) -> tuple[Loaded, Verdict]:
        """As `ingestion` does it, with a row in the registry that nobody else sees."""
        dataset = self.tables.dataset
        order = order_of(self.connection, dataset, file_name)
        loaded = load_file(self.connection, self.tables, file_name, file, file_name, order)
        registry.begin(self.connection, dataset.key, file_name, "trial")
        verdict = record_edition(self.connection, dataset, file_name, loaded)
        # Nothing is in the storage: a loaded file is known by any digest.
        registry.record_stored(self.connection, dataset.key, file_name, "", StoredFile(file_name, 0, "trial"))
        registry.finish(self.connection, dataset.key, file_name, loaded.rows, 0, dataset.rows_fingerprint)
        return loaded, verdict

    def _first(self, file_name: str, shown: int) -> list[tuple[object, ...]]:
        return self.connection.execute(
            sql.SQL("SELECT {} FROM {} WHERE datafile_created = %s ORDER BY id LIMIT %s").format(
                self.tables.columns, self.tables.l0
            ),
            [file_name, shown],
        ).fetchall()

    def l1(self, shown: int) -> Shown | None:
        """L1 after all files; None where there is none."""
        if "L1" not in self.tables.dataset.tables:
            return None
        try:
            count = self.connection.execute(sql.SQL("SELECT count(*) FROM {}").format(self.tables.l1)).fetchone()
            cursor = self.connection.execute(
                sql.SQL("SELECT * FROM {} ORDER BY id LIMIT %s").format(self.tables.l1), [shown]
            )
        except psycopg.Error as error:
            raise InvalidFile(f"L1 cannot be read: {error}") from error
        names = tuple(column.name for column in cursor.description or ())
        return Shown(count[0] if count else 0, names, cursor.fetchall())


def _remarks(loaded: Loaded, verdict: Verdict) -> tuple[str, ...]:
    """How the file compares with the one before it among those that are tried."""
    remarks = [verdict.columns] if verdict.columns else []
    if verdict.rows_before is not None:
        remarks.append(f"{counted(verdict.rows, 'row')}, after {verdict.rows_before:,} in {verdict.before}.")
    remarks += [f"{counted(rows, 'row')} of the table {name}." for name, rows in loaded.table_rows.items()]
    if loaded.superseded:
        remarks.append(f"{counted(loaded.superseded, 'row')} left out, since a newer file has them.")
    return tuple(remarks)


@contextmanager
def trial_tables(url: str, dataset: Dataset) -> Iterator[Trial]:
    """Tables of the dataset under a name of their own. Raises TransientError where the database cannot have
    them, and InvalidFile where it refuses the SQL of the declaration."""
    # Not its own name or schema: nothing waits for a lock on tables that are read.
    loading = replace(dataset.release, schema=None) if dataset.release else dataset.loading
    tables = Tables(replace(dataset, organisation=f"trial_{os.getpid()}", loading=loading))
    with Database(partial(with_token, url)).connect("trial") as connection, connection.transaction(force_rollback=True):
        try:
            connection.execute(_OWN_TABLES)
            create_or_bring_along(connection, tables)
        except NotAsDeclared as error:
            # Of the trial's own name nothing is known outside.
            raise InvalidFile(str(error).replace(tables.dataset.key, dataset.key)) from error
        except psycopg.Error as error:
            raise TransientError(
                f"The database cannot have tables of {dataset.key}: {error}. It needs the service's own tables, "
                "which `manage.py migrate` makes."
            ) from error
        yield Trial(connection, tables)

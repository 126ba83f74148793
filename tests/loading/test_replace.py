"""Uploads and other datasets of which each file takes the place of everything before it."""

from collections.abc import Iterator

import psycopg

from dss_assets.database import Connection, lock_dataset
from dss_assets.dataset import Column, Dataset, Replace, UserCsv
from dss_assets.loading import Tables, create_or_bring_along, load
from dss_assets.parsing import Rows
from dss_assets.parsing.rows import CopyFormat

BUDGET = Dataset("finance", "budget", None, UserCsv(), Replace(), (Column("name"),))


def rows_of(*chunks: bytes) -> Rows:
    """Rows of one column as a parser yields them."""
    return Rows("budget.csv", BUDGET.columns, chunks, CopyFormat("csv", ","), lambda: iter(()))


def replace_rows(connection: Connection, rows: Rows) -> None:
    tables = Tables(BUDGET)
    with connection.transaction():
        create_or_bring_along(connection, tables)
    with connection.transaction():
        lock_dataset(connection, BUDGET.key)
        load(connection, tables, "a file", rows)


def test_readers_have_the_old_rows_until_all_new_ones_are_there(connection: Connection, database_url: str) -> None:
    replace_rows(connection, rows_of(b"old\n"))
    seen: list[list[tuple[str]]] = []

    def chunks(reader: psycopg.Connection[tuple[str]]) -> Iterator[bytes]:
        for name in (b"new\n", b"newer\n"):
            yield name
            seen.append(reader.execute('SELECT name FROM "finance.budget"."L0"').fetchall())

    with psycopg.connect(database_url, autocommit=True, options="-c lock_timeout=2s") as reader:
        rows = rows_of()
        replace_rows(connection, Rows(rows.place, rows.columns, chunks(reader), rows.copy_format, rows.positions))
        assert seen == [[("old",)], [("old",)]]
        assert reader.execute('SELECT name FROM "finance.budget"."L0"').fetchall() == [("new",), ("newer",)]

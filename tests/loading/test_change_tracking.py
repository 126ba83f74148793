"""What is noted of a table's state: a new version after each change, a new generation after what is no addition."""

from collections.abc import Callable
from dataclasses import replace
from typing import LiteralString

import pytest
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Column, Dataset, MissingRows, Replace, Snapshot, UserCsv
from dss_assets.datasets import EXPORTERS, POSTCODE_DIRECTORY, REFERENCE_POSTCODES
from dss_assets.loading import Tables
from tests.parts.assets_fixtures import Ingest
from tests.published import exporter_line, exporters_zip, ons_row, ons_zip, postcode_row, postcodes_csv

Noted = Callable[[Dataset], tuple[int, int]]


def postcodes(*names: str) -> bytes:
    return postcodes_csv(*map(postcode_row, names))


@pytest.fixture
def noted(connection: Connection) -> Noted:
    """The version and generation of what clients read of a dataset: L1, or L0 where there is no L1."""

    def noted(dataset: Dataset) -> tuple[int, int]:
        row = connection.execute(
            "SELECT version, generation FROM operations.table_version WHERE relation = %s::regclass",
            [sql.Identifier(dataset.key, dataset.tables[-1]).as_string(connection)],
        ).fetchone()
        assert row
        return row[0], row[1]

    return noted


def test_another_file_is_a_new_version_of_the_same_generation(ingest_bytes: Ingest, noted: Noted) -> None:
    ingest_bytes(EXPORTERS, "exporters1601.zip", exporters_zip(exporters=exporter_line("201601", "One", "1")))
    first = noted(EXPORTERS)
    ingest_bytes(EXPORTERS, "exporters1602.zip", exporters_zip(exporters=exporter_line("201602", "Two", "1")))
    second = noted(EXPORTERS)

    assert second[0] > first[0]
    assert second[1] == first[1]


def test_the_same_file_again_is_a_new_generation(ingest_bytes: Ingest, noted: Noted) -> None:
    content = ons_zip(ons_row("AB1 0AA"))
    ingest_bytes(POSTCODE_DIRECTORY, "ONSPD_MAY_2019_UK.zip", content)
    first = noted(POSTCODE_DIRECTORY)
    ingest_bytes(POSTCODE_DIRECTORY, "ONSPD_MAY_2019_UK.zip", content)

    assert noted(POSTCODE_DIRECTORY)[1] > first[1]


def test_a_snapshot_with_more_rows_adds_and_one_that_deletes_rows_is_a_new_generation(
    ingest_bytes: Ingest, noted: Noted
) -> None:
    ingest_bytes(REFERENCE_POSTCODES, "1.csv", postcodes("AB1 0AA"))
    first = noted(REFERENCE_POSTCODES)
    ingest_bytes(REFERENCE_POSTCODES, "2.csv", postcodes("AB1 0AA", "AB1 0AB"))
    second = noted(REFERENCE_POSTCODES)
    assert (second[0] > first[0], second[1]) == (True, first[1])

    strict = replace(REFERENCE_POSTCODES, loading=Snapshot(missing_rows=MissingRows.DELETE))
    ingest_bytes(strict, "3.csv", postcodes("AB1 0AA", "AB1 0AB"))
    assert noted(REFERENCE_POSTCODES)[1] == first[1], "the same rows again"
    ingest_bytes(strict, "4.csv", postcodes("AB1 0AB"))
    assert noted(REFERENCE_POSTCODES)[1] > first[1]


def test_a_table_that_is_replaced_is_another_generation(ingest_bytes: Ingest, noted: Noted) -> None:
    upload = Dataset("org", "upload", source=None, format=UserCsv(), loading=Replace(), columns=(Column("name"),))
    ingest_bytes(upload, "one", b"name\na\n")
    first = noted(upload)
    ingest_bytes(upload, "two", b"name\na\n")

    assert noted(upload)[1] > first[1]


@pytest.mark.parametrize(
    ("statement", "is_addition"),
    [
        ("INSERT INTO {} (month) VALUES ('201602')", True),
        ("UPDATE {} SET company_name = 'Other'", False),
        ("DELETE FROM {}", False),
        ("TRUNCATE {}", False),
    ],
)
def test_changes_by_hand_are_noted_too(
    ingest_bytes: Ingest, connection: Connection, noted: Noted, statement: LiteralString, is_addition: bool
) -> None:
    ingest_bytes(EXPORTERS, "exporters1601.zip", exporters_zip(exporters=exporter_line("201601", "One", "1")))
    version, generation = noted(EXPORTERS)
    connection.execute(sql.SQL(statement).format(Tables(EXPORTERS).l0))

    now = noted(EXPORTERS)
    assert now[0] > version
    assert (now[1] == generation) is is_addition


def test_a_load_that_fails_changes_nothing(ingest_bytes: Ingest, noted: Noted) -> None:
    ingest_bytes(POSTCODE_DIRECTORY, "ONSPD_MAY_2019_UK.zip", ons_zip(ons_row("AB1 0AA")))
    before = noted(POSTCODE_DIRECTORY)
    with pytest.raises(Exception, match="doterm"):
        ingest_bytes(POSTCODE_DIRECTORY, "ONSPD_AUG_2019_UK.zip", ons_zip(ons_row("AB1 0AB", doterm="never")))

    assert noted(POSTCODE_DIRECTORY) == before


def test_a_column_that_a_declaration_gained_is_a_new_generation(ingest_bytes: Ingest, noted: Noted) -> None:
    narrow = replace(POSTCODE_DIRECTORY, columns=(Column("pcds"),), l1=None, routes=(), dataflow_table="L0", checks=())
    wide = replace(narrow, columns=(Column("pcds"), Column("ctry")))
    ingest_bytes(narrow, "ONSPD_MAY_2019_UK.zip", ons_zip(["AB1 0AA"], titles=["pcds"]))
    first = noted(narrow)
    ingest_bytes(wide, "ONSPD_AUG_2019_UK.zip", ons_zip(["AB1 0AB", "E92"], titles=["pcds", "ctry"]))

    assert noted(wide)[1] > first[1]


def test_what_is_noted_of_a_dropped_table_goes(ingest_bytes: Ingest, connection: Connection) -> None:
    for upload in (b"one", b"two", b"three"):
        ingest_bytes(
            Dataset("org", "upload", source=None, format=UserCsv(), loading=Replace(), columns=(Column("name"),)),
            upload.decode(),
            b"name\n" + upload,
        )

    assert connection.execute("SELECT count(*) FROM operations.table_version").fetchone() == (1,)

"""Every record of a file is a row or was rejected, which the registry counts and `operations.reject` lists."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from dss_assets.database import Connection
from dss_assets.dataset import Column, Dataset, Delimited, Incremental, Replace, UserCsv, XbrlAccounts
from dss_assets.datasets import ACCOUNTS, EXPORTERS
from dss_assets.errors import InvalidFile
from dss_assets.loading import Tables
from dss_assets.loading.copy_in import copy_rows
from dss_assets.parsing import open_rows
from dss_assets.parsing.rows import LISTED_REJECTS, Tally
from dss_assets.removal import remove
from tests.parts.assets_fixtures import Ingest, Rows
from tests.published import ACCOUNTS_FILE, accounts_member, accounts_of, exporter_line, exporters_zip, figure, zipped

Select = Callable[[str], Rows]
COUNTS = "SELECT records, rows, rejected, skipped FROM operations.datafile_registry"
REJECTS = "SELECT place, line, reason FROM operations.reject ORDER BY id"
assert isinstance(ACCOUNTS.format, XbrlAccounts)
FORGIVING = replace(ACCOUNTS, format=replace(ACCOUNTS.format, max_bad_documents=0.5))
TREES = Dataset("org", "trees", None, Delimited(), Incremental(), (Column("name"), Column("note")))


def test_a_line_that_is_skipped_is_counted_and_listed_with_its_place(ingest_bytes: Ingest, select: Select) -> None:
    good = exporter_line("202601", "One", "1")
    content = exporters_zip(a=good + "202601\tshort\r\n" + good, b="\r\n" + good)

    ingested = ingest_bytes(EXPORTERS, "exporters2601.zip", content)

    assert (ingested.records, ingested.rows, ingested.rejected) == (5, 3, 2)
    assert select(COUNTS) == [(5, 3, 2, {"fewer than 10 fields": 2})]
    member = "exporters2601.zip, member {0}.zip, member {0}"
    assert select(REJECTS) == [
        (member.format("a"), 2, r"found 2 fields, expected at least 10: '202601\tshort'"),
        (member.format("b"), 1, "found 1 field, expected at least 10: ''"),
    ]


def test_rejects_are_those_of_the_load_that_counts(ingest_bytes: Ingest, select: Select) -> None:
    good = exporter_line("202601", "One", "1")
    ingest_bytes(EXPORTERS, "exporters2601.zip", exporters_zip(a=good + "short\r\n"))
    with pytest.raises(InvalidFile):
        ingest_bytes(EXPORTERS, "exporters2601.zip", exporters_zip(a=exporter_line("soon", "One") + "short\r\n" * 2))
    assert len(select(REJECTS)) == 1

    ingest_bytes(EXPORTERS, "exporters2601.zip", exporters_zip(a=good))

    assert select(REJECTS) == []
    assert select(COUNTS) == [(1, 1, 0, {})]


def test_a_dataset_that_is_removed_leaves_no_rejects(
    connection: Connection, ingest_bytes: Ingest, select: Select
) -> None:
    ingest_bytes(EXPORTERS, "exporters2601.zip", exporters_zip(a=exporter_line("202601", "One", "1") + "short\r\n"))

    remove(connection, EXPORTERS.key, declared=())

    assert select(REJECTS) == []


def test_all_rejects_are_counted_and_the_first_are_listed(ingest_bytes: Ingest, select: Select) -> None:
    content = exporters_zip(a=exporter_line("202601", "One", "1") + "short\r\n" * (LISTED_REJECTS + 5))

    ingest_bytes(EXPORTERS, "exporters2601.zip", content)

    assert select("SELECT rejected FROM operations.datafile_registry") == [(LISTED_REJECTS + 5,)]
    assert select("SELECT count(*) FROM operations.reject") == [(LISTED_REJECTS,)]


def test_documents_are_the_records_of_accounts(ingest_bytes: Ingest, select: Select) -> None:
    content = zipped(
        {
            accounts_member("00000001"): accounts_of("00000001"),
            accounts_member("00000002"): "<html",
            accounts_member("00000003"): accounts_of("00000003", figure("Debtors", "n/a")),
            "readme.txt": "hello",
        }
    )
    ingest_bytes(FORGIVING, ACCOUNTS_FILE, content)

    ((records, rows, rejected, skipped),) = select(COUNTS)
    assert (records, rows, rejected) == (4, 2, 2)
    assert sum(skipped.values()) == 3
    assert [place for place, _, _ in select(REJECTS)] == [
        accounts_member("00000002"),
        accounts_member("00000003"),
        "readme.txt",
    ]


@pytest.mark.parametrize(
    ("content", "records"),
    [
        (b"name,note\na,1\nb,2\n", 2),
        (b"name,note\na,1\nb,2", 2),
        (b"name,note\r\na,1\r\nb,2\r\n", 2),
        (b"name,note\ra,1\rb,2\r", 2),
        (b'name,note\na,"1\n2"\nb,2\n', 2),
    ],
)
def test_each_row_of_a_file_that_is_passed_on_is_a_record(
    content: bytes, records: int, ingest_bytes: Ingest, select: Select
) -> None:
    ingest_bytes(TREES, "a.csv", content)
    ingest_bytes(replace(TREES, name="upload", format=UserCsv(), loading=Replace()), "b", content)

    assert select(f"{COUNTS} ORDER BY file_name") == [(records, records, 0, {})] * 2


def test_records_that_do_not_add_up_stop_the_load(connection: Connection) -> None:
    with open_rows(TREES.format, TREES.columns, io.BytesIO(b"name,note\na,1\nb,2\n"), "a.csv", 1000) as rows:
        lost = replace(rows, tally=Tally(records=3, accepted=2, rejected=0, rows=2))
        Tables(TREES).create(connection)

        with pytest.raises(
            InvalidFile, match=r"a\.csv: 3 records were read, of which 2 gave 2 rows and 0 were rejected"
        ):
            copy_rows(connection, Tables(TREES).l0, lost)

"""Files count by their dates: an older one that comes later displaces nothing that a newer one brought."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from dss_assets.dataset import (
    Chosen,
    Column,
    Dataset,
    Delimited,
    HtmlLinks,
    Latest,
    MissingRows,
    Replace,
    Snapshot,
)
from dss_assets.dataset.conversions import LAST_CHARACTER
from dss_assets.datasets import ACCOUNTS, BACI, EXPORTERS, POSTCODE_DIRECTORY
from dss_web.shared.contract import ColumnType
from tests.parts.assets_fixtures import Ingest, Rows
from tests.published import accounts_member, accounts_of, exporter_line, exporters_zip, figure, zipped

Select = Callable[[str], Rows]
TREES = Dataset(
    "org",
    "trees",
    None,
    Delimited(),
    Replace(),
    (Column("name"), Column("height", ColumnType.INTEGER)),
    dated=(r"trees_(?P<year>\d{4})-(?P<month>\d\d)\.csv",),
)
NAMES = 'SELECT name FROM "org.trees"."L0" ORDER BY name'
SUPERSEDED = "SELECT file_name, state, rows, superseded FROM operations.datafile_registry ORDER BY file_name"


def trees(*names: str) -> bytes:
    return "".join(f"{line}\n" for line in ["name,height", *(f"{name},1" for name in names)]).encode()


@pytest.mark.parametrize(
    ("dataset", "name", "day"),
    [
        (POSTCODE_DIRECTORY, "ONSPD_FEB_2024_UK.zip", date(2024, 2, 29)),
        (EXPORTERS, "exporters2405.zip", date(2024, 5, 31)),
        (EXPORTERS, "exporters_jan-jun26archive.ZIP", date(2026, 6, 30)),
        (EXPORTERS, "exporters_2016archive_JulDec.zip", date(2016, 12, 31)),
        (EXPORTERS, "exporters_2016archive.zip", date(2016, 12, 31)),
        (ACCOUNTS, "Accounts_Bulk_Data-2026-10-02.zip", date(2026, 10, 2)),
        (ACCOUNTS, "Accounts_Monthly_Data-October2026.zip", date(2026, 10, 31)),
        (ACCOUNTS, "Accounts_Monthly_Data-JanuaryToDecember2008.zip", date(2008, 12, 31)),
        (BACI, "BACI_HS92_V202601.zip", date(2026, 1, 31)),
        (BACI, "BACI_HS92_Y2022_V202401b.csv", date(2024, 1, 31)),
    ],
)
def test_the_date_of_a_file_stands_in_its_name(dataset: Dataset, name: str, day: date) -> None:
    found = dataset.date_of(name)
    assert found and found.date == day


def test_the_pattern_of_a_source_dates_its_files_and_names_that_are_none_have_no_date() -> None:
    source = HtmlLinks(("https://x/",), r"a_(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)\.csv", every=timedelta(days=1))
    dataset = replace(TREES, source=source, dated=())
    names = ["a_20240202.csv", "a_20240201.csv", "a_20241301.csv"]

    assert dataset.in_order(names) == ["a_20240201.csv", "a_20240202.csv", "a_20241301.csv"]
    assert dataset.date_of("a_20241301.csv") is None


def test_an_older_file_does_not_take_the_place_of_a_newer_one(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(TREES, "trees_2024-05.csv", trees("oak"))
    older = ingest_bytes(TREES, "trees_2024-04.csv", trees("elm", "ash"))

    assert select(NAMES) == [("oak",)]
    assert (older.rows, older.superseded) == (0, 2)
    assert select(SUPERSEDED) == [("trees_2024-04.csv", "processed", 0, 2), ("trees_2024-05.csv", "processed", 1, 0)]
    ingest_bytes(TREES, "trees_2024-06.csv", trees("yew"))
    assert select(NAMES) == [("yew",)]
    ingest_bytes(TREES, "trees_2024-05.csv", trees("oak"))
    assert select(NAMES) == [("yew",)]


def test_files_without_a_date_count_as_they_arrive(ingest_bytes: Ingest, select: Select) -> None:
    for name in ("trees_2024-05.csv", "trees_new.csv"):
        ingest_bytes(replace(TREES, dated=()), name, trees(name))

    assert select(NAMES) == [("trees_new.csv",)]


def test_the_newest_row_of_a_file_may_date_it(ingest_bytes: Ingest, select: Select) -> None:
    columns = (Column("name"), Column("day", ColumnType.DATE))
    dataset = replace(TREES, columns=columns, dated=Latest("day"))

    ingest_bytes(dataset, "a.csv", b"name,day\nold,2024-01-01\nnew,2024-05-01\n")
    ingest_bytes(dataset, "b.csv", b"name,day\nolder,2024-04-30\n")

    assert select(NAMES) == [("new",), ("old",)]


def test_an_older_snapshot_adds_rows_and_does_not_say_that_it_had_known_ones_last(
    ingest_bytes: Ingest, select: Select
) -> None:
    dataset = replace(TREES, loading=Snapshot())
    ingest_bytes(dataset, "trees_2024-05.csv", trees("oak", "elm"))
    ingest_bytes(dataset, "trees_2024-04.csv", trees("oak", "ash"))

    assert select('SELECT name, datafile_updated FROM "org.trees"."L0" ORDER BY name') == [
        ("ash", "trees_2024-04.csv"),
        ("elm", "trees_2024-05.csv"),
        ("oak", "trees_2024-05.csv"),
    ]


CHOSEN = Chosen(columns=("name", "height"), key=("height",), rank=LAST_CHARACTER, ranked_by="name")


@pytest.mark.parametrize(
    "dataset",
    [
        replace(TREES, loading=Snapshot(missing_rows=MissingRows.DELETE)),
        replace(TREES, loading=Snapshot(), l1=CHOSEN),
    ],
    ids=["deleting", "chosen"],
)
def test_an_older_snapshot_is_left_out_where_the_last_one_counts(
    dataset: Dataset, ingest_bytes: Ingest, select: Select
) -> None:
    ingest_bytes(dataset, "trees_2024-05.csv", trees("oak"))
    ingest_bytes(dataset, "trees_2024-04.csv", trees("ash"))

    assert select(NAMES) == [("oak",)]


def test_a_month_stays_as_a_newer_archive_has_it(ingest_bytes: Ingest, select: Select) -> None:
    def file(*companies: tuple[str, str]) -> bytes:
        return exporters_zip(a="".join(exporter_line(month, company, "1") for month, company in companies))

    ingest_bytes(EXPORTERS, "exporters_jan-jun26archive.zip", file(("202601", "Corrected"), ("202602", "B")))
    late = ingest_bytes(EXPORTERS, "exporters2601.zip", file(("202601", "First"), ("202512", "Stray")))

    assert select('SELECT month, company_name FROM "hmrc.exporters"."L0" ORDER BY id') == [
        ("202601", "Corrected"),
        ("202602", "B"),
        ("202512", "Stray"),
    ]
    assert (late.rows, late.superseded) == (1, 1)


def test_files_that_an_earlier_release_loaded_are_dated(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(TREES, "trees_2024-05.csv", trees("oak"))
    select("UPDATE operations.datafile_registry SET file_date = NULL RETURNING 1")

    ingest_bytes(TREES, "trees_2024-04.csv", trees("elm"))

    assert select(NAMES) == [("oak",)]


FILINGS = 'SELECT id, company_id, debtors FROM "companies_house.accounts_legacy"."L0" ORDER BY id'


def test_a_filing_is_there_once_in_its_day_in_its_month_and_in_its_day_again(
    ingest_bytes: Ingest, select: Select
) -> None:
    daily = zipped({accounts_member(company): accounts_of(company) for company in ("00000001", "00000002")})
    corrected = accounts_of("00000002", figure("Debtors", "99"))
    pack = zipped(
        {
            accounts_member("00000003"): accounts_of("00000003"),
            accounts_member("00000002"): corrected,
            accounts_member("00000001"): accounts_of("00000001"),
        }
    )
    ingest_bytes(ACCOUNTS, "Accounts_Bulk_Data-2026-10-02.zip", daily)
    assert [row[1] for row in select(FILINGS)] == ["00000001", "00000002"]

    ingest_bytes(ACCOUNTS, "Accounts_Monthly_Data-October2026.zip", pack)

    # What the pack has as the day had it keeps its id.
    assert select(FILINGS) == [(1, "00000001", 1234), (3, "00000003", 1234), (4, "00000002", 99)]
    ingest_bytes(ACCOUNTS, "Accounts_Bulk_Data-2026-10-02.zip", daily)
    assert sorted(row[1:] for row in select(FILINGS)) == [("00000001", 1234), ("00000002", 99), ("00000003", 1234)]
    november = zipped({accounts_member("00000002"): accounts_of("00000002", figure("Debtors", "100"))})
    ingest_bytes(ACCOUNTS, "Accounts_Bulk_Data-2026-11-03.zip", november)
    assert sorted(row[1:] for row in select(FILINGS)) == [("00000001", 1234), ("00000002", 100), ("00000003", 1234)]


def test_a_pack_that_only_repeats_leaves_readers_where_they_are(ingest_bytes: Ingest, select: Select) -> None:
    generation = "SELECT generation FROM operations.table_version"
    content = zipped({accounts_member("00000001"): accounts_of("00000001")})
    ingest_bytes(ACCOUNTS, "Accounts_Bulk_Data-2026-10-02.zip", content)
    before = select(generation)

    ingest_bytes(ACCOUNTS, "Accounts_Monthly_Data-October2026.zip", content)

    assert select(generation) == before
    assert len(select(FILINGS)) == 1

"""Incremental datasets: each file adds its rows, the same file replaces its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest

from dss_assets.dataset import NO_REJECTS
from dss_assets.datasets import EXPORTERS, POSTCODE_DIRECTORY
from dss_assets.errors import InvalidFile
from tests.parts.assets_fixtures import Ingest, Rows
from tests.published import (
    ONS_COLUMNS,
    ONS_FILE,
    csv_text,
    exporter_line,
    exporters_zip,
    ons_row,
    ons_zip,
    zipped,
)

Select = Callable[[str], Rows]
L1 = '"ons.postcode_directory"."L1"'
# Of the columns that other editions have.
LACKED = [None] * 18


def test_l0_has_the_rows_as_published_and_l1_the_cleaned_ones(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, ons_zip(ons_row("AB1 0AA"), ons_row("AB1 0AB", doterm="199606")))

    rest = tuple(f"{name} of AB1 0AB" for name in ONS_COLUMNS[5:])
    assert select('SELECT * FROM "ons.postcode_directory"."L0" ORDER BY id')[1] == (
        2,
        "pcd of AB1 0AB",
        "pcd2 of AB1 0AB",
        "AB1 0AB",
        "198001",
        "199606",
        *rest,
        *LACKED,
        ONS_FILE,
    )
    assert select(f"SELECT * FROM {L1} ORDER BY id")[1] == (
        2,
        2,
        "pcd of AB1 0AB",
        "pcd2 of AB1 0AB",
        "AB1 0AB",
        date(1980, 1, 1),
        date(1996, 6, 1),
        *rest,
        date(2019, 5, 1),
        *LACKED,
    )


def test_an_empty_field_is_null_and_a_doubled_quote_is_one(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, ons_zip(ons_row("AB1 0AA", ced='the ""old"" ward', rgn="")))

    assert select(f"SELECT ced, rgn, doterm FROM {L1}") == [('the "old" ward', None, None)]


def test_the_same_file_again_replaces_its_rows_and_only_those(ingest_bytes: Ingest, select: Select) -> None:
    august = ons_zip(ons_row("CD1 0AA"), member="Data/ONSPD_AUG_2019_UK.csv")
    ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, ons_zip(ons_row("AB1 0AA"), ons_row("AB1 0AB")))
    ingest_bytes(POSTCODE_DIRECTORY, "ONSPD_AUG_2019_UK.zip", august)
    ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, ons_zip(ons_row("AB1 0AC")))

    assert select(f"SELECT id, pcds, publication_date FROM {L1} ORDER BY id") == [
        (3, "CD1 0AA", date(2019, 8, 1)),
        (4, "AB1 0AC", date(2019, 5, 1)),
    ]


def test_the_publication_date_is_that_of_the_member_not_of_the_zip(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(POSTCODE_DIRECTORY, "ONSPD_AUG_2019_UK.zip", ons_zip(ons_row("AB1 0AA")))

    assert select(f"SELECT publication_date FROM {L1}") == [(date(2019, 5, 1),)]


def test_columns_are_taken_by_their_title_also_by_a_declared_renaming(ingest_bytes: Ingest, select: Select) -> None:
    titles = [{"ctry": "ctry25cd", "osgrdind": "GRIDIND"}.get(name, name) for name in reversed(ONS_COLUMNS)]
    content = ons_zip(list(reversed(ons_row("AB1 0AA", ctry="E92", osgrdind="1"))), titles=titles)

    ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, content)

    assert select(f"SELECT pcds, ctry, osgrdind FROM {L1}") == [("AB1 0AA", "E92", "1")]


def test_a_header_that_is_not_as_declared_stops_the_file_with_both_lists(ingest_bytes: Ingest, select: Select) -> None:
    titles = [*ONS_COLUMNS[:-2], "lep1", "surprise"]
    with pytest.raises(InvalidFile) as caught:
        ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, ons_zip(ons_row("AB1 0AA"), titles=titles))

    reason = str(caught.value)
    assert "unknown: surprise; twice: lep1" in reason
    assert f"Found 50 columns: {', '.join(titles)}" in reason
    assert f"Expected 68: {', '.join(ONS_COLUMNS)}" in reason
    assert select('SELECT count(*) FROM "ons.postcode_directory"."L0"') == [(0,)]
    assert select("SELECT state, error_message FROM operations.datafile_registry") == [("failed", reason)]


def test_a_value_that_l1_cannot_convert_stops_the_file_with_line_and_column(ingest_bytes: Ingest) -> None:
    content = ons_zip(ons_row("AB1 0AA"), ons_row("AB1 0AB", doterm="199613"))

    with pytest.raises(InvalidFile, match=r"line 3, column doterm: found '199613', expected a month as YYYYMM"):
        ingest_bytes(replace(POSTCODE_DIRECTORY, reject_limit=NO_REJECTS), ONS_FILE, content)


@pytest.mark.parametrize(
    ("month", "first_day"),
    [
        ("AUG_2024", date(2024, 8, 1)),
        ("February_2025", date(2025, 2, 1)),
        ("JUNE_2025", date(2025, 6, 1)),
        ("SEPT_2025", date(2025, 9, 1)),
        ("NOVEMBER_2024", date(2024, 11, 1)),
    ],
)
def test_the_month_of_an_edition_is_read_as_its_member_writes_it(
    month: str, first_day: date, ingest_bytes: Ingest, select: Select
) -> None:
    ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, ons_zip(ons_row("AB1 0AA"), member=f"Data/ONSPD_{month}_UK.csv"))

    assert select(f"SELECT publication_date FROM {L1}") == [(first_day,)]


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("Data/ONSPD_AUGUR_2024_UK.csv", "found 'AUGUR_2024' in its name, expected an English month and a year"),
        ("Data/ONSPD_AUG_2012_UK_O.csv", "the header is not as declared; unknown: AB1 0AA"),
    ],
    ids=["no month", "an edition without a header"],
)
def test_an_edition_that_cannot_be_read_is_refused_with_the_reason(
    member: str, reason: str, ingest_bytes: Ingest
) -> None:
    titles = ["AB1 0AA", *ONS_COLUMNS[1:]] if member.endswith("_O.csv") else ONS_COLUMNS

    with pytest.raises(InvalidFile, match=reason):
        ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, ons_zip(ons_row("AB1 0AA"), titles=titles, member=member))


def test_an_edition_that_is_no_zip_is_refused_since_nothing_names_its_month(ingest_bytes: Ingest) -> None:
    with pytest.raises(InvalidFile, match="is no zip: publication_date has its value from the name of a zip's member"):
        ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, csv_text(ONS_COLUMNS, [ons_row("AB1 0AA")]).encode())


def test_blanks_in_the_place_of_a_month_are_null(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, ons_zip(ons_row("AB1 0AA", doterm="      ")))

    assert select(f"SELECT dointr, doterm FROM {L1}") == [(date(1980, 1, 1), None)]


def test_what_was_loaded_stays_when_a_later_version_of_the_file_is_bad(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, ons_zip(ons_row("AB1 0AA")))
    with pytest.raises(InvalidFile):
        ingest_bytes(POSTCODE_DIRECTORY, ONS_FILE, ons_zip(ons_row("AB1 0AC", dointr="soon")))

    assert select(f"SELECT pcds FROM {L1}") == [("AB1 0AA",)]


def test_exporters_of_all_months_of_a_zip_of_zips_are_loaded(ingest_bytes: Ingest, select: Select) -> None:
    content = exporters_zip(
        exporters1601=exporter_line("201601", " Ça Va Ltd ", "12345678", "", "23456789")
        + "201601\t1\tTOO FEW FIELDS\r\n"
        + exporter_line("201601", '"QUOTED" plc', "", postcode=""),
        exporters1602=exporter_line("201602", "Back\\slash", "1"),
    )
    loaded = ingest_bytes(EXPORTERS, "exporters1601.zip", content)

    assert dict(loaded.skipped) == {"fewer than 10 fields": 1}
    assert select('SELECT * FROM "hmrc.exporters"."L0" ORDER BY id') == [
        (
            1,
            "201601",
            "1",
            " Ça Va Ltd ",
            "1 Quay",
            "",
            "Hull",
            "",
            "",
            "AB1 2CD",
            "12345678,23456789",
            "exporters1601.zip",
        ),
        (2, "201601", "1", "QUOTED plc", "1 Quay", "", "Hull", "", "", "", "", "exporters1601.zip"),
        (3, "201602", "1", "Back\\slash", "1 Quay", "", "Hull", "", "", "AB1 2CD", "1", "exporters1601.zip"),
    ]
    assert select('SELECT * FROM "hmrc.exporters"."L1" ORDER BY id') == [
        (1, 1, datetime(2016, 1, 1), "ça va ltd", "1 quay  hull", "AB12CD", ["12345678", "23456789"]),
        (2, 2, datetime(2016, 1, 1), "quoted plc", "1 quay  hull", "", []),
        (3, 3, datetime(2016, 2, 1), "back\\slash", "1 quay  hull", "AB12CD", ["1"]),
    ]


def test_exporters_with_every_field_in_quotation_marks_are_those_without(ingest_bytes: Ingest, select: Select) -> None:
    fields = exporter_line("201601", "One", "12345678", "", "23456789").rstrip().split("\t")
    quoted = "\t".join(f'"{field}"' for field in fields)
    ingest_bytes(EXPORTERS, "exporters1601.zip", exporters_zip(exporters1601=quoted))

    assert select('SELECT company_name, export_item_codes FROM "hmrc.exporters"."L1"') == [
        ("one", ["12345678", "23456789"])
    ]


def test_a_month_that_comes_again_in_an_archive_is_there_once(ingest_bytes: Ingest, select: Select) -> None:
    january, february = (exporter_line(month, f"{month} Ltd", "1") for month in ("202601", "202602"))
    ingest_bytes(EXPORTERS, "exporters2601.zip", exporters_zip(a=january))
    ingest_bytes(EXPORTERS, "exporters2602.zip", exporters_zip(a=february))
    corrected = exporter_line("202601", "Corrected Ltd", "1")

    ingest_bytes(EXPORTERS, "exporters_jan-jun26archive.zip", exporters_zip(a=corrected, b=february))

    companies = 'SELECT company_name FROM "hmrc.exporters"."L1" ORDER BY id'
    assert select(companies) == [("202602 ltd",), ("corrected ltd",)]
    ingest_bytes(EXPORTERS, "exporters2602.zip", exporters_zip(a=february))
    assert sorted(select(companies)) == [("202602 ltd",), ("corrected ltd",)]


def test_a_month_that_no_other_file_has_leaves_readers_where_they_are(ingest_bytes: Ingest, select: Select) -> None:
    generation = 'SELECT generation FROM operations.table_version WHERE relation = \'"hmrc.exporters"."L1"\'::regclass'
    ingest_bytes(EXPORTERS, "exporters2601.zip", exporters_zip(a=exporter_line("202601", "One", "1")))
    before = select(generation)

    ingest_bytes(EXPORTERS, "exporters2602.zip", exporters_zip(a=exporter_line("202602", "Two", "1")))

    assert select(generation) == before


@pytest.mark.parametrize("encoding", ["mac-roman", "windows-1252"])
def test_the_bytes_of_a_file_of_exporters_decide_its_encoding(
    encoding: str, ingest_bytes: Ingest, select: Select
) -> None:
    lines = "".join(
        exporter_line("202601", name, "1")
        for name in ("CAFÉ CRÈME", "SÖHNE", "CÔTE D\N{RIGHT SINGLE QUOTATION MARK}OR")
    )

    ingested = ingest_bytes(EXPORTERS, "exporters2601.zip", zipped({"exporters2601.txt": lines.encode(encoding)}))

    assert ingested.remarks == ()
    assert [name for (name,) in select('SELECT company_name FROM "hmrc.exporters"."L1" ORDER BY id')] == [
        "café crème",
        "söhne",
        "côte d\N{RIGHT SINGLE QUOTATION MARK}or",
    ]

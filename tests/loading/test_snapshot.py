"""Snapshot datasets: a row is known by the hash of its values and stored once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import md5

import pytest

from dss_assets.dataset import NO_REJECTS, MissingRows, Snapshot
from dss_assets.datasets import REFERENCE_POSTCODES
from dss_assets.errors import InvalidFile
from tests.parts.assets_fixtures import Ingest, Rows
from tests.published import postcode_row, postcodes_csv, zipped

Select = Callable[[str], Rows]
# Its errors name the row that is at fault.
STRICT = replace(REFERENCE_POSTCODES, reject_limit=NO_REJECTS)
STORED = 'SELECT id, postcode, datafile_created, datafile_updated FROM "dit.reference_postcodes"."L0" ORDER BY id'


def test_l1_has_the_declared_types(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(REFERENCE_POSTCODES, "a.csv", postcodes_csv(postcode_row("AB1 0AA", region_name="")))

    row = select('SELECT * FROM "dit.reference_postcodes"."L1"')[0]
    assert row[:3] == (1, 1, "AB1 0AA")
    assert row[-5:] == (
        None,
        "national_grid_ref_easting of AB1 0AA",
        "national_grid_ref_northing of AB1 0AA",
        date(1980, 1, 1),
        None,
    )


def test_rows_are_stored_once_and_know_their_first_and_last_file(ingest_bytes: Ingest, select: Select) -> None:
    first, second, third = postcode_row("AB1 0AA"), postcode_row("AB1 0AB"), postcode_row("AB1 0AC")
    ingest_bytes(REFERENCE_POSTCODES, "may.csv", postcodes_csv(second, first, second))
    ingest_bytes(REFERENCE_POSTCODES, "june.csv", postcodes_csv(first, third))

    assert [row[1:] for row in select(STORED)] == [
        ("AB1 0AB", "may.csv", "may.csv"),
        ("AB1 0AA", "may.csv", "june.csv"),
        ("AB1 0AC", "june.csv", "june.csv"),
    ]


def test_the_hash_is_the_md5_of_the_row_as_text(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(REFERENCE_POSTCODES, "a.csv", postcodes_csv([*"abcdefghijk", "2011-09-01", ""]))

    text = "(a,b,c,d,e,f,g,h,i,j,k,2011-09-01,)"
    assert select('SELECT data_hash FROM "dit.reference_postcodes"."L0"') == [
        (md5(text.encode(), usedforsecurity=False).hexdigest(),)
    ]


def test_a_changed_file_under_the_same_name_takes_back_what_only_it_had(ingest_bytes: Ingest, select: Select) -> None:
    kept, wrong, right = postcode_row("AB1 0AA"), postcode_row("WR1 0NG"), postcode_row("RI1 0HT")
    ingest_bytes(REFERENCE_POSTCODES, "may.csv", postcodes_csv(kept))
    ingest_bytes(REFERENCE_POSTCODES, "june.csv", postcodes_csv(kept, wrong))
    ingest_bytes(REFERENCE_POSTCODES, "june.csv", postcodes_csv(kept, right))

    assert [row[1] for row in select(STORED)] == ["AB1 0AA", "RI1 0HT"]


@pytest.mark.parametrize(
    ("missing_rows", "stay"), [(MissingRows.KEEP, ["AB1 0AA", "AB1 0AB"]), (MissingRows.DELETE, ["AB1 0AB"])]
)
def test_vanished_rows_stay_or_go_as_declared(
    missing_rows: MissingRows, stay: list[str], ingest_bytes: Ingest, select: Select
) -> None:
    dataset = replace(REFERENCE_POSTCODES, loading=Snapshot(missing_rows))
    ingest_bytes(dataset, "may.csv", postcodes_csv(postcode_row("AB1 0AA"), postcode_row("AB1 0AB")))
    ingest_bytes(dataset, "june.csv", postcodes_csv(postcode_row("AB1 0AB")))

    assert [row[1] for row in select(STORED)] == stay


def test_the_one_member_of_a_zip_is_read(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(
        REFERENCE_POSTCODES, "a.zip", zipped({"__MACOSX/a.csv": "x", "a.csv": postcodes_csv(postcode_row("AB1 0AA"))})
    )

    assert [row[1] for row in select(STORED)] == ["AB1 0AA"]


def test_a_value_that_is_no_date_stops_the_file_with_line_column_and_value(ingest_bytes: Ingest) -> None:
    content = postcodes_csv(postcode_row("AB1 0AA"), postcode_row("AB1 0AB", date_of_termination="soon"))

    with pytest.raises(InvalidFile, match=r"a\.csv, line 3, column date_of_termination: found 'soon', expected a date"):
        ingest_bytes(STRICT, "a.csv", content)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('"AB1 0AA","only two"', "missing data for column"),
        (",".join(["x"] * 14), "extra data after last expected column"),
    ],
)
def test_a_ragged_line_stops_the_file_with_its_number(line: str, reason: str, ingest_bytes: Ingest) -> None:
    content = postcodes_csv(postcode_row("AB1 0AA")) + line.encode() + b"\n"

    with pytest.raises(InvalidFile, match=rf"a\.csv, line 3.*{reason}.*Expected 13 fields: postcode, local"):
        ingest_bytes(STRICT, "a.csv", content)


def test_bytes_in_another_encoding_stop_the_file_with_the_line(ingest_bytes: Ingest) -> None:
    content = postcodes_csv(postcode_row("AB1 0AA"), postcode_row("Café"))

    with pytest.raises(InvalidFile, match=r"a\.csv, line 3: found the byte 0xE9, expected text in utf-8"):
        ingest_bytes(REFERENCE_POSTCODES, "a.csv", content.decode().encode("latin-1"))


@pytest.mark.parametrize("content", [b"", postcodes_csv()])
def test_a_file_without_rows_changes_nothing(content: bytes, ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(REFERENCE_POSTCODES, "may.csv", postcodes_csv(postcode_row("AB1 0AA")))
    with pytest.raises(InvalidFile, match=r"no rows"):
        ingest_bytes(REFERENCE_POSTCODES, "june.csv", content)

    assert [row[1] for row in select(STORED)] == ["AB1 0AA"]


def test_line_ends_of_any_one_kind_are_read(ingest_bytes: Ingest, select: Select) -> None:
    content = postcodes_csv(postcode_row("AB1 0AA"), postcode_row("AB1 0AB")).replace(b"\n", b"\r")
    ingest_bytes(REFERENCE_POSTCODES, "a.csv", b"\xef\xbb\xbf" + content)

    assert [row[1] for row in select(STORED)] == ["AB1 0AA", "AB1 0AB"]

"""Values from the names of files and members, and columns that nobody declared."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dss_assets.dataset import (
    NO_REJECTS,
    OTHER_COLUMNS,
    Column,
    Dataset,
    Delimited,
    FileValue,
    Incremental,
    Member,
    Members,
    Others,
    Rowwise,
    StorageFolder,
)
from dss_assets.dataset.conversions import MONTH
from dss_assets.errors import InvalidFile
from tests.parts.assets_fixtures import Ingest, Select
from tests.published import zipped

COLUMNS = (Column("force", from_name="force"), Column("crime"), Column("month", from_name="month"))
CRIMES = Dataset(
    "org",
    "crimes",
    source=StorageFolder(r"crimes-(?P<month>\d{6})\.(csv|zip)", every=timedelta(days=1)),
    format=Delimited(members=(Members(r"(.*/)?(?P<force>\w+)\.csv"),)),
    loading=Incremental(),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS, then=(FileValue("published", group="month", conversion=MONTH),)),
    reject_limit=NO_REJECTS,
)
MEMBERS = {"a/kent.csv": "crime\ntheft\n", "a/essex.csv": 'crime\n"fraud, big"\narson\n'}
STORED = 'SELECT force, crime, month, published FROM "org.crimes"."L1" ORDER BY id'


def test_columns_hold_parts_of_the_names_of_file_and_member(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(CRIMES, "crimes-202601.zip", zipped(MEMBERS))
    day = date(2026, 1, 1)
    assert select(STORED) == [
        ("kent", "theft", "202601", day),
        ("essex", "fraud, big", "202601", day),
        ("essex", "arson", "202601", day),
    ]


def test_an_error_in_a_row_beside_such_values_has_its_line(ingest_bytes: Ingest) -> None:
    with pytest.raises(InvalidFile, match=r"crimes-202601.zip, member a/essex.csv, line 4: found 2 fields, expected 1"):
        ingest_bytes(CRIMES, "crimes-202601.zip", zipped(MEMBERS | {"a/essex.csv": 'crime\n"a\nb"\nx,y\n'}))


def test_the_value_of_a_file_need_not_be_in_a_zip(ingest_bytes: Ingest, select: Select) -> None:
    columns = (Column("crime"),)
    l1 = Rowwise.of(columns, then=(FileValue("published", group="month", conversion=MONTH),))
    dataset = replace(CRIMES, format=Delimited(), columns=columns, l1=l1)
    ingest_bytes(dataset, "Crimes-202601.CSV", b"crime\ntheft\n")
    assert select('SELECT crime, published FROM "org.crimes"."L1"') == [("theft", date(2026, 1, 1))]


def test_a_name_that_does_not_match_is_refused(ingest_bytes: Ingest) -> None:
    with pytest.raises(InvalidFile, match=r"crimes.zip: the name does not match 'crimes-\(\?P<month>"):
        ingest_bytes(CRIMES, "crimes.zip", zipped(MEMBERS))


def test_a_pattern_for_the_name_may_be_given_beside_the_source(ingest_bytes: Ingest, select: Select) -> None:
    dataset = replace(CRIMES, source=None, file_name=r".*(?P<month>\d{6}).*")
    ingest_bytes(dataset, "new 202601 (1).zip", zipped(MEMBERS))
    assert {month for _, _, month, _ in select(STORED)} == {"202601"}


def test_values_of_the_whole_file_must_be_the_same_in_all_members(ingest_bytes: Ingest) -> None:
    form = Delimited(members=(Members(r"(?P<month>\d{6})/(?P<force>\w+)\.csv"),))
    dataset = replace(CRIMES, format=form, columns=COLUMNS[:2], l1=None)
    with pytest.raises(InvalidFile, match=r"crimes-202601.zip: the names of its members disagree: 202601/k.*202602/e"):
        ingest_bytes(
            dataset, "crimes-202601.zip", zipped({"202601/kent.csv": "crime\nx\n", "202602/essex.csv": "crime\nx\n"})
        )


def test_columns_that_nobody_declared_are_kept_as_json(ingest_bytes: Ingest, select: Select) -> None:
    columns = (*COLUMNS[:2], OTHER_COLUMNS)
    form = Delimited(others=Others.KEPT, members=(Members(r"(?P<force>\w+)\.csv"),))
    dataset = replace(CRIMES, format=form, columns=columns, l1=None)
    members = {"kent.csv": 'Place,crime,,Place\n"A ""b""",theft,1,2\n,arson,,\n'}
    ingest_bytes(dataset, "crimes-202601.zip", zipped(members))
    assert select('SELECT force, crime, other_columns::jsonb FROM "org.crimes"."L0" ORDER BY id') == [
        ("kent", "theft", {"Place": 'A "b"', "column 3": "1", "Place (column 4)": "2"}),
        ("kent", "arson", None),
    ]


def test_where_every_column_is_declared_the_bytes_are_copied_and_none_are_other(
    ingest_bytes: Ingest, select: Select
) -> None:
    form = Delimited(others=Others.KEPT, members=(Member(),))
    dataset = replace(CRIMES, format=form, columns=(Column("crime"), OTHER_COLUMNS), l1=None)
    ingest_bytes(dataset, "crimes-202601.csv", b"crime\ntheft\n")
    assert select('SELECT crime, other_columns FROM "org.crimes"."L0"') == [("theft", None)]

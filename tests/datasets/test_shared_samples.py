"""The publishers' own small files, row by row, where the folder with them is at hand."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from dss_assets.datasets import EXPORTERS, POSTCODE_DIRECTORY, REFERENCE_POSTCODES
from tests.parts.assets_fixtures import Ingest, Rows

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="only beside the publishers' own samples, which are not in the repository"
)

Select = Callable[[str], Rows]


def test_exporters(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(EXPORTERS, "exporters_2016_mock.zip", (DATA / "hmrc/exporters_2016_mock.zip").read_bytes())

    assert select('SELECT * FROM "hmrc.exporters"."L1" ORDER BY id') == [
        (
            1,
            1,
            datetime(2016, 1, 1),
            "abc company ltd",
            "1 - 3  street avenue house name city name",
            "AA11AA",
            ["12345678", "23456789"],
        ),
        (2, 2, datetime(2016, 1, 1), "aaa limited", "01 street name street line london", "BB11BB", ["12345670"]),
        (
            3,
            3,
            datetime(2016, 2, 1),
            "bbb limited",
            "aaa house 2 street name city county",
            "AA111AA",
            ["98765432", "12345678"],
        ),
    ]


def test_postcode_directory(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(POSTCODE_DIRECTORY, "ONSPD_MAY_2019_UK.zip", (DATA / "ons/ONSPD_MAY_2019_UK.zip").read_bytes())

    assert select(
        "SELECT id, data_source_row_id, pcd2, dointr, doterm, lat, long, imd, stp, publication_date"
        ' FROM "ons.postcode_directory"."L1" ORDER BY id'
    ) == [
        (1, 1, "AB1  0AA", date(1980, 1, 1), None, "57.101474", "-2.242851", "6808", "S99999999", date(2019, 5, 1)),
        (
            2,
            2,
            "AB1  0AB",
            date(1980, 1, 1),
            date(1996, 6, 1),
            "57.102554",
            "-2.246308",
            "6808",
            "S99999999",
            date(2019, 5, 1),
        ),
    ]


def test_reference_postcodes(ingest_bytes: Ingest, select: Select) -> None:
    ingest_bytes(REFERENCE_POSTCODES, "reference_postcodes.csv", (DATA / "dit/reference_postcodes.csv").read_bytes())

    assert select('SELECT * FROM "dit.reference_postcodes"."L1" ORDER BY id') == [
        (
            1,
            1,
            "AB10 1AA",
            "S12000033",
            "Aberdeen City",
            "S99999999",
            None,
            "S99999999",
            None,
            "S99999999",
            "Scotland",
            "394251",
            "0806376",
            date(2011, 9, 1),
            date(2016, 10, 1),
        ),
        (
            2,
            2,
            "HU4 7SW",
            "E06000011",
            "East Riding of Yorkshire",
            "E37000018",
            "Humber",
            "E37000039",
            "York, North Yorkshire and East Riding",
            "E12000003",
            "Yorkshire and The Humber",
            "504860",
            "0429160",
            date(1980, 1, 1),
            None,
        ),
    ]


EDITIONS = sorted((DATA / "publishers/ons/postcode_directory").glob("*.zip"))


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.stem)
def test_every_edition_of_the_postcode_directory_is_loaded(edition: Path, ingest_bytes: Ingest, select: Select) -> None:
    ingested = ingest_bytes(POSTCODE_DIRECTORY, edition.name, edition.read_bytes())

    assert ingested.rows > 100
    names = [column.name for column in POSTCODE_DIRECTORY.columns]
    ((first, last, rows),) = select(
        "SELECT min(publication_date), max(publication_date), count(DISTINCT pcds)"
        ' FROM "ons.postcode_directory"."L1" WHERE oslaua IS NOT NULL'
    )
    month = datetime.strptime(edition.stem.removesuffix("_UK"), "ONSPD_%b_%Y").date()
    assert (first, last, rows) == (month, month, ingested.rows)
    empty = [name for name in names if select(f'SELECT count({name}) FROM "ons.postcode_directory"."L0"') == [(0,)]]
    assert len(names) - len(empty) >= 44, empty


def test_months_of_exporters_that_come_again_in_their_archive_are_there_once(
    ingest_bytes: Ingest, select: Select
) -> None:
    folder = DATA / "publishers/hmrc/exporters"
    lines = {}
    for name in ("exporters2605.zip", "exporters2607.zip", "exporters_jan-jun26archive.zip", "exporters2605.zip"):
        lines[name] = ingest_bytes(EXPORTERS, name, (folder / name).read_bytes()).rows

    months = select('SELECT datetime, count(*) FROM "hmrc.exporters"."L1" GROUP BY 1 ORDER BY 1')
    assert [month.month for month, _ in months] == [1, 2, 3, 4, 5, 6, 7]
    assert sum(rows for _, rows in months) == lines["exporters2607.zip"] + lines["exporters_jan-jun26archive.zip"]

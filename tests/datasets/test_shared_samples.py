"""The publishers' own small files, row by row, where the folder with them is at hand."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from psycopg.rows import dict_row

from dss_assets.database import Connection
from dss_assets.datasets import ACCOUNTS, EXPORTERS, POSTCODE_DIRECTORY, REFERENCE_POSTCODES
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


def accounts(**values: object) -> dict[str, object]:
    """A row of accounts without its id and file; what is not told is NULL."""
    return dict.fromkeys(column.name for column in ACCOUNTS.columns) | {"taxonomy": ""} | values


def rows_of_accounts(connection: Connection) -> list[dict[str, object]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute('SELECT * FROM "companies_house.accounts_legacy"."L0" ORDER BY id').fetchall()
    return [{name: value for name, value in row.items() if name not in {"id", "datafile_created"}} for row in found]


def test_accounts(ingest_bytes: Ingest, connection: Connection) -> None:
    content = (DATA / "companies_house/Accounts_Bulk_Data-sample.zip").read_bytes()

    loaded = ingest_bytes(ACCOUNTS, "Accounts_Bulk_Data-2020-12-04.zip", content)

    inline = {
        "run_code": "Prod223_2798",
        "company_id": "12345",
        "date": date(2020, 3, 31),
        "file_type": "html",
        "balance_sheet_date": date(2020, 3, 31),
        "companies_house_registered_number": "12345",
        "entity_current_legal_name": "BadCorp2 Limited",
        "company_dormant": False,
        "average_number_employees_during_period": 1,
        "current_assets": 96264,
        "net_current_assets_liabilities": 96264,
        "total_assets_less_current_liabilities": 96264,
        "shareholder_funds": 96264,
    }
    plain = {
        "run_code": "Prod223_1859",
        "company_id": "1234",
        "date": date(2017, 2, 27),
        "file_type": "xml",
        "taxonomy": "http://www.xbrl.org/uk/fr/gaap/pt/2004-12-01",
        "balance_sheet_date": date(2016, 7, 31),
        "companies_house_registered_number": "1234",
        "entity_current_legal_name": "BadCorp Limited",
        "company_dormant": False,
        "called_up_share_capital": 5700,
    }
    now = {
        "tangible_fixed_assets": 251044,
        "debtors": 1840,
        "cash_bank_in_hand": 29277,
        "current_assets": 31117,
        "net_current_assets_liabilities": 16747,
        "total_assets_less_current_liabilities": 267791,
        "net_assets_liabilities_including_pension_asset_liability": 267734,
        "profit_loss_account_reserve": 18511,
        "shareholder_funds": 267734,
    }
    before = {
        "tangible_fixed_assets": 251160,
        "debtors": 2162,
        "cash_bank_in_hand": 32909,
        "current_assets": 35071,
        "net_current_assets_liabilities": 18604,
        "total_assets_less_current_liabilities": 269764,
        "net_assets_liabilities_including_pension_asset_liability": 269707,
        "profit_loss_account_reserve": 20484,
        "shareholder_funds": 269707,
    }
    assert rows_of_accounts(connection) == [
        accounts(period_start=date(2020, 3, 31), period_end=date(2020, 3, 31), **inline),
        accounts(period_start=date(2019, 3, 31), period_end=date(2019, 3, 31), **inline),
        accounts(period_start=date(2016, 7, 31), period_end=date(2016, 7, 31), **plain, **now),
        accounts(period_start=date(2015, 7, 31), period_end=date(2015, 7, 31), **plain, **before),
    ]
    assert loaded.skipped == {"a name that macOS, Windows or Office leaves in archives": 2}


def test_accounts_among_strays(ingest_bytes: Ingest, connection: Connection) -> None:
    file = "Accounts_Bulk_Data-2026-10-02.zip"

    loaded = ingest_bytes(ACCOUNTS, file, (DATA / "publishers/companies_house/accounts_legacy" / file).read_bytes())

    expected = []
    for number in ("00000001", "SC000002", "00000003", "00000004", "00000008", "00000009", "00000010", "00000011"):
        filing = {
            "run_code": "Prod223_4320",
            "company_id": number,
            "date": date(2026, 3, 31),
            "file_type": "xml" if number in {"SC000002", "00000011"} else "html",
            "companies_house_registered_number": number,
            "entity_current_legal_name": f"INVENTED {number} LTD",
            "period_end": date(2026, 3, 31),
        }
        if number != "00000010":  # whose debtors are of a context that is not there
            debtors = 1234 if number != "00000009" else None  # where it says n/a
            expected.append(accounts(period_start=date(2026, 3, 31), debtors=debtors, **filing))
        expected.append(accounts(period_start=date(2025, 4, 1), profit_loss_for_period=-12000, **filing))
    assert rows_of_accounts(connection) == expected
    assert sum(loaded.skipped.values()) == len(loaded.rejects) == 11

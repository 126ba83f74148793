"""Ten of 55 columns, from a member of a zip."""

from datetime import date

from tests.declarations.companies_house_basic_list import COMPANIES
from tests.declarations.conftest import Journey
from tests.published import csv_text, zipped

TITLES = [
    *("CompanyName", " CompanyNumber", "RegAddress.CareOf", "RegAddress.POBox", "RegAddress.AddressLine1"),
    *(" RegAddress.AddressLine2", "RegAddress.PostTown", "RegAddress.County", "RegAddress.Country"),
    *("RegAddress.PostCode", "CompanyCategory", "CompanyStatus", "CountryOfOrigin", "DissolutionDate"),
    *("IncorporationDate", "Accounts.AccountRefDay", "Accounts.AccountRefMonth", "Accounts.NextDueDate"),
    *("Accounts.LastMadeUpDate", "Accounts.AccountCategory", "Returns.NextDueDate", "Returns.LastMadeUpDate"),
    *("Mortgages.NumMortCharges", "Mortgages.NumMortOutstanding", "Mortgages.NumMortPartSatisfied"),
    *("Mortgages.NumMortSatisfied", "SICCode.SicText_1", "SICCode.SicText_2", "SICCode.SicText_3"),
    *("SICCode.SicText_4", "LimitedPartnerships.NumGenPartners", "LimitedPartnerships.NumLimPartners", "URI"),
    *(f"PreviousName_{n}.{part}" for n in range(1, 11) for part in (" CONDATE", " CompanyName")),
    *("ConfStmtNextDueDate", " ConfStmtLastMadeUpDate"),
]


def row(**values: str) -> list[str]:
    return [values.get(title.strip().rpartition(".")[2], "") for title in TITLES]


def test_ten_of_55_columns(journey: Journey) -> None:
    assert len(TITLES) == 55
    content = csv_text(
        TITLES,
        [
            row(
                **{"CompanyNumber": "00000001", "PostTown": "HULL", "PostCode": "HU1 1AA"},
                **{"CompanyCategory": "Private Limited Company", "CompanyStatus": "Active"},
                **{"IncorporationDate": "02/01/1999", "NumMortCharges": "3", "SicText_1": "01110 - Growing of cereals"},
            ),
            row(CompanyNumber="SC000002", DissolutionDate="31/12/2025", NumMortCharges="0"),
        ],
    )
    file = "BasicCompanyDataAsOneFile-2026-01-01"
    journey.put(COMPANIES, f"{file}.zip", zipped({f"{file}.csv": content, "readme.txt": ""}))

    journey.ingest(COMPANIES)

    first = {
        "id": 1,
        "company_number": "00000001",
        "company_name": None,
        "post_town": "HULL",
        "postcode": "HU1 1AA",
        "category": "Private Limited Company",
        "status": "Active",
        "incorporated": date(1999, 1, 2),
        "dissolved": None,
        "charges": 3,
        "sic_code": "01110 - Growing of cereals",
    }
    second = dict.fromkeys(first) | {
        "id": 2,
        "company_number": "SC000002",
        "dissolved": date(2025, 12, 31),
        "charges": 0,
    }
    assert journey.rows(COMPANIES, "L0") == [first, second]
    assert journey.rows(COMPANIES, "L1") == [{**row, "data_source_row_id": row["id"]} for row in (first, second)]

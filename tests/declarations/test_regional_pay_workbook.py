"""A sheet of a workbook with three title rows and notes below."""

from datetime import date
from decimal import Decimal

from tests.declarations.conftest import Journey
from tests.declarations.regional_pay_workbook import REGIONAL_PAY
from tests.workbooks import Rows, xlsx

SHEETS: dict[str, Rows] = {
    "Cover": [["Regional pay"]],
    "Table 2 Regions": [
        ["Table 2: Median pay by region"],
        ["This worksheet contains one table. Some cells are suppressed and say [x]."],
        [],
        ["Month", "Area code", "Area name", "Median pay (£)", "Employees"],
        [date(2026, 1, 1), "E12000003", "Yorkshire and The Humber", 2301.5, 2400000],
        [date(2026, 1, 1), "S92000003", "Scotland", "[x]", 2500000],
        [],
        ["Source: made up"],
        [None, None, "not a region"],
    ],
}


def test_a_sheet_with_three_title_rows(journey: Journey) -> None:
    journey.put(REGIONAL_PAY, "regional-pay-2026.xlsx", xlsx(SHEETS))

    journey.ingest(REGIONAL_PAY)

    yorkshire = {
        "id": 1,
        "month": date(2026, 1, 1),
        "area_code": "E12000003",
        "area_name": "Yorkshire and The Humber",
        "median_pay": Decimal("2301.5"),
        "employees": 2400000,
    }
    scotland = {
        **yorkshire,
        "id": 2,
        "area_code": "S92000003",
        "area_name": "Scotland",
        "median_pay": None,
        "employees": 2500000,
    }
    assert journey.rows(REGIONAL_PAY, "L0") == [yorkshire, scotland]
    assert journey.rows(REGIONAL_PAY, "L1") == [
        {"area" if name == "area_name" else name: value for name, value in row.items()}
        | {"data_source_row_id": row["id"]}
        for row in (yorkshire, scotland)
    ]

"""Lines of fixed width in members of a zip."""

from decimal import Decimal

from tests.declarations.conftest import Journey
from tests.declarations.fixed_width_trade import IMPORTS
from tests.published import zipped

HULL = (
    "* commodity, country, district, year, month, quantity, value\r\n"
    "01012100005700HU202601000000000012     1234.50A   \r\n"
    "8703231940    HU202601            -0000000.75     \r\n"
    "2 records\r\n"
)
DOVER = "01012100005700DO20260199999999999             B   \r\n1 records\r\n"


def test_lines_of_fixed_width(journey: Journey) -> None:
    journey.put(IMPORTS, "imports2601.zip", zipped({"imp_hull.txt": HULL, "imp_dover.txt": DOVER}))

    journey.ingest(IMPORTS)

    names = ("id", "commodity", "country", "year", "month", "quantity", "value", "port")
    expected = [
        dict(zip(names, row, strict=True))
        for row in (
            (1, "0101210000", "5700", 2026, 1, 12, Decimal("1234.50"), "hull"),
            (2, "8703231940", None, 2026, 1, None, Decimal("-0.75"), "hull"),
            (3, "0101210000", "5700", 2026, 1, 99999999999, None, "dover"),
        )
    ]
    assert journey.rows(IMPORTS, "L0") == expected
    assert journey.rows(IMPORTS, "L1") == [{**row, "data_source_row_id": row["id"]} for row in expected]

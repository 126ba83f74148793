"""CSV without a header, and the year of the file's name."""

from datetime import datetime

from tests.declarations.conftest import Journey
from tests.declarations.land_registry_price_paid import PRICE_PAID

CONTENT = (
    '"{0A1B}","250000","2025-03-31 00:00","HU1 1AA","T","N","F","12","","HIGH STREET","","HULL","KINGSTON UPON HULL",'
    '"HUMBERSIDE","A","A"\n'
    '"{0A1C}","1000000","2025-04-01 00:00","","F","Y","L","THE ""OLD"" MILL","FLAT 1","MILL LANE","","YORK","YORK",'
    '"NORTH YORKSHIRE","B","A"\n'
)


def test_prices_without_a_header(journey: Journey) -> None:
    journey.put(PRICE_PAID, "pp-2025.csv", CONTENT.encode())

    journey.ingest(PRICE_PAID)

    first = {
        "id": 1,
        "transaction": "{0A1B}",
        "price": 250000,
        "transferred": datetime(2025, 3, 31),
        "postcode": "HU1 1AA",
        "property_type": "T",
        "is_new": "N",
        "duration": "F",
        "paon": "12",
        "saon": None,
        "street": "HIGH STREET",
        "locality": None,
        "town": "HULL",
        "district": "KINGSTON UPON HULL",
        "county": "HUMBERSIDE",
        "category": "A",
        "record_status": "A",
    }
    second = {
        **first,
        "id": 2,
        "transaction": "{0A1C}",
        "price": 1000000,
        "transferred": datetime(2025, 4, 1),
        "postcode": None,
        "property_type": "F",
        "is_new": "Y",
        "duration": "L",
        "paon": 'THE "OLD" MILL',
        "saon": "FLAT 1",
        "street": "MILL LANE",
        "town": "YORK",
        "district": "YORK",
        "county": "NORTH YORKSHIRE",
        "category": "B",
    }
    assert journey.rows(PRICE_PAID, "L0") == [first, second]
    assert journey.rows(PRICE_PAID, "L1") == [
        {**row, "data_source_row_id": row["id"], "is_new": row["is_new"] == "Y", "file_year": 2025}
        for row in (first, second)
    ]

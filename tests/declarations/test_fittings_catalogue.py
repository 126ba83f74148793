"""A gzip of tab separated text without quoting."""

import gzip
from decimal import Decimal

from tests.declarations.conftest import Journey
from tests.declarations.fittings_catalogue import FITTINGS

CONTENT = 'partNumber\tdescription\tprice\nP1\t5" pipe\t1,250.00\nP2\t"6" pipe"\t\\N\nP3\t\\N\t.5\n'


def test_inches_do_not_merge_rows(journey: Journey) -> None:
    journey.put(FITTINGS, "fittings.tsv.gz", gzip.compress(CONTENT.encode()))

    journey.ingest(FITTINGS)

    expected = [
        {"id": 1, "part_number": "P1", "description": '5" pipe', "price": Decimal("1250.00")},
        {"id": 2, "part_number": "P2", "description": '"6" pipe"', "price": None},
        {"id": 3, "part_number": "P3", "description": None, "price": Decimal("0.5")},
    ]
    assert journey.rows(FITTINGS, "L0") == expected
    assert journey.rows(FITTINGS, "L1") == [{**row, "data_source_row_id": row["id"]} for row in expected]

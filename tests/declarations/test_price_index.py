"""A file a month at a dated URL, of which the newest is not out yet."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.declarations.conftest import Journey
from tests.declarations.price_index import PRICE_INDEX
from tests.parts.unruly import Answer, UnrulyPublisher


def test_each_month_that_is_out_is_loaded(journey: Journey, unruly: UnrulyPublisher) -> None:
    this_month = datetime.now(UTC).date().replace(day=1)
    before = (this_month - timedelta(days=1)).replace(day=1)
    earlier = (before - timedelta(days=1)).replace(day=1)
    for month in (before, earlier):
        content = f"Month,Region_Name,Index\n{month},Leeds,101.5\n{month},Hull,\n"
        path = f"/market-trend-data/downloads/Indices-{month:%Y-%m}.csv"
        unruly.answers[path] = Answer(content.encode(), headers={"ETag": f'"{month}"'})

    ingested = journey.ingest(PRICE_INDEX, {"https://publicdata.example.gov.uk": unruly.url})

    assert [one.version for one in ingested] == [
        f'"{month}"  {one.stored.size}' for month, one in zip((earlier, before), ingested, strict=True)
    ]
    expected = [
        {"id": 1, "month": earlier, "region": "Leeds", "index": Decimal("101.5")},
        {"id": 2, "month": earlier, "region": "Hull", "index": None},
        {"id": 3, "month": before, "region": "Leeds", "index": Decimal("101.5")},
        {"id": 4, "month": before, "region": "Hull", "index": None},
    ]
    assert journey.rows(PRICE_INDEX, "L1") == [{**row, "data_source_row_id": row["id"]} for row in expected]

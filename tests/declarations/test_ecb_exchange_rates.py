"""An API of CSV with dates in its URL: a file a year, of which the current one grows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from dss_assets import registry
from dss_assets.sources import PublisherClient, read_listing
from tests.declarations.conftest import Journey
from tests.declarations.ecb_exchange_rates import EXCHANGE_RATES
from tests.parts.unruly import Answer, UnrulyPublisher

HEADER = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,TITLE\r\n"
PATH = "/service/data/EXR/D.GBP+USD.EUR.SP00.A?format=csvdata&startPeriod={0}-01-01&endPeriod={0}-12-31"


def line(currency: str, day: str, rate: str) -> str:
    return f'EXR.D.{currency}.EUR.SP00.A,D,{currency},EUR,SP00,A,{day},{rate},A,"{currency}/Euro, ECB"\r\n'


def row(number: int, currency: str, day: str, rate: str) -> dict[str, object]:
    values = {"currency": currency, "day": date.fromisoformat(day), "rate": Decimal(rate), "status": "A"}
    return {"id": number, "data_source_row_id": number, **values}


def test_each_year_is_a_file_and_the_current_one_replaces_itself(journey: Journey, unruly: UnrulyPublisher) -> None:
    year = datetime.now(UTC).year
    hosts = {"https://data-api.ecb.europa.eu": unruly.url}
    last = line("GBP", f"{year - 1}-12-31", "0.8292")
    unruly.answers[PATH.format(year - 1)] = Answer((HEADER + last).encode())
    unruly.answers[PATH.format(year)] = Answer((HEADER + line("USD", f"{year}-01-02", "1.0321")).encode())
    journey.ingest(EXCHANGE_RATES, hosts)
    grown = HEADER + line("USD", f"{year}-01-02", "1.0321") + line("GBP", f"{year}-01-02", "0.83118")
    unruly.answers[PATH.format(year)] = Answer(grown.encode())

    # What a sensor does, by which the change is noticed.
    listing = read_listing(EXCHANGE_RATES, PublisherClient(hosts), journey.storage)
    registry.record_listing(journey.connection, EXCHANGE_RATES.key, listing, timedelta(hours=1))

    journey.ingest(EXCHANGE_RATES, hosts)

    rows = journey.rows(EXCHANGE_RATES, "L1")
    first = rows[0]["id"]
    assert rows[0] == row(first, "GBP", f"{year - 1}-12-31", "0.8292")
    assert rows[1:] == [
        row(rows[1]["id"], "USD", f"{year}-01-02", "1.0321"),
        row(rows[1]["id"] + 1, "GBP", f"{year}-01-02", "0.83118"),
    ]

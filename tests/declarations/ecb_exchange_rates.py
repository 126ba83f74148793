"""Euro reference rates of the European Central Bank: a CSV API that is asked for one year after the other.

Source: https://data.ecb.europa.eu/help/api/data (format=csvdata, seen 2026-11).
"""

from datetime import date, timedelta

from dss_assets.dataset import Column, Dataset, DatedUrl, Delimited, Incremental, Others, Period, Rowwise
from dss_web.shared.contract import ColumnType

COLUMNS = (
    Column("currency"),
    Column("day", ColumnType.DATE, titles=("TIME_PERIOD",)),
    Column("rate", ColumnType.NUMERIC, titles=("OBS_VALUE",)),
    Column("status", titles=("OBS_STATUS",)),
)

EXCHANGE_RATES = Dataset(
    organisation="ecb",
    name="exchange_rates",
    description="The reference rates of currencies against the euro, day by day.",
    source=DatedUrl(
        url="https://data-api.ecb.europa.eu/service/data/EXR/D.GBP+USD.EUR.SP00.A"
        "?format=csvdata&startPeriod={start:%Y-%m-%d}&endPeriod={end:%Y-%m-%d}",
        stored_as="rates_{year}.csv",
        period=Period.YEAR,
        first=date(2024, 1, 1),
        look_back=1,
        every=timedelta(hours=12),
    ),
    format=Delimited(others=Others.SKIPPED),
    loading=Incremental(),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS, indexes=("day",)),
    dataflow_table="L1",
)

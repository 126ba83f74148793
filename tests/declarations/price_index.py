"""A price index that comes as a file a month, at a URL with its month."""

from datetime import date, timedelta

from dss_assets.dataset import Column, Dataset, DatedUrl, Delimited, Incremental, Period, Rowwise
from dss_web.shared.contract import ColumnType

COLUMNS = (
    Column("month", ColumnType.DATE),
    Column("region", titles=("Region_Name",)),
    Column("index", ColumnType.NUMERIC, titles=("Index",)),
)

PRICE_INDEX = Dataset(
    organisation="registry",
    name="price_index",
    description="The price index of each region, month by month.",
    source=DatedUrl(
        url="https://publicdata.example.gov.uk/market-trend-data/downloads/Indices-{start:%Y-%m}.csv",
        stored_as="indices_{year}_{month}.csv",
        period=Period.MONTH,
        first=date(2025, 1, 1),
        every=timedelta(days=1),
    ),
    format=Delimited(),
    loading=Incremental(unit="month"),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS, indexes=("region",)),
    dataflow_table="L1",
)

"""An indicator of the World Bank: records of an API with pages, kept as one file of JSON lines.

Source: https://datahelpdesk.worldbank.org/knowledgebase/articles/898581 (seen 2026-11).
"""

from datetime import timedelta

from dss_assets.dataset import Column, Dataset, JsonRecords, Others, PagedRecords, PageNumber, Replace
from dss_web.shared.contract import ColumnType

GDP = Dataset(
    organisation="world_bank",
    name="gdp",
    description="The gross domestic product of each country and year, in current US dollars.",
    source=PagedRecords(
        url="https://api.worldbank.org/v2/country/all/indicator/NY.GDP.MKTP.CD?format=json&per_page=1000",
        records="[1]",
        paging=PageNumber("page", pages="[0].pages"),
        total="[0].total",
        version="[0].lastupdated",
        stored_as="gdp.ndjson",
        every=timedelta(days=1),
    ),
    format=JsonRecords(others=Others.SKIPPED),
    loading=Replace(),
    columns=(
        Column("country", titles=("country.value",)),
        Column("iso3", titles=("countryiso3code",)),
        Column("year", ColumnType.INTEGER, titles=("date",)),
        Column("dollars", ColumnType.NUMERIC, titles=("value",)),
    ),
    dataflow_table="L0",
)

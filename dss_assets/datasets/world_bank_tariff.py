"""World Bank (WITS): tariffs by reporting country, year, product and partner, as staff put them together."""

from datetime import timedelta

from dss_assets.dataset import (
    Column,
    Dataset,
    Delimited,
    Incremental,
    Licence,
    NotNull,
    References,
    Severity,
    StorageFolder,
    Within,
)
from dss_web.shared.contract import ColumnType

TARIFF = Dataset(
    organisation="world_bank",
    name="tariff",
    title="World Bank tariffs",
    description="Average tariffs by reporting country, year, product, partner and type of duty.",
    owner="datahub@businessandtrade.gov.uk",
    contact="wits@worldbank.org",
    licence=Licence(
        "World Bank terms of use for datasets", "https://www.worldbank.org/en/about/legal/terms-of-use-for-datasets"
    ),
    source_page="https://wits.worldbank.org/",
    # Operators bring it about once a year.
    late_after=timedelta(days=400),
    checks=(
        NotNull("reporter"),
        # The Harmonised System has been in force since 1988.
        Within("year", 1988, 2100),
        Within("simple_average", least=0, severity=Severity.WARN),
        # The European Union reports as 918, which a list of countries may lack.
        References("reporter", "comtrade.country_code_and_iso", "cty_code", severity=Severity.WARN),
    ),
    source=StorageFolder(name=r"(?i).+\.(csv|zip)", every=timedelta(minutes=1)),
    format=Delimited(),
    loading=Incremental(),
    columns=(
        Column(
            "reporter", ColumnType.INTEGER, titles=("Reporter_ISO_N",), description="Country of import, by its code."
        ),
        Column("year", ColumnType.INTEGER, titles=("Year",), description="Year."),
        Column("product", ColumnType.INTEGER, titles=("ProductCode",), description="Product in the Harmonised System."),
        Column(
            "partner",
            ColumnType.INTEGER,
            titles=("Partner_ISO_N", "Partner"),
            description="Country of export, by its code; 0 for the world.",
        ),
        Column("duty_type", titles=("DutyType",), description="AHS applied, MFN most favoured nation, BND bound."),
        Column(
            "simple_average", ColumnType.NUMERIC, titles=("SimpleAverage",), description="Average rate in per cent."
        ),
        Column(
            "number_of_total_lines",
            ColumnType.INTEGER,
            titles=("Nbr_Total_Lines", "TotalNoOfLines"),
            description="Tariff lines of the product.",
        ),
    ),
    dataflow_table="L0",
)

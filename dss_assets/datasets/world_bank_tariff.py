"""World Bank (WITS): tariffs by reporting country, year, product and partner, as staff put them together.

L1 has an assumed tariff for every pair of countries, by the steps in the SQL file beside this one.
"""

from datetime import timedelta
from pathlib import Path

from dss_assets.dataset import (
    Casing,
    Column,
    Dataset,
    Delimited,
    Derived,
    Incremental,
    Input,
    Licence,
    NotNull,
    References,
    Route,
    Severity,
    StorageFolder,
    Unique,
    Within,
)
from dss_web.shared.contract import ColumnType

ASSUMED = Derived.from_file(
    Path(__file__).with_suffix(".sql"),
    inputs=(
        Input("tariff", "world_bank.tariff", "L0"),
        Input("bound_rates", "world_bank.bound_rates", "L1"),
        Input("codes", "comtrade.country_code_and_iso", "L1"),
        Input("membership", "dit.eu_country_membership", "L1"),
    ),
    unit="product",
    # 600,000 rows of a product with all countries are a transaction of a few seconds.
    batch=5,
    checks=(
        Unique(("product", "reporter", "partner", "year")),
        NotNull("product"),
        NotNull("reporter"),
        NotNull("partner"),
        Within("year", 2000, 2018),
        # Rates are per cent of the price: a negative one is a mistake of the publisher.
        Within("assumed_tariff", least=0, severity=Severity.WARN),
    ),
    columns=(
        Column("product", ColumnType.INTEGER, description="Product of the Harmonised System."),
        Column("reporter", ColumnType.INTEGER, description="Country that charges the tariff."),
        Column("partner", ColumnType.INTEGER, description="Country whose goods it is charged on."),
        Column("year", ColumnType.INTEGER, description="From 2000 to 2018."),
        Column(
            "assumed_tariff",
            ColumnType.NUMERIC,
            description="The first that is known of eu_eu_rate, the newest of app_rate, eu_rep_rate and eu_part_rate "
            "until this year, the newest mfn_rate until this year, and world_average.",
        ),
        Column("app_rate", ColumnType.NUMERIC, description="Rate that the reporter applies to the partner (AHS)."),
        Column("mfn_rate", ColumnType.NUMERIC, description="Rate of the reporter for the most favoured nation (MFN)."),
        Column("bnd_rate", ColumnType.NUMERIC, description="Rate that the reporter has bound itself not to exceed."),
        Column(
            "eu_rep_rate",
            ColumnType.NUMERIC,
            description="Rate of the European Union, of which the reporter is a member.",
        ),
        Column(
            "eu_part_rate",
            ColumnType.NUMERIC,
            description="Mean app_rate of the reporter for members of the European Union, if the partner is one.",
        ),
        Column("eu_eu_rate", ColumnType.NUMERIC, description="0 between members of the European Union."),
        Column("world_average", ColumnType.NUMERIC, description="Mean mfn_rate of all reporters."),
    ),
)

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
    l1=ASSUMED,
    routes=(
        Route(
            path="get-world-bank-tariffs/",
            scope="list_world_bank_tariff",
            table="L1",
            casing=Casing.CAMEL,
            hidden=("id",),
        ),
        Route(
            path="get-world-bank-tariffs/raw/",
            scope="list_world_bank_tariff_raw",
            table="L0",
            casing=Casing.CAMEL,
            hidden=("id",),
        ),
    ),
    dataflow_table="L0",
)

"""World Bank (WITS): the tariff rates that countries have bound themselves not to exceed."""

from datetime import timedelta

from dss_assets.dataset import (
    Casing,
    Chosen,
    Column,
    Dataset,
    Delimited,
    Licence,
    NotNull,
    Route,
    Severity,
    Snapshot,
    StorageFolder,
    Unique,
    Within,
)
from dss_assets.dataset.conversions import LAST_CHARACTER
from dss_web.shared.contract import ColumnType

BOUND_RATES = Dataset(
    organisation="world_bank",
    name="bound_rates",
    title="World Bank bound tariff rates",
    description="Bound tariff rates by reporting country and product, of the newest nomenclature of each.",
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
        NotNull("product"),
        Unique(("reporter", "product")),
        Within("bound_rate", least=0, severity=Severity.WARN),
    ),
    source=StorageFolder(name=r"(?i).+\.(csv|zip)", every=timedelta(minutes=1)),
    format=Delimited(),
    loading=Snapshot(),
    columns=(
        Column(
            "nomen_code",
            titles=("NomenCode",),
            description="Nomenclature of the product codes: H0, H1 or H2, the newest.",
        ),
        Column("reporter", ColumnType.INTEGER, titles=("Reporter_ISO_N",), description="Numeric code of the country."),
        Column("product", ColumnType.INTEGER, titles=("ProductCode",), description="Product in the Harmonised System."),
        Column("bound_rate", ColumnType.NUMERIC, titles=("BoundRate",), description="Bound rate in per cent."),
        Column(
            "total_number_of_lines",
            ColumnType.INTEGER,
            titles=("Nbr_Total_Lines", "TotalNoOfLines"),
            description="Tariff lines of the product.",
        ),
    ),
    # H2 counts before H1, and H1 before H0.
    l1=Chosen(
        columns=("reporter", "product", "bound_rate"),
        key=("reporter", "product"),
        rank=LAST_CHARACTER,
        ranked_by="nomen_code",
    ),
    routes=(
        Route(
            path="get-world-bank-bound-rates/raw/",
            scope="list_world_bank_bound_rates_raw",
            table="L0",
            casing=Casing.CAMEL,
            hidden=("id",),
        ),
    ),
    dataflow_table="L1",
)

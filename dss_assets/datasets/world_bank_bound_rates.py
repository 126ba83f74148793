"""World Bank (WITS): the tariff rates that countries have bound themselves not to exceed."""

from datetime import timedelta

from dss_assets.dataset import Chosen, Column, Dataset, Delimited, Snapshot, StorageFolder
from dss_assets.dataset.conversions import LAST_CHARACTER
from dss_web.shared.contract import ColumnType

BOUND_RATES = Dataset(
    organisation="world_bank",
    name="bound_rates",
    description="Bound tariff rates by reporting country and product, of the newest nomenclature of each.",
    source=StorageFolder(name=r"(?i).+\.(csv|zip)", every=timedelta(minutes=1)),
    format=Delimited(),
    loading=Snapshot(),
    columns=(
        Column("nomen_code", titles=("NomenCode",)),
        Column("reporter", ColumnType.INTEGER, titles=("Reporter_ISO_N",)),
        Column("product", ColumnType.INTEGER, titles=("ProductCode",)),
        Column("bound_rate", ColumnType.NUMERIC, titles=("BoundRate",)),
        Column("total_number_of_lines", ColumnType.INTEGER, titles=("Nbr_Total_Lines",)),
    ),
    # H2 counts before H1, and H1 before H0.
    l1=Chosen(
        columns=("reporter", "product", "bound_rate"),
        key=("reporter", "product"),
        rank=LAST_CHARACTER,
        ranked_by="nomen_code",
    ),
    dataflow_table="L1",
)

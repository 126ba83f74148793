"""World Bank (WITS): tariffs by reporting country, year, product and partner, as staff put them together."""

from datetime import timedelta

from dss_assets.dataset import Column, Dataset, Delimited, Incremental, StorageFolder
from dss_web.shared.contract import ColumnType

TARIFF = Dataset(
    organisation="world_bank",
    name="tariff",
    description="Average tariffs by reporting country, year, product, partner and type of duty.",
    source=StorageFolder(name=r"(?i).+\.(csv|zip)", every=timedelta(minutes=1)),
    format=Delimited(),
    loading=Incremental(),
    columns=(
        Column("reporter", ColumnType.INTEGER, titles=("Reporter_ISO_N",)),
        Column("year", ColumnType.INTEGER, titles=("Year",)),
        Column("product", ColumnType.INTEGER, titles=("ProductCode",)),
        Column("partner", ColumnType.INTEGER, titles=("Partner_ISO_N", "Partner")),
        Column("duty_type", titles=("DutyType",)),
        Column("simple_average", ColumnType.NUMERIC, titles=("SimpleAverage",)),
        Column("number_of_total_lines", ColumnType.INTEGER, titles=("Nbr_Total_Lines", "TotalNoOfLines")),
    ),
    dataflow_table="L0",
)

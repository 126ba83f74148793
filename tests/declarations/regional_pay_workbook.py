"""Pay by region, as statistical offices offer it: a workbook with three title rows, and notes below the table."""

from datetime import timedelta

from dss_assets.dataset import Column, Dataset, Incremental, Pattern, RenamedColumn, Rowwise, Sheet, StorageFolder
from dss_web.shared.contract import ColumnType

REGIONAL_PAY = Dataset(
    organisation="statistics",
    name="regional_pay",
    description="Median pay by region and month.",
    source=StorageFolder(name=r"regional-pay-\d{4}\.xlsx", every=timedelta(minutes=1)),
    format=Sheet(sheet=Pattern(r"table 2.*"), skip_lines=3, footer=Pattern(r"(source|notes?):.*"), nulls=("[x]", "..")),
    loading=Incremental(unit="month"),
    columns=(
        Column("month", ColumnType.DATE, titles=("Month",)),
        Column("area_code", titles=("Area code",)),
        Column("area_name", titles=("Area name",)),
        Column("median_pay", ColumnType.NUMERIC, titles=(Pattern(r"median pay.*"),)),
        Column("employees", ColumnType.INTEGER, titles=("Employees",)),
    ),
    l1=Rowwise(
        ("month", "area_code", RenamedColumn("area", source="area_name"), "median_pay", "employees"),
        indexes=("area_code",),
    ),
    dataflow_table="L1",
)

"""A list of sanctioned persons: a title line with the day of the list, and dates with the month first."""

from datetime import timedelta

from dss_assets.dataset import (
    Column,
    Dataset,
    DateOrder,
    Delimited,
    MissingRows,
    Rowwise,
    Snapshot,
    StorageFolder,
)
from dss_web.shared.contract import ColumnType

COLUMNS = (
    Column("entity_number", ColumnType.INTEGER, titles=("ent_num",)),
    Column("name", titles=("SDN_Name",)),
    Column("type", titles=("SDN_Type",)),
    Column("programme", titles=("Program",)),
    Column("born", ColumnType.DATE, titles=("DOB",), written=DateOrder.MONTH_FIRST),
    Column("listed", ColumnType.DATE, titles=("Listed_On",), written=DateOrder.MONTH_FIRST),
    Column("remarks"),
)

SANCTIONS = Dataset(
    organisation="treasury",
    name="sanctions",
    description="Persons and organisations under sanctions.",
    source=StorageFolder(name=r"sdn\.csv", every=timedelta(minutes=1)),
    format=Delimited(skip_lines=1, nulls=("-0-",)),
    loading=Snapshot(missing_rows=MissingRows.DELETE),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS),
    dataflow_table="L1",
)

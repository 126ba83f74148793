"""A catalogue of fittings: tab separated text in a gzip, in which quotation marks are inches."""

from datetime import timedelta

from dss_assets.dataset import Column, Dataset, Delimited, MissingRows, Number, Rowwise, Snapshot, StorageFolder
from dss_web.shared.contract import ColumnType

COLUMNS = (
    Column("part_number", titles=("partNumber",)),
    Column("description"),
    Column("price", ColumnType.NUMERIC, written=Number(thousands=",")),
)

FITTINGS = Dataset(
    organisation="standards",
    name="fittings",
    description="Pipes and fittings with their prices.",
    source=StorageFolder(name=r"fittings\.tsv\.gz", every=timedelta(minutes=1)),
    format=Delimited(delimiter="\t", quote=None, nulls=(r"\N",)),
    loading=Snapshot(missing_rows=MissingRows.DELETE),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS, indexes=("part_number",)),
    dataflow_table="L1",
)

"""Imports by commodity and country, as customs offer them: a line of fixed width each, with a count of them below."""

from datetime import timedelta

from dss_assets.dataset import (
    Column,
    Dataset,
    FixedWidth,
    Incremental,
    Members,
    Pattern,
    Rowwise,
    Span,
    StorageFolder,
)
from dss_web.shared.contract import ColumnType

COLUMNS = (
    Column("commodity"),
    Column("country"),
    Column("year", ColumnType.INTEGER),
    Column("month", ColumnType.INTEGER),
    Column("quantity", ColumnType.BIGINT),
    Column("value", ColumnType.NUMERIC),
    Column("port", from_name="port"),
)

IMPORTS = Dataset(
    organisation="customs",
    name="imports",
    description="Imports by commodity, country, month and port.",
    source=StorageFolder(name=r"imports\d{4}\.zip", every=timedelta(minutes=1)),
    format=FixedWidth(
        members=(Members(r"imp_(?P<port>[a-z]+)\.txt"),),
        spans=(Span(1, 10), Span(11, 4), Span(17, 4), Span(21, 2), Span(23, 12), Span(35, 12)),
        length=50,
        comment="*",
        footer=Pattern(r"\d+ records"),
    ),
    loading=Incremental(),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS, indexes=("commodity",)),
    dataflow_table="L1",
)

"""CEPII BACI: trade between any two countries, by year and product, that operators put into the storage."""

from datetime import timedelta

from dss_assets.dataset import (
    Column,
    Dataset,
    Delimited,
    Incremental,
    Member,
    Members,
    RenamedColumn,
    Rowwise,
    StorageFolder,
)
from dss_web.shared.contract import ColumnType

BACI = Dataset(
    organisation="dit",
    name="baci",
    description="International trade by year, product, exporter and importer, as CEPII reconciles it.",
    source=StorageFolder(name=r"(?i).+\.(csv|zip)", every=timedelta(minutes=1)),
    format=Delimited(
        members=(
            # All years of a revision, beside lists of countries and products.
            Members(r"(.*/)?BACI_HS\d\d_Y\d{4}_V\w+\.csv"),
            Member(r".*\.csv"),
        ),
        nulls=("NA",),
    ),
    loading=Incremental(unit="t"),
    columns=(
        Column("t", ColumnType.INTEGER, description="Year"),
        # The header was t, hs6, i, j, v, q until 2020, and is t, i, j, k, v, q since.
        Column("hs6", ColumnType.INTEGER, titles=("hs6", "k"), description="Product of the Harmonised System"),
        Column("i", ColumnType.INTEGER, description="Exporter"),
        Column("j", ColumnType.INTEGER, description="Importer"),
        Column("v", ColumnType.NUMERIC, description="Value in thousands of current US dollars"),
        Column("q", ColumnType.NUMERIC, description="Quantity in metric tons"),
    ),
    l1=Rowwise(
        (
            RenamedColumn("year", source="t"),
            RenamedColumn("product_category", source="hs6"),
            RenamedColumn("exporter", source="i"),
            RenamedColumn("importer", source="j"),
            RenamedColumn("trade_flow_value", source="v"),
            RenamedColumn("quantity", source="q"),
        )
    ),
    dataflow_table="L1",
    # The revision: BACI_HS92_V202601.zip, BACI_HS92_Y2022_V202601.csv.
    dated=(r".*_V(?P<year>\d{4})(?P<month>\d\d)[a-z]?\.(csv|zip)",),
)

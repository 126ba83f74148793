"""Prices paid for property, as land registries offer them: a file a year, without a header, every field quoted."""

from datetime import timedelta

from dss_assets.dataset import (
    Column,
    Conversion,
    ConvertedColumn,
    Dataset,
    Delimited,
    FileValue,
    HeaderLine,
    Incremental,
    Rowwise,
    StorageFolder,
)
from dss_web.shared.contract import ColumnType

COLUMNS = (
    Column("transaction"),
    Column("price", ColumnType.INTEGER),
    Column("transferred", ColumnType.TIMESTAMP),
    Column("postcode"),
    Column("property_type"),
    Column("is_new"),
    Column("duration"),
    Column("paon", description="Primary name or number"),
    Column("saon", description="Secondary name or number, such as a flat's"),
    Column("street"),
    Column("locality"),
    Column("town"),
    Column("district"),
    Column("county"),
    Column("category"),
    Column("record_status"),
)
FLAG = Conversion(ColumnType.BOOLEAN, "{} = 'Y'", valid="{} IN ('Y', 'N')", expected="Y or N")
YEAR = Conversion(ColumnType.INTEGER, "{}::integer", valid="{} ~ '^[0-9]{{4}}$'", expected="a year")

PRICE_PAID = Dataset(
    organisation="land_registry",
    name="price_paid",
    description="Prices paid for property in England and Wales.",
    source=StorageFolder(name=r"pp-(?P<year>\d{4})\.csv", every=timedelta(minutes=1)),
    format=Delimited(header=HeaderLine.NONE),
    loading=Incremental(),
    columns=COLUMNS,
    l1=Rowwise.of(
        COLUMNS,
        ConvertedColumn("is_new", FLAG, source="is_new"),
        then=(FileValue("file_year", group="year", conversion=YEAR),),
        indexes=("postcode",),
    ),
    dataflow_table="L1",
)

"""Street crimes, as police forces publish them: a zip with a CSV for each month and force, all in one table."""

from datetime import timedelta

from dss_assets.dataset import (
    Column,
    Conversion,
    ConvertedColumn,
    Dataset,
    Delimited,
    Incremental,
    Members,
    Rowwise,
    StorageFolder,
)
from dss_web.shared.contract import ColumnType

COLUMNS = (
    Column("month", from_name="month", description="The month of the file, as YYYY-MM"),
    Column("force", from_name="force", description="The force of the file, as a part of its name"),
    Column("crime_id", titles=("Crime ID",)),
    Column("crime_month", titles=("Month",)),
    Column("reported_by", titles=("Reported by",)),
    Column("falls_within", titles=("Falls within",)),
    Column("longitude", ColumnType.NUMERIC),
    Column("latitude", ColumnType.NUMERIC),
    Column("location"),
    Column("lsoa_code", titles=("LSOA code",)),
    Column("lsoa_name", titles=("LSOA name",)),
    Column("crime_type", titles=("Crime type",)),
    Column("last_outcome", titles=("Last outcome category",)),
    Column("context"),
)
MONTH = Conversion(
    ColumnType.DATE,
    "to_date({}, 'YYYY-MM')",
    valid="{} ~ '^[1-9][0-9]{{3}}-(0[1-9]|1[0-2])$'",
    expected="a month as YYYY-MM, for example 2026-01",
)

STREET_CRIMES = Dataset(
    organisation="police",
    name="street_crimes",
    description="Crimes by street, month and force.",
    source=StorageFolder(name=r"\d{4}-\d\d\.zip", every=timedelta(minutes=1)),
    format=Delimited(members=(Members(r"(?P<month>\d{4}-\d\d)/\d{4}-\d\d-(?P<force>.+)-street\.csv"),)),
    loading=Incremental(unit="month"),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS, ConvertedColumn("month", MONTH, source="month"), indexes=("force",)),
    dataflow_table="L1",
)

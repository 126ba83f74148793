"""UN Comtrade: the codes of countries, with their names and ISO codes."""

from datetime import timedelta

from dss_assets.dataset import Column, Dataset, Delimited, Rowwise, Snapshot, StorageFolder
from dss_web.shared.contract import ColumnType

COLUMNS = (
    Column("cty_code", ColumnType.INTEGER, titles=("ctyCode",)),
    Column("cty_name_english", titles=("cty Name English",)),
    Column("cty_fullname_english", titles=("cty Fullname English",)),
    Column("cty_abbreviation", titles=("Cty Abbreviation",)),
    Column("cty_comments", titles=("Cty Comments",)),
    Column("iso2_digit_alpha", titles=("ISO2-digit Alpha",)),
    Column("iso3_digit_alpha", titles=("ISO3-digit Alpha",)),
    Column("start_valid_year", titles=("Start Valid Year",)),
    Column("end_valid_year", titles=("End Valid Year",)),
)

COUNTRY_CODE_AND_ISO = Dataset(
    organisation="comtrade",
    name="country_code_and_iso",
    description="The codes of countries in trade statistics, with their names, ISO codes and years of validity.",
    source=StorageFolder(name=r"(?i).+\.(csv|zip)", every=timedelta(minutes=1)),
    format=Delimited(encoding="windows-1252"),
    loading=Snapshot(),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS),
    dataflow_table="L1",
)

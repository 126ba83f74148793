"""UN Comtrade: the codes of countries, with their names and ISO codes."""

from datetime import timedelta

from dss_assets.dataset import Column, Dataset, Delimited, Licence, NotNull, Rowwise, Snapshot, StorageFolder, Unique
from dss_web.shared.contract import ColumnType

COLUMNS = (
    Column("cty_code", ColumnType.INTEGER, titles=("ctyCode",), description="The numeric code in UN Comtrade."),
    Column("cty_name_english", titles=("cty Name English",), description="Name in English."),
    Column("cty_fullname_english", titles=("cty Fullname English",), description="Full name in English."),
    Column("cty_abbreviation", titles=("Cty Abbreviation",), description="Short name."),
    Column("cty_comments", titles=("Cty Comments",), description="Remarks on what the code covers."),
    Column("iso2_digit_alpha", titles=("ISO2-digit Alpha",), description="The code of two letters in ISO 3166-1."),
    Column(
        "iso3_digit_alpha",
        titles=("ISO3-digit Alpha",),
        description="The code of three letters in ISO 3166-1, or one like it.",
    ),
    Column("start_valid_year", titles=("Start Valid Year",), description="First year in which the code is valid."),
    Column("end_valid_year", titles=("End Valid Year",), description="Last year in which the code is valid, or Now."),
)

COUNTRY_CODE_AND_ISO = Dataset(
    organisation="comtrade",
    name="country_code_and_iso",
    title="UN Comtrade country codes",
    description="The codes of countries in trade statistics, with their names, ISO codes and years of validity.",
    owner="datahub@businessandtrade.gov.uk",
    contact="comtrade@un.org",
    licence=Licence("UN Comtrade licence agreement", "https://comtrade.un.org/licenseagreement.html"),
    source_page="https://comtradeplus.un.org/ListOfReferences",
    # Operators bring it when it changes, which is seldom.
    late_after=timedelta(days=2 * 366),
    checks=(NotNull("cty_code"), Unique(("cty_code",))),
    source=StorageFolder(name=r"(?i).+\.(csv|zip)", every=timedelta(minutes=1)),
    format=Delimited(encoding="windows-1252"),
    loading=Snapshot(),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS),
    dataflow_table="L1",
)

"""Which countries were members of the European Union, year by year."""

from datetime import timedelta

from dss_assets.dataset import (
    OPEN_GOVERNMENT_LICENCE,
    Column,
    Dataset,
    Delimited,
    NotNull,
    Snapshot,
    StorageFolder,
    Unique,
    Unpivoted,
)

YEARS = range(1958, 2019)

EU_COUNTRY_MEMBERSHIP = Dataset(
    organisation="dit",
    name="eu_country_membership",
    title="Membership of the European Union",
    description="The tariff code of each country's union for each year from 1958 to 2018; empty for none.",
    owner="datahub@businessandtrade.gov.uk",
    contact="datahub@businessandtrade.gov.uk",
    licence=OPEN_GOVERNMENT_LICENCE,
    source_page="https://european-union.europa.eu/principles-countries-history/eu-countries_en",
    # Staff made it once, for the years up to 2018. Ten years tell whether somebody still looks after it.
    late_after=timedelta(days=10 * 366),
    checks=(NotNull("iso3"), Unique(("iso3", "year"))),
    source=StorageFolder(name=r"(?i).+\.(csv|zip)", every=timedelta(minutes=1)),
    format=Delimited(),
    loading=Snapshot(),
    columns=(
        Column("country", description="Name of the country."),
        Column("iso3", description="Its code of three letters in ISO 3166-1."),
        *(
            Column(str(year), description=f"The tariff code of the country's union in {year}: EUN for a member.")
            for year in YEARS
        ),
    ),
    l1=Unpivoted(
        columns=("country", "iso3"),
        unpivoted=tuple((year, str(year)) for year in YEARS),
        label="year",
        value="tariff_code",
        label_description="Year, from 1958 to 2018.",
        value_description="The tariff code of the country's union in that year: EUN for a member, empty for none.",
    ),
    dataflow_table="L1",
)

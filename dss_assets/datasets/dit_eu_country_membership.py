"""Which countries were members of the European Union, year by year."""

from datetime import timedelta

from dss_assets.dataset import Column, Dataset, Delimited, Snapshot, StorageFolder, Unpivoted

YEARS = range(1958, 2019)

EU_COUNTRY_MEMBERSHIP = Dataset(
    organisation="dit",
    name="eu_country_membership",
    description="The tariff code of each country's union for each year from 1958 to 2018; empty for none.",
    source=StorageFolder(name=r"(?i).+\.(csv|zip)", every=timedelta(minutes=1)),
    format=Delimited(),
    loading=Snapshot(),
    columns=(Column("country"), Column("iso3"), *(Column(str(year)) for year in YEARS)),
    l1=Unpivoted(
        columns=("country", "iso3"),
        unpivoted=tuple((year, str(year)) for year in YEARS),
        label="year",
        value="tariff_code",
    ),
    dataflow_table="L1",
)

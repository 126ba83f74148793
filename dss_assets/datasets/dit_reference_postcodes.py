"""DIT reference postcodes: the local authority, enterprise partnerships and region of each postcode."""

from datetime import timedelta

from dss_assets.dataset import Column, Dataset, Delimited, Rowwise, Snapshot, StorageFolder
from dss_web.shared.contract import ColumnType

_LEP = "Local Enterprise Partnership (LEP{number}) {what}"

COLUMNS = (
    Column("postcode"),
    Column("local_authority_district_code", titles=("Local authority district code",)),
    Column("local_authority_district_name", titles=("Local authority district name",)),
    *(
        Column(
            f"local_enterprise_partnership_lep{number}_{what}",
            titles=(_LEP.format(number=number, what=what),),
        )
        for number in (1, 2)
        for what in ("code", "name")
    ),
    Column("region_code", titles=("Region code",)),
    Column("region_name", titles=("Region name",)),
    Column("national_grid_ref_easting", titles=("National grid ref easting",)),
    Column("national_grid_ref_northing", titles=("National grid ref northing",)),
    Column("date_of_introduction", ColumnType.DATE, titles=("Date of introduction",)),
    Column("date_of_termination", ColumnType.DATE, titles=("Date of termination",)),
)

REFERENCE_POSTCODES = Dataset(
    organisation="dit",
    name="reference_postcodes",
    description="The local authority, enterprise partnerships and region of each UK postcode.",
    source=StorageFolder(name=r".+\.(csv|zip)", every=timedelta(minutes=1)),
    format=Delimited(),
    loading=Snapshot(),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS, indexes=("postcode",)),
    dataflow_table="L1",
)

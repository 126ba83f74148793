"""DIT reference postcodes: the local authority, enterprise partnerships and region of each postcode."""

from datetime import timedelta

from dss_assets.dataset import (
    OPEN_GOVERNMENT_LICENCE,
    Casing,
    Column,
    Dataset,
    Delimited,
    NotNull,
    Route,
    RowSelection,
    Rowwise,
    Severity,
    Snapshot,
    StorageFolder,
    Unique,
)
from dss_web.shared.contract import ColumnType

_LEP = "Local Enterprise Partnership (LEP{number}) {what}"

COLUMNS = (
    Column("postcode", description="Postcode, as it is written in the file."),
    Column(
        "local_authority_district_code",
        titles=("Local authority district code",),
        description="Code of its local authority.",
    ),
    Column(
        "local_authority_district_name",
        titles=("Local authority district name",),
        description="Name of its local authority.",
    ),
    *(
        Column(
            f"local_enterprise_partnership_lep{number}_{what}",
            titles=(_LEP.format(number=number, what=what),),
            description=f"{what.capitalize()} of its {order} local enterprise partnership.",
        )
        for number, order in ((1, "first"), (2, "second"))
        for what in ("code", "name")
    ),
    Column("region_code", titles=("Region code",), description="Code of its region."),
    Column("region_name", titles=("Region name",), description="Name of its region."),
    Column(
        "national_grid_ref_easting",
        titles=("National grid ref easting",),
        description="Metres east on the National Grid.",
    ),
    Column(
        "national_grid_ref_northing",
        titles=("National grid ref northing",),
        description="Metres north on the National Grid.",
    ),
    Column(
        "date_of_introduction", ColumnType.DATE, titles=("Date of introduction",), description="When it was introduced."
    ),
    Column(
        "date_of_termination",
        ColumnType.DATE,
        titles=("Date of termination",),
        description="When it was terminated. Empty if in use.",
    ),
)

REFERENCE_POSTCODES = Dataset(
    organisation="dit",
    name="reference_postcodes",
    title="Reference postcodes",
    description="The local authority, enterprise partnerships and region of each UK postcode.",
    owner="datahub@businessandtrade.gov.uk",
    contact="datahub@businessandtrade.gov.uk",
    licence=OPEN_GOVERNMENT_LICENCE,
    source_page="https://geoportal.statistics.gov.uk/search?q=PRD_ONSPD",
    # Staff make it from the ONS Postcode Directory, at least once a year.
    late_after=timedelta(days=400),
    checks=(NotNull("postcode"), Unique(("postcode",)), NotNull("region_code", severity=Severity.WARN)),
    source=StorageFolder(name=r".+\.(csv|zip)", every=timedelta(minutes=1)),
    format=Delimited(),
    loading=Snapshot(),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS, indexes=("postcode",)),
    routes=(
        Route(
            path="get-dit-reference-postcodes/",
            scope="list_dit_reference_postcodes",
            table="L1",
            casing=Casing.CAMEL,
            hidden=("id",),
        ),
        Route(
            path="get-dit-reference-postcode/",
            scope="dit_reference_postcode2",
            table="L1",
            casing=Casing.CAMEL,
            hidden=("id",),
            rows=RowSelection.BY_POSTCODE,
        ),
        Route(
            path="get-postcode-data/",
            scope="dit_reference_postcode1",
            table="L1",
            casing=Casing.CAMEL,
            hidden=("id",),
            rows=RowSelection.BY_POSTCODE,
        ),
    ),
    dataflow_table="L1",
)

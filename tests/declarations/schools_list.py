"""A list of schools, as education departments offer it: CSV in Windows-1252 with many columns, of which some count."""

from datetime import timedelta

from dss_assets.dataset import (
    Casing,
    Column,
    Dataset,
    Delimited,
    Others,
    Pattern,
    Route,
    Rowwise,
    Snapshot,
    StorageFolder,
)
from dss_web.shared.contract import ColumnType

COLUMNS = (
    Column("urn", ColumnType.INTEGER, titles=("URN",)),
    Column("name", titles=("EstablishmentName",)),
    Column("phase", titles=(Pattern(r"PhaseOfEducation \(name\)"),)),
    Column("number_of_pupils", ColumnType.INTEGER, titles=("NumberOfPupils",)),
)

SCHOOLS = Dataset(
    organisation="education",
    name="schools",
    description="Schools with their numbers and pupils.",
    source=StorageFolder(name=r"edubasealldata\d{8}\.csv", every=timedelta(minutes=1)),
    format=Delimited(encoding="windows-1252", others=Others.SKIPPED),
    loading=Snapshot(),
    columns=COLUMNS,
    l1=Rowwise.of(COLUMNS, indexes=("urn",)),
    routes=(Route(path="get-schools/", scope="list_schools", table="L1", casing=Casing.CAMEL, hidden=("id",)),),
    dataflow_table="L1",
)

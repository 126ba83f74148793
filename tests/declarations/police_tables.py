"""An archive of a police force: one zip with folders of months, and in each of these a CSV for each of three tables."""

from datetime import timedelta

from dss_assets.dataset import (
    NO_REJECTS,
    Check,
    Column,
    Dataset,
    Delimited,
    Members,
    Release,
    ReleasedTable,
    StorageFolder,
)
from dss_web.shared.contract import ColumnType

# Each row has them, or none where the place or the person is not known.
INCIDENT = (
    Column("crime_id", titles=("Crime ID",)),
    Column("month", titles=("Month",)),
    Column("reported_by", titles=("Reported by",)),
    Column("falls_within", titles=("Falls within",)),
    Column("longitude", ColumnType.NUMERIC, titles=("Longitude",)),
    Column("latitude", ColumnType.NUMERIC, titles=("Latitude",)),
    Column("location", titles=("Location",)),
    Column("lsoa_code", titles=("LSOA code",)),
    Column("lsoa_name", titles=("LSOA name",)),
)
MONTH = Check("month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", "a month such as 2026-01")

POLICE = Dataset(
    organisation="police",
    name="crimes",
    description="Street crimes, their outcomes, and searches of people and vehicles.",
    source=StorageFolder(name=r"(?P<year>\d{4})-(?P<month>\d{2})\.zip", every=timedelta(minutes=1)),
    format=Delimited(),
    loading=Release(
        (
            ReleasedTable(
                "street",
                (
                    *INCIDENT,
                    Column("crime_type", titles=("Crime type",)),
                    Column("last_outcome", titles=("Last outcome category",)),
                    Column("context", titles=("Context",)),
                ),
                members=(Members(r".*-street\.csv"),),
                not_null=("month", "crime_type"),
                checks=(MONTH,),
                description="Crimes, and anti-social behaviour, which has no crime_id.",
            ),
            ReleasedTable(
                "outcomes",
                (*INCIDENT, Column("outcome", titles=("Outcome type",))),
                members=(Members(r".*-outcomes\.csv"),),
                not_null=("crime_id", "month", "outcome"),
                checks=(MONTH,),
                description="What became of crimes, also of those of earlier months.",
            ),
            ReleasedTable(
                "stop_and_search",
                (
                    Column("type", titles=("Type",)),
                    Column("searched_at", titles=("Date",), description="With its offset, such as +00:00"),
                    Column("is_part_of_operation", ColumnType.BOOLEAN, titles=("Part of a policing operation",)),
                    Column("operation", titles=("Policing operation",)),
                    Column("latitude", ColumnType.NUMERIC, titles=("Latitude",)),
                    Column("longitude", ColumnType.NUMERIC, titles=("Longitude",)),
                    Column("gender", titles=("Gender",)),
                    Column("age_range", titles=("Age range",)),
                    Column("self_defined_ethnicity", titles=("Self-defined ethnicity",)),
                    Column("officer_defined_ethnicity", titles=("Officer-defined ethnicity",)),
                    Column("legislation", titles=("Legislation",)),
                    Column("object_of_search", titles=("Object of search",)),
                    Column("outcome", titles=("Outcome",)),
                    Column("is_outcome_linked", ColumnType.BOOLEAN, titles=("Outcome linked to object of search",)),
                    Column(
                        "is_outer_clothing_exceeded",
                        ColumnType.BOOLEAN,
                        titles=("Removal of more than just outer clothing",),
                    ),
                ),
                members=(Members(r".*-stop-and-search\.csv"),),
                not_null=("type", "searched_at"),
            ),
        )
    ),
    dataflow_table="street",
    reject_limit=NO_REJECTS,
)

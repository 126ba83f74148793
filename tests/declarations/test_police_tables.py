"""One zip into three tables."""

import pytest

from dss_assets.errors import InvalidFile
from tests.declarations.conftest import Journey
from tests.declarations.police_tables import POLICE
from tests.published import zipped

PLACE = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name"
STREET = f"{PLACE},Crime type,Last outcome category,Context\n"
OUTCOMES = f"{PLACE},Outcome type\n"
SEARCHES = (
    "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Age range,"
    "Self-defined ethnicity,Officer-defined ethnicity,Legislation,Object of search,Outcome,"
    "Outcome linked to object of search,Removal of more than just outer clothing\n"
)
HULL = "Humberside Police,Humberside Police,-0.336742,53.744252,On or near Quay Side,E01012817,Hull 029A"
ARCHIVE = {
    "2026-01/2026-01-humberside-street.csv": STREET
    + f"ab12,2026-01,{HULL},Burglary,Under investigation,\n"
    + ",2026-01,Humberside Police,Humberside Police,,,No Location,,,Anti-social behaviour,,\n",
    "2026-01/2026-01-humberside-outcomes.csv": f"{OUTCOMES}ff00,2026-01,{HULL},Suspect charged\n",
    "2026-01/2026-01-humberside-stop-and-search.csv": SEARCHES
    + "Person search,2026-01-03T22:05:00+00:00,False,,53.744252,-0.336742,Male,18-24,,White,"
    "Misuse of Drugs Act 1971 (section 23),Controlled drugs,A no further action disposal,,False\n",
    "2026-02/2026-02-humberside-street.csv": f"{STREET}cd34,2026-02,{HULL},Robbery,,\n",
}


def test_each_kind_of_file_becomes_a_table(journey: Journey) -> None:
    journey.put(POLICE, "2026-02.zip", zipped(ARCHIVE))

    (ingested,) = journey.ingest(POLICE)

    hull = {
        "reported_by": "Humberside Police",
        "falls_within": "Humberside Police",
        "longitude": -0.336742,
        "latitude": 53.744252,
        "location": "On or near Quay Side",
        "lsoa_code": "E01012817",
        "lsoa_name": "Hull 029A",
    }
    nowhere = dict.fromkeys(hull, None) | {
        "reported_by": "Humberside Police",
        "falls_within": "Humberside Police",
        "location": "No Location",
    }
    street = {"last_outcome": None, "context": None}
    january, february = {"month": "2026-01"}, {"month": "2026-02"}
    burglary = {"crime_id": "ab12", "crime_type": "Burglary", "last_outcome": "Under investigation"}
    assert floats(journey.rows(POLICE, "street")) == [
        {"id": 1, **january, **hull, **street, **burglary},
        {"id": 2, **january, **nowhere, **street, "crime_id": None, "crime_type": "Anti-social behaviour"},
        {"id": 3, **february, **hull, **street, "crime_id": "cd34", "crime_type": "Robbery"},
    ]
    assert floats(journey.rows(POLICE, "outcomes")) == [
        {"id": 1, "crime_id": "ff00", **january, **hull, "outcome": "Suspect charged"}
    ]
    assert floats(journey.rows(POLICE, "stop_and_search")) == [
        {
            "id": 1,
            "type": "Person search",
            "searched_at": "2026-01-03T22:05:00+00:00",
            "is_part_of_operation": False,
            "operation": None,
            "latitude": 53.744252,
            "longitude": -0.336742,
            "gender": "Male",
            "age_range": "18-24",
            "self_defined_ethnicity": None,
            "officer_defined_ethnicity": "White",
            "legislation": "Misuse of Drugs Act 1971 (section 23)",
            "object_of_search": "Controlled drugs",
            "outcome": "A no further action disposal",
            "is_outcome_linked": None,
            "is_outer_clothing_exceeded": False,
        }
    ]
    assert ingested.table_rows == {"street": 3, "outcomes": 1, "stop_and_search": 1}


def test_a_later_archive_replaces_all_three(journey: Journey) -> None:
    journey.put(POLICE, "2026-02.zip", zipped(ARCHIVE))
    journey.ingest(POLICE)
    outcomes = f"{OUTCOMES}cd34,2026-03,{HULL},Suspect charged\n"
    journey.put(POLICE, "2026-03.zip", zipped(ARCHIVE | {"2026-03/2026-03-humberside-outcomes.csv": outcomes}))

    journey.ingest(POLICE)

    assert [row["crime_id"] for row in journey.rows(POLICE, "outcomes")] == ["ff00", "cd34"]
    assert len(journey.rows(POLICE, "street")) == 3


def test_a_fault_in_one_of_many_members_names_its_line(journey: Journey) -> None:
    wrong = f"{STREET}ab12,2026-01,{HULL},Burglary,,\ncd34,2026-13,{HULL},Robbery,,\n"
    journey.put(POLICE, "2026-02.zip", zipped(ARCHIVE | {"2026-02/2026-02-humberside-street.csv": wrong}))

    with pytest.raises(InvalidFile) as caught:
        journey.ingest(POLICE)

    assert str(caught.value) == (
        "2026-02.zip, member 2026-02/2026-02-humberside-street.csv, line 3, table police.crimes.street: found "
        "month = '2026-13', expected a month such as 2026-01. Nothing was loaded."
    )


def floats(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """The rows with numbers that compare to literals."""
    return [
        {name: float(value) if hasattr(value, "as_tuple") else value for name, value in row.items()}  # type: ignore[arg-type]  # a Decimal
        for row in rows
    ]

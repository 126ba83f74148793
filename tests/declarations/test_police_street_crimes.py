"""Several members of a zip in one table, with month and force from their names."""

from datetime import date
from decimal import Decimal

from tests.declarations.conftest import Journey
from tests.declarations.police_street_crimes import STREET_CRIMES
from tests.published import zipped

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context\n"
)
KENT = ",2026-01,Kent Police,Kent Police,1.0789,51.2802,On or near High Street,E01024009,Canterbury 001A,Burglary,,\n"
LONDON = '0f,2026-01,"City of London, Police",City,,,No location,,,"Other, ""theft""",Under investigation,\n'


def test_crimes_of_several_forces_and_months_are_one_table(journey: Journey) -> None:
    january = {
        "2026-01/2026-01-kent-street.csv": HEADER + KENT,
        "2026-01/2026-01-kent-outcomes.csv": "Crime ID,Month\n",
        "2026-01/2026-01-city-of-london-street.csv": HEADER + LONDON,
    }
    february = {"2026-02/2026-02-kent-street.csv": HEADER + KENT.replace("2026-01", "2026-02")}
    journey.put(STREET_CRIMES, "2026-01.zip", zipped(january))
    # A later zip has the month before again, which keeps its rows.
    journey.put(STREET_CRIMES, "2026-02.zip", zipped({**january, **february}))

    journey.ingest(STREET_CRIMES)

    kent = {
        "id": 1,
        "month": "2026-01",
        "force": "kent",
        "crime_id": None,
        "crime_month": "2026-01",
        "reported_by": "Kent Police",
        "falls_within": "Kent Police",
        "longitude": Decimal("1.0789"),
        "latitude": Decimal("51.2802"),
        "location": "On or near High Street",
        "lsoa_code": "E01024009",
        "lsoa_name": "Canterbury 001A",
        "crime_type": "Burglary",
        "last_outcome": None,
        "context": None,
    }
    london = dict.fromkeys(kent) | {
        "id": 2,
        "month": "2026-01",
        "force": "city-of-london",
        "crime_id": "0f",
        "crime_month": "2026-01",
        "reported_by": "City of London, Police",
        "falls_within": "City",
        "location": "No location",
        "crime_type": 'Other, "theft"',
        "last_outcome": "Under investigation",
    }
    later = {**kent, "id": 5, "month": "2026-02", "crime_month": "2026-02"}
    assert journey.rows(STREET_CRIMES, "L0") == [kent, london, later]
    assert journey.rows(STREET_CRIMES, "L1") == [
        {**row, "data_source_row_id": row["id"], "month": date.fromisoformat(f"{row['month']}-01")}
        for row in (kent, london, later)
    ]

"""CSV in Windows-1252, of which some columns are loaded."""

from tests.declarations.conftest import Journey
from tests.declarations.schools_list import SCHOOLS

CONTENT = (
    '"URN","LA (code)","EstablishmentName","PhaseOfEducation (name)","NumberOfPupils"\r\n'
    '"100000","201","École Française – Jeanne d\u2019Arc","Primary","271"\r\n'
    '"100001","201","St Mary\'s, ""Old"" Hall","Not applicable",""\r\n'
)


def test_a_list_in_windows_1252(journey: Journey) -> None:
    journey.put(SCHOOLS, "edubasealldata20260105.csv", CONTENT.encode("windows-1252"))

    journey.ingest(SCHOOLS)

    expected = [
        {
            "id": 1,
            "urn": 100000,
            "name": "École Française – Jeanne d\u2019Arc",
            "phase": "Primary",
            "number_of_pupils": 271,
        },
        {"id": 2, "urn": 100001, "name": 'St Mary\'s, "Old" Hall', "phase": "Not applicable", "number_of_pupils": None},
    ]
    assert journey.rows(SCHOOLS, "L0") == expected
    assert journey.rows(SCHOOLS, "L1") == [{**row, "data_source_row_id": row["id"]} for row in expected]

"""A title line above the header, and dates with the month first."""

from datetime import date

from tests.declarations.conftest import Journey
from tests.declarations.sanctions_list import SANCTIONS

CONTENT = (
    "\ufeffLast Updated: 1/31/2026\r\n"
    "ent_num,SDN_Name,SDN_Type,Program,DOB,Listed_On,Remarks\r\n"
    '36,"AEROCARIBBEAN, AIRLINES",-0- ,CUBA,-0- ,12/10/1986,-0- \r\n'
    '173,"DOE, ""Jo""",individual,IRAN,02/03/1970,1/2/2001,"two\r\nlines"\r\n'
)


def test_a_list_with_a_title_and_dates_month_first(journey: Journey) -> None:
    journey.put(SANCTIONS, "sdn.csv", CONTENT.encode())

    journey.ingest(SANCTIONS)

    expected = [
        {
            "id": 1,
            "entity_number": 36,
            "name": "AEROCARIBBEAN, AIRLINES",
            "type": None,
            "programme": "CUBA",
            "born": None,
            "listed": date(1986, 12, 10),
            "remarks": None,
        },
        {
            "id": 2,
            "entity_number": 173,
            "name": 'DOE, "Jo"',
            "type": "individual",
            "programme": "IRAN",
            "born": date(1970, 2, 3),
            "listed": date(2001, 1, 2),
            "remarks": "two\r\nlines",
        },
    ]
    assert journey.rows(SANCTIONS, "L0") == expected
    assert journey.rows(SANCTIONS, "L1") == [{**row, "data_source_row_id": row["id"]} for row in expected]

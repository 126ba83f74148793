"""data-flow's pipeline reads a table from its structure to its last row."""

import pytest

from tests.api.dataflow_client import read_pages, read_table
from tests.parts.service import Service

SCHEMA, TABLE = "hmrc.flow", "L1"


def test_dataflow_reads_a_table_to_its_last_row(service: Service) -> None:
    service.execute(
        f'CREATE SCHEMA "{SCHEMA}"',
        f'CREATE TABLE "{SCHEMA}"."{TABLE}" (id serial PRIMARY KEY, data_source_row_id int, company text,'
        " codes text[], amount numeric, at timestamp, known boolean, day date, data_hash text)",
        f"""INSERT INTO "{SCHEMA}"."{TABLE}" (data_source_row_id, company, codes, amount, at, known, day)
            SELECT g, 'company ' || g, ARRAY['a', g::text], g / 4.0, timestamp '2020-01-01' + g * interval '1 s',
                g % 2 = 0, date '2020-01-01' + g FROM generate_series(1, 95) g""",
    )

    reading = read_table(service.url, SCHEMA, TABLE)

    names = [column["name"] for column in reading.columns]
    assert [len(page) for page in reading.pages] == [10] * 9 + [5]
    assert [row["id"] for row in reading.rows] == list(range(1, 96))
    assert all(list(row) == names for row in reading.rows)
    assert reading.rows[-1] == {
        "id": 95,
        "data_source_row_id": 95,
        "company": "company 95",
        "codes": ["a", "95"],
        "amount": 23.75,
        "at": "2020-01-01T00:01:35",
        "known": False,
        "day": "2020-04-05",
    }


@pytest.mark.usefixtures("declared_tables")
def test_dataflow_reads_a_route_of_its_own_to_its_last_row(service: Service) -> None:
    pages = read_pages(f"{service.url}/api/v1/get-ons-postcodes/?orientation=records")

    assert [row["id"] for page in pages for row in page] == list(range(1, 26))

"""A client that does what data-flow's DSSGenericPipeline does, as strictly: structure, pages, verification."""

from urllib.parse import quote

import mohawk
import requests

from tests.contract.service import Service

SCHEMA, TABLE = "hmrc.flow", "L1"
ITS_TYPES = {
    "TEXT", "INTEGER", "BIGINT", "NUMERIC", "FLOAT", "BOOLEAN", "DATE", "TIMESTAMP WITHOUT TIME ZONE",
}  # fmt: skip


def fetch(service: Service, url: str) -> dict[str, list[dict[str, object]]]:
    """One request: signs an empty body of no type, sends `Content-Type:` empty, requires a signature that verifies."""
    credentials = {"id": "all", "key": "the key of a client: all", "algorithm": "sha256"}
    sender = mohawk.Sender(credentials, url, "get", content="", content_type="")
    answer = requests.get(url, headers={"Authorization": sender.request_header, "Content-Type": ""}, timeout=300)
    answer.raise_for_status()
    sender.accept_response(
        answer.headers["Server-Authorization"],
        content=answer.content,
        content_type=answer.headers["Content-Type"],
    )
    content: dict[str, list[dict[str, object]]] = answer.json()
    return content


def test_dataflow_reads_a_table_to_its_last_row(service: Service) -> None:
    service.execute(
        f'CREATE SCHEMA "{SCHEMA}"',
        f'CREATE TABLE "{SCHEMA}"."{TABLE}" (id serial PRIMARY KEY, data_source_row_id int, company text,'
        " codes text[], amount numeric, at timestamp, known boolean, day date, data_hash text)",
        f"""INSERT INTO "{SCHEMA}"."{TABLE}" (data_source_row_id, company, codes, amount, at, known, day)
            SELECT g, 'company ' || g, ARRAY['a', g::text], g / 4.0, timestamp '2020-01-01' + g * interval '1 s',
                g % 2 = 0, date '2020-01-01' + g FROM generate_series(1, 95) g""",
    )

    structure = fetch(service, f"{service.url}/api/v1/table-structure/{quote(SCHEMA)}/{quote(TABLE)}")
    names = [column["name"] for column in structure["columns"]]
    assert {str(column["type"]).removesuffix("[]") for column in structure["columns"]} <= ITS_TYPES

    rows: list[dict[str, object]] = []
    url: object = f"{service.url}/api/v1/table-data/{SCHEMA}/{TABLE}?orientation=records"
    pages = 0
    while url:
        page = fetch(service, str(url))
        rows += page["results"]
        url = page["next"]
        pages += 1

    assert pages == 10
    assert [row["id"] for row in rows] == list(range(1, 96))
    assert all(list(row) == names for row in rows)
    assert rows[-1] == {
        "id": 95, "data_source_row_id": 95, "company": "company 95", "codes": ["a", "95"], "amount": 23.75,
        "at": "2020-01-01T00:01:35", "known": False, "day": "2020-04-05",
    }  # fmt: skip

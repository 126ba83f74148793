"""Uploads as the web half leaves them when a person has confirmed their columns."""

import uuid

import psycopg

from tests.journeys.world import World

NAMES = ["name", "amount", "since"]
TYPES = ["text", "numeric", "date"]


def confirm(
    world: World,
    content: bytes,
    names: list[str] = NAMES,
    types: list[str] = TYPES,
    dataset: str = "budget",
    **row: str,
) -> str:
    """An upload as the web half leaves it when a person has confirmed its columns; its id."""
    upload_id = str(uuid.uuid4())
    world.service.storage.put(f"uploads/finance/{dataset}/{upload_id}", [content])
    with psycopg.connect(world.database_url) as connection:
        connection.execute(
            "INSERT INTO pipeline (organisation, dataset, slug) VALUES ('finance', %s, %s) ON CONFLICT DO NOTHING",
            [dataset, f"finance-{dataset}"],
        )
        connection.execute(
            "INSERT INTO pipeline_data_file (id, pipeline_id, data_file_url, original_name, uploaded_by, state,"
            " uploaded_at, started_processing_at, encoding, delimiter, quote, column_names, column_types)"
            " SELECT %s, id, '', 'budget.csv', 'me', 'verified', now(), now(), %s, %s, '\"', %s, %s FROM pipeline"
            " WHERE dataset = %s",
            [upload_id, row.get("encoding", "utf-8"), row.get("delimiter", ","), names, types, dataset],
        )
    return upload_id


def upload_row(world: World, upload_id: str) -> dict[str, object]:
    """An upload's row as the pages read it."""
    (row,) = [row for row in world.rows("SELECT * FROM pipeline_data_file") if str(row["id"]) == upload_id]
    return row

"""A file that is replaced again and again takes no more disk than twice."""

from dataclasses import replace

import psycopg
import pytest

from dss_assets.database import Connection
from dss_assets.dataset import Column, Dataset, Delimited, Incremental, Loading, MissingRows, Snapshot
from tests.parts.assets_fixtures import Ingest, Select

TREES = Dataset(
    "org",
    "trees",
    source=None,
    format=Delimited(),
    loading=Incremental(),
    columns=(Column("name"), Column("note")),
)
SIZE = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relnamespace = '\"org.trees\"'::regnamespace"
ROWS = 500
REPLACEMENTS = 50


def trees(edition: int) -> bytes:
    lines = (f'"tree {number}","edition {edition}, {"as tall as the house behind it " * 5}"' for number in range(ROWS))
    return "\n".join(["name,note", *lines]).encode()


@pytest.mark.parametrize("loading", [Incremental(), Snapshot(missing_rows=MissingRows.DELETE)])
def test_fifty_replacements_of_a_file_cost_no_more_disk_than_two(
    loading: Loading, ingest_bytes: Ingest, select: Select
) -> None:
    dataset = replace(TREES, loading=loading)
    sizes = []
    for edition in range(REPLACEMENTS + 1):
        ingest_bytes(dataset, "a.csv", trees(edition))
        sizes += select(SIZE)
    once, *_, at_last = (size for (size,) in sizes)

    assert select('SELECT count(*) FROM "org.trees"."L0"') == [(ROWS,)]
    assert at_last <= 2 * once
    assert max(sizes) <= (2 * once,)


def test_a_small_file_of_a_large_table_leaves_its_space_to_the_next(ingest_bytes: Ingest, select: Select) -> None:
    for number in range(20):
        ingest_bytes(TREES, f"{number}.csv", trees(number))
    sizes = []
    for edition in range(20):
        ingest_bytes(TREES, "7.csv", trees(edition))
        sizes += select(SIZE)

    assert sizes[-1] <= max(sizes[:10])


def test_a_load_stands_where_its_table_cannot_be_vacuumed(
    ingest_bytes: Ingest, select: Select, connection: Connection, database_url: str
) -> None:
    ingest_bytes(TREES, "a.csv", trees(1))
    with psycopg.connect(database_url) as reader:
        # As an autovacuum that is at work, or a change of the table.
        reader.execute('LOCK TABLE "org.trees"."L0.files" IN ACCESS SHARE MODE')
        reader.execute('SELECT * FROM "org.trees"."L0"')
        ingest_bytes(TREES, "a.csv", trees(2))

    assert select('SELECT count(*), min(left(note, 9)) FROM "org.trees"."L0"') == [(ROWS, "edition 2")]

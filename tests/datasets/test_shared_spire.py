"""The samples of SPIRE's 25 files, row by row, where the folder with them is at hand."""

import gzip
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from psycopg.rows import dict_row

from dss_assets.database import Connection
from dss_assets.datasets import SPIRE
from infra.local.spire_samples import RELEASE
from tests.parts.assets_fixtures import Ingest, Rows
from tests.published import zipped
from tests.spire import read_as, release_zip

DATA = Path(__file__).parents[3] / "shared" / "data"
SAMPLES = DATA / "spire"
pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="only beside the publishers' own samples, which are not in the repository"
)


def as_in_json(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case Decimal():
            return float(value)
        case _:
            return value


def test_every_row_of_all_tables_is_loaded(
    ingest_bytes: Ingest, connection: Connection, select: Callable[[str], Rows]
) -> None:
    files = {path.stem: path.read_text() for path in SAMPLES.glob("*.csv")}
    assert sorted(files) == sorted(RELEASE)

    ingested = ingest_bytes(SPIRE, "samples.zip", zipped({f"{table}.csv": text for table, text in files.items()}))

    for table, text in files.items():
        with connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(sql.SQL("SELECT * FROM {} ORDER BY id").format(sql.Identifier("spire", table)))
            found = [{name: as_in_json(value) for name, value in row.items()} for row in rows]
        assert found == sorted(read_as(text), key=lambda row: row["id"]), table
        assert ingested.table_rows[table] == len(found) > 0
    # The keys and checks that the Flask service's database has for these tables.
    assert select(
        "SELECT contype::text, count(*)::int FROM pg_constraint WHERE connamespace = 'spire'::regnamespace"
        " AND contype IN ('p', 'f') GROUP BY 1 ORDER BY 1"
    ) == [("f", 24), ("p", 25)]


def test_the_first_release_takes_the_place_of_the_flask_services_tables(
    ingest_bytes: Ingest, connection: Connection, select: Callable[[str], Rows]
) -> None:
    dump = gzip.decompress((DATA / "flask-service" / "dump.sql.gz").read_bytes()).decode()
    made = re.findall(r"^(?:CREATE SCHEMA|(?:CREATE|ALTER) (?:TABLE|SEQUENCE)[^;]*?) spire\b[^;]*;", dump, re.MULTILINE)
    for statement in made:
        connection.execute(re.sub(r"(?m)^.* OWNER TO .*$", "", statement).encode())
    keys = (
        "SELECT count(*)::int FROM pg_constraint WHERE connamespace = 'spire'::regnamespace AND contype IN ('c', 'f')"
    )
    (before,) = select(keys)

    ingest_bytes(SPIRE, "first.zip", release_zip())

    assert select("SELECT count(*) FROM spire.batches") == [(2,)]
    # As many, and that no id is below zero, for the eight tables that have one of their own.
    assert select(keys) == [(before[0] + 8,)]

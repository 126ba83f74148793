"""Tables of releases whose ids were integers get bigints at their next load, and nobody notices."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Dataset
from dss_assets.datasets import EXPORTERS, REFERENCE_POSTCODES
from tests.parts.assets_fixtures import Ingest
from tests.published import exporter_line, exporters_zip, postcode_row, postcodes_csv

FILES = {
    EXPORTERS.key: [exporters_zip(exporters=exporter_line(month, "One", "1") * 2) for month in ("201601", "201602")],
    REFERENCE_POSTCODES.key: [
        postcodes_csv(*(postcode_row(f"AB1 0A{letter}") for letter in letters)) for letters in ("AB", "ABC")
    ],
}
VERSIONS = "SELECT relation::text, base::text, version, generation FROM operations.table_version ORDER BY 1"
TYPES = (
    "SELECT attrelid::regclass::text, attname, format_type(atttypid, NULL) FROM pg_attribute"
    " JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'v')"
    " WHERE relnamespace::regnamespace::text LIKE '\"%%.%%\"' AND attname IN ('id', 'first_id', 'last_id')"
)
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname LIKE '%%.%%' ORDER BY 1"


def narrow(connection: Connection, dataset: Dataset) -> None:
    """Bring the tables of a dataset to the form that earlier releases made."""
    l0, l1, files = (sql.Identifier(dataset.key, name) for name in ("L0", "L1", "L0.files"))
    ((definition, digest),) = connection.execute(
        "SELECT pg_get_viewdef(%(view)s::regclass), obj_description(%(view)s::regclass, 'pg_class')",
        {"view": l1.as_string(connection)},
    ).fetchall()
    kept = connection.execute(
        "SELECT version, generation FROM operations.table_version WHERE relation = %s::regclass",
        [l1.as_string(connection)],
    ).fetchone()
    connection.execute(sql.SQL("DROP VIEW {}").format(l1))
    connection.execute(sql.SQL("DROP TRIGGER note_change ON {}").format(l0))
    connection.execute(sql.SQL("ALTER TABLE {} ALTER COLUMN id TYPE integer").format(l0))
    if connection.execute("SELECT to_regclass(%s)", [files.as_string(connection)]).fetchone() != (None,):
        connection.execute(
            sql.SQL("ALTER TABLE {} ALTER COLUMN first_id TYPE integer, ALTER COLUMN last_id TYPE integer").format(
                files
            )
        )
    connection.execute(sql.SQL("CREATE VIEW {} AS {}").format(l1, sql.SQL(definition)))
    connection.execute(sql.SQL("COMMENT ON VIEW {} IS {}").format(l1, sql.Literal(digest)))
    connection.execute("DELETE FROM operations.table_version WHERE relation NOT IN (SELECT oid FROM pg_class)")
    assert kept
    connection.execute(
        "INSERT INTO operations.table_version (relation, base, version, generation)"
        " VALUES (%s::regclass, %s::regclass, %s, %s)",
        [l1.as_string(connection), l0.as_string(connection), *kept],
    )


def rows_of(connection: Connection, dataset: Dataset) -> list[tuple[Any, ...]]:
    """All rows of L1 as its clients read them."""
    l1 = sql.Identifier(dataset.key, "L1")
    return connection.execute(sql.SQL("SELECT * FROM {} ORDER BY id").format(l1)).fetchall()


@pytest.mark.parametrize("dataset", [EXPORTERS, REFERENCE_POSTCODES], ids=lambda dataset: dataset.key)
def test_ids_become_bigints_at_the_next_load_and_all_else_stays(
    dataset: Dataset, connection: Connection, ingest_bytes: Ingest, select: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    first, second = FILES[dataset.key]
    ingest_bytes(dataset, "first", first)
    narrow(connection, dataset)
    rows, versions, indexes = rows_of(connection, dataset), select(VERSIONS), select(INDEXES)
    assert {kind for _, _, kind in select(TYPES)} == {"integer"}

    ingest_bytes(dataset, "second", second)

    assert {kind for _, _, kind in select(TYPES)} == {"bigint"}
    assert rows_of(connection, dataset)[:2] == rows
    assert select(INDEXES) == indexes
    before = [(relation, base, generation) for relation, base, _, generation in versions]
    assert [(relation, base, generation) for relation, base, _, generation in select(VERSIONS)] == before


@pytest.mark.parametrize("dataset", [EXPORTERS, REFERENCE_POSTCODES], ids=lambda dataset: dataset.key)
def test_ids_go_on_beyond_what_an_integer_holds(dataset: Dataset, connection: Connection, ingest_bytes: Ingest) -> None:
    first, second = FILES[dataset.key]
    ingest_bytes(dataset, "first", first)
    connection.execute(
        "SELECT setval(pg_get_serial_sequence(%s, 'id'), 2147483647)",
        [sql.Identifier(dataset.key, "L0").as_string(connection)],
    )

    ingest_bytes(dataset, "second", second)

    assert rows_of(connection, dataset)[-1][0] > 2147483647

"""The Flask service's database: the tables of the service itself, wherever they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row

from dss_web.shared.former import aside_name

# Those whose names are ours as well, each with the columns that this import relies on.
SERVICE_TABLES: Final = {
    ("public", "hawk_users"): {"id", "key", "scope", "description"},
    ("public", "pipeline"): {"id", "organisation", "dataset", "slug"},
    ("public", "pipeline_data_file"): {"id", "data_file_url", "pipeline_id", "state", "uploaded_at", "column_types"},
    ("operations", "datafile_registry"): {"source", "file_name", "state", "created_timestamp", "updated_timestamp"},
}
# Columns that only ours have, of tables of these names.
_OURS: Final = {"original_name", "archived_at", "loaded_digest"}


class NotTheFlaskService(Exception):
    """The database is not one of the Flask service; the text says what was found."""


class Former:
    """Its database, for reading. Its times have no zone, and are UTC."""

    def __init__(self, connection: psycopg.Connection[DictRow]) -> None:
        """Raises NotTheFlaskService."""
        self._connection = connection
        self._schemas = {schema: self._find(schema) for schema, _ in SERVICE_TABLES}
        self._require()

    def rows(self, schema: str, table: str, order: str) -> list[dict[str, Any]]:
        """All rows of one of SERVICE_TABLES by their columns, ordered by one of these."""
        return self._connection.execute(
            sql.SQL("SELECT * FROM {} ORDER BY {}").format(
                sql.Identifier(self._schemas[schema], table), sql.Identifier(order)
            )
        ).fetchall()

    def _find(self, schema: str) -> str:
        """What the schema is called now: it is aside once the database was adopted."""
        aside = aside_name(schema)
        found = self._connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", [aside])
        return aside if found.rowcount else schema

    def _require(self) -> None:
        for (schema, table), expected in SERVICE_TABLES.items():
            columns = columns_of(self._connection, self._schemas[schema], table)
            if not expected <= columns or columns & _OURS:
                raise NotTheFlaskService(
                    f"This is not the database of the Flask service: in {schema}.{table} were expected the columns "
                    f"{', '.join(sorted(expected))}, and found {', '.join(sorted(columns)) or 'no such table'}."
                )


def columns_of(connection: psycopg.Connection[Any], schema: str, table: str) -> set[str]:
    """The names of a table's columns; none where there is no table."""
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
        [sql.Identifier(schema, table).as_string(connection)],
    ).fetchall()
    return {row["attname"] for row in rows}


@contextmanager
def connect(url: str, *, is_read_only: bool = True) -> Iterator[psycopg.Connection[DictRow]]:
    """A connection in autocommit mode, on which rows are dictionaries. Raises psycopg.OperationalError."""
    # Whoever reads the tables would wait behind us: we come back instead.
    options = "-c DateStyle=ISO,YMD -c TimeZone=UTC -c lock_timeout=5s"
    if is_read_only:
        options += " -c default_transaction_read_only=on"
    with psycopg.connect(
        url, autocommit=True, row_factory=dict_row, connect_timeout=10, options=options, application_name="dss move in"
    ) as connection:
        yield connection

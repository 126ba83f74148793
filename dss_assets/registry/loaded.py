"""The files whose rows are in the tables, for a dataset that is reshaped."""

from dataclasses import dataclass

from psycopg import sql
from psycopg.rows import class_row

from dss_assets.database import Connection
from dss_web.shared.contract import REGISTRY, FileState

_REGISTRY = sql.Identifier(*REGISTRY)


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file whose rows are in the tables.

    `digest` is that of its bytes, and `stored_digest` that of the version which is stored now. `declaration` is the
    fingerprint of that by which its rows were read, '' where releases up to 0.2 loaded it.
    """

    name: str
    digest: str
    stored_digest: str
    declaration: str


def loaded_files(connection: Connection, source: str) -> list[LoadedFile]:
    """The files whose rows are in the tables, by their dates, or in the order in which they were loaded."""
    with connection.cursor(row_factory=class_row(LoadedFile)) as cursor:
        return cursor.execute(
            sql.SQL(
                "SELECT file_name AS name, loaded_digest AS digest, digest AS stored_digest, declaration FROM {}"
                " WHERE source = %s AND loaded_digest <> ''"
                " ORDER BY file_date, coalesce(loaded_at, updated_timestamp), id"
            ).format(_REGISTRY),
            [source],
        ).fetchall()


def reload(connection: Connection, source: str, file_name: str, rows: int, declaration: str) -> None:
    """Record that the loaded bytes of a file were loaded again, for data-flow to read them."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET rows = %(rows)s, declaration = %(declaration)s, dataflow_run_id = NULL,"
            " concerns_dataflow = true, findings = NULL"
            " WHERE source = %(source)s AND file_name = %(file)s"
        ).format(_REGISTRY),
        {"source": source, "file": file_name, "rows": rows, "declaration": declaration},
    )


def release_waiting(connection: Connection, source: str) -> None:
    """Let the files be loaded that waited for their tables to be reshaped."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET refused_declaration = '', error_message = NULL, updated_timestamp = now()"
            " WHERE source = %(source)s AND state = %(due)s AND refused_declaration <> ''"
        ).format(_REGISTRY),
        {"source": source, "due": FileState.DUE},
    )

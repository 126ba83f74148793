"""What the Dagster UI shows of each step."""

from collections.abc import Iterable, Mapping
from typing import Any

from dagster import MetadataValue, TableColumn, TableRecord, TableSchema
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Column, Dataset
from dss_assets.ingestion import Ingested
from dss_assets.resources import Service

Metadata = Mapping[str, Any]

# Enough to see whether the columns are right; each event keeps its own.
PREVIEW_ROWS = 5


def stored_file(file_name: str, ingested: Ingested) -> Metadata:
    """What is shown of the stored bytes."""
    return {
        "file": file_name,
        "bytes": ingested.stored.size,
        "sha256": ingested.stored.digest,
        "storage path": MetadataValue.path(ingested.stored.path),
    }


def loaded_table(
    connection: Connection, service: Service, dataset: Dataset, table: str, file_name: str, ingested: Ingested
) -> Metadata:
    """What is shown of a load into a table, with the first rows of the file as they are there."""
    return {
        "file": file_name,
        "rows": ingested.table_rows.get(table, ingested.rows),
        "records in the file": ingested.records,
        "rejected": ingested.rejected,
        "left to newer files": ingested.superseded,
        **({"columns": ingested.verdict.columns} if ingested.verdict.columns else {}),
        "seconds": round(ingested.seconds, 3),
        "skipped": dict(ingested.skipped),
        **({"first skipped": _rejects(ingested)} if ingested.rejects else {}),
        "preview": _preview(connection, dataset, table, file_name),
        "table in the API": MetadataValue.url(service.table_url(dataset.schema, table)),
    }


def registry_row(file_name: str, ingested: Ingested) -> Metadata:
    """What is shown of the file's row in the registry."""
    return {"file": file_name, "state": "processed", "rows": ingested.rows, "version": ingested.version}


def _rejects(ingested: Ingested) -> MetadataValue[Any]:
    """What was skipped, member by member."""
    records = [
        TableRecord({"member": reject.place, "line": reject.line, "reason": reject.reason})
        for reject in ingested.rejects
    ]
    return MetadataValue.table(records, TableSchema([TableColumn(name) for name in ("member", "line", "reason")]))


def _preview(connection: Connection, dataset: Dataset, table: str, file_name: str) -> MetadataValue[Any]:
    """The first rows of a file in a table. L1 has the ids of L0, whose rows know their file; a release is its file."""
    shown = sql.Identifier(dataset.schema, table)
    limit = sql.SQL("SELECT id FROM {} ORDER BY id LIMIT {}").format(shown, sql.Literal(PREVIEW_ROWS))
    if not dataset.release:
        limit = sql.SQL("SELECT id FROM {} WHERE datafile_created = {} ORDER BY id DESC LIMIT {}").format(
            sql.Identifier(dataset.key, "L0"), sql.Literal(file_name), sql.Literal(PREVIEW_ROWS)
        )
    cursor = connection.execute(
        sql.SQL("SELECT * FROM {} WHERE id IN ({}) ORDER BY id").format(shown, limit),
    )
    names = [column.name for column in cursor.description or ()]
    records = [
        TableRecord({name: _shown(value) for name, value in zip(names, row, strict=True)}) for row in cursor.fetchall()
    ]
    return MetadataValue.table(records, TableSchema([TableColumn(name) for name in names]))


def _shown(value: Any) -> str | int | float | bool | None:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def column_schemas(dataset: Dataset) -> Mapping[str, TableSchema]:
    """The columns of each declared table, for the assets' own pages."""
    if dataset.release:
        return {table.name: _schema(table.stored_columns) for table in dataset.release.tables}
    return {"L0": _schema(dataset.columns)}


def _schema(columns: Iterable[Column]) -> TableSchema:
    return TableSchema(
        [TableColumn(column.name, type=column.type.value, description=column.description or None) for column in columns]
    )

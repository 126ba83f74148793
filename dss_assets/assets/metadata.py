"""What the Dagster UI shows of each step."""

from collections.abc import Mapping
from typing import Any

from dagster import MetadataValue, TableColumn, TableRecord, TableSchema
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Dataset
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
        "rows": ingested.rows,
        "records in the file": ingested.records,
        "rejected": ingested.rejected,
        "left to newer files": ingested.superseded,
        **({"columns": ingested.verdict.columns} if ingested.verdict.columns else {}),
        "seconds": round(ingested.seconds, 3),
        "skipped": dict(ingested.skipped),
        **({"first skipped": _rejects(ingested)} if ingested.rejects else {}),
        "preview": _preview(connection, dataset, table, file_name),
        "table in the API": MetadataValue.url(service.table_url(dataset.key, table)),
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
    """The first rows of a file in a table. L1 has the ids of L0, whose rows know their file."""
    l0, shown = sql.Identifier(dataset.key, "L0"), sql.Identifier(dataset.key, table)
    cursor = connection.execute(
        sql.SQL(
            "SELECT * FROM {} WHERE id IN (SELECT id FROM {} WHERE datafile_created = %s ORDER BY id DESC LIMIT %s)"
            " ORDER BY id"
        ).format(shown, l0),
        [file_name, PREVIEW_ROWS],
    )
    names = [column.name for column in cursor.description or ()]
    records = [
        TableRecord({name: _shown(value) for name, value in zip(names, row, strict=True)}) for row in cursor.fetchall()
    ]
    return MetadataValue.table(records, TableSchema([TableColumn(name) for name in names]))


def _shown(value: Any) -> str | int | float | bool | None:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def column_schema(dataset: Dataset) -> TableSchema:
    """L0's declared columns, for the asset's own page."""
    return TableSchema([TableColumn(column.name, type=column.type.value) for column in dataset.columns])

"""What the Dagster UI shows of each step."""

from typing import Any

from dagster import MetadataValue, TableColumn, TableRecord, TableSchema
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Dataset, Rowwise
from dss_assets.delivery import Delivered
from dss_assets.ingestion import Ingested
from dss_assets.loading import Tables
from dss_assets.loading.file_rows import rows_of_file
from dss_assets.resources import Service

Metadata = dict[str, Any]

# Enough to see whether the columns are right; each event keeps its own.
PREVIEW_ROWS = 5
# Counting a million rows takes Postgres 50 ms, once for a table and run.
MOST_COUNTED = 1_000_000


def stored_file(file_name: str, ingested: Ingested) -> Metadata:
    """What is shown of the stored bytes."""
    return {
        "file": file_name,
        "bytes": ingested.stored.size,
        "sha256": ingested.stored.digest,
        "storage path": MetadataValue.path(ingested.stored.path),
    }


def loaded_table(service: Service, dataset: Dataset, table: str, file_name: str, ingested: Ingested) -> Metadata:
    """What is shown of a load into a table, without any value of the file."""
    return {
        "file": file_name,
        # A partition is a file, so that its rows are those of the partition. Dagster draws both over time.
        "dagster/partition_row_count": ingested.table_rows.get(table, ingested.rows),
        "records in the file": ingested.records,
        "rejected": ingested.rejected,
        "left to newer files": ingested.superseded,
        **({"columns": ingested.verdict.columns} if ingested.verdict.columns else {}),
        "seconds": round(ingested.seconds, 3),
        "skipped": dict(ingested.skipped),
        "in the catalogue": MetadataValue.url(service.page_url(dataset.key)),
    }


def values_shown(connection: Connection, dataset: Dataset, table: str, file_name: str, ingested: Ingested) -> Metadata:
    """What is shown of the values: the first rows of the file as they are in a table, and what was skipped of it."""
    return {
        **({"first skipped": _rejects(ingested)} if ingested.rejects else {}),
        "preview": _preview(connection, dataset, table, file_name),
    }


def registry_row(service: Service, dataset: Dataset, file_name: str, ingested: Ingested) -> Metadata:
    """What is shown of the file's row in the registry."""
    return {
        "file": file_name,
        "state": "processed",
        "rows": ingested.rows,
        "version": ingested.version,
        "in the admin": MetadataValue.url(service.registry_url(dataset.key, file_name)),
    }


def row_count(connection: Connection, dataset: Dataset, table: str) -> Metadata:
    """How many rows a table has: counted up to MOST_COUNTED rows of it or of L0, as Postgres estimates it beyond them.

    A view that has not as many rows as L0 is not estimated.
    """
    base = sql.Identifier(dataset.schema, table if dataset.release else "L0")
    found = connection.execute(
        "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [base.as_string(connection)]
    ).fetchone()
    estimate = found[0] if found else 0
    if estimate > MOST_COUNTED:
        has_as_many = table != "L1" or isinstance(dataset.l1, Rowwise)
        return {"dagster/row_count": estimate} if has_as_many else {}
    counted = connection.execute(
        sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(dataset.schema, table))
    ).fetchone()
    return {"dagster/row_count": counted[0] if counted else 0}


def delivery(delivered: Delivered, table: str) -> Metadata:
    """What is shown of a delivery of one of our tables."""
    link = {"data-flow": MetadataValue.url(delivered.link)} if delivered.link else {}
    return {**delivered.facts, "table": table, **link}


def _rejects(ingested: Ingested) -> MetadataValue[Any]:
    """What was skipped, member by member."""
    records = [
        TableRecord({"member": reject.place, "line": reject.line, "reason": reject.reason})
        for reject in ingested.rejects
    ]
    return MetadataValue.table(records, TableSchema([TableColumn(name) for name in ("member", "line", "reason")]))


def _preview(connection: Connection, dataset: Dataset, table: str, file_name: str) -> MetadataValue[Any]:
    """The first rows of a file in a table."""
    cursor = connection.execute(
        sql.SQL("SELECT * FROM {} WHERE {} ORDER BY id LIMIT {}").format(
            sql.Identifier(dataset.schema, table),
            rows_of_file(connection, Tables(dataset), table, file_name),
            sql.Literal(PREVIEW_ROWS),
        )
    )
    names = [column.name for column in cursor.description or ()]
    records = [
        TableRecord({name: _shown(value) for name, value in zip(names, row, strict=True)}) for row in cursor.fetchall()
    ]
    return MetadataValue.table(records, TableSchema([TableColumn(name) for name in names]))


def _shown(value: Any) -> str | int | float | bool | None:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)

"""What was sent of an export, kept for a day, so that its client can check what it has and go on after a break."""

import logging
import uuid
from datetime import timedelta
from typing import Any, Final

from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone

from dss_web.exports.models import TableExport
from dss_web.shared.contract import ExportState

log = logging.getLogger("dss_web.exports")

KEPT: Final = timedelta(days=1)


def open_receipt(**facts: Any) -> TableExport:
    """Begin a receipt; those that are too old go. Raises django.db.Error when Postgres is out of reach."""
    TableExport.objects.filter(started_at__lt=timezone.now() - KEPT).delete()
    return TableExport.objects.create(id=uuid.uuid4(), state=ExportState.RUNNING, checkpoints=[], **facts)


def save(receipt: TableExport) -> None:
    """Write the receipt's progress, and give the connection back at once."""
    try:
        receipt.save(
            update_fields=[
                "state",
                "reason",
                "rows",
                "bytes",
                "sha256",
                "first_id",
                "last_id",
                "checkpoints",
                "finished_at",
            ]
        )
    finally:
        connections.close_all()


def try_to_save(receipt: TableExport) -> None:
    """The same, where the export goes on without: a checkpoint less is no harm."""
    try:
        save(receipt)
    except DatabaseError as error:
        log.warning("could not write the receipt of export %s", receipt.id, exc_info=error)


def find_receipt(identifier: uuid.UUID, client_id: str, schema: str, table: str) -> TableExport | None:
    """A client's own receipt."""
    return TableExport.objects.filter(pk=identifier, client_id=client_id, schema_name=schema, table_name=table).first()


def as_json(receipt: TableExport) -> dict[str, object]:
    """The receipt as its client reads it."""
    return {
        "id": str(receipt.id),
        "state": receipt.state,
        "reason": receipt.reason,
        "schema": receipt.schema_name,
        "table": receipt.table_name,
        "format": receipt.format,
        "columns": receipt.columns,
        "target": receipt.target,
        "version": receipt.version,
        "generation": receipt.generation,
        "rows": receipt.rows,
        "bytes": receipt.bytes,
        "sha256": receipt.sha256,
        "first_id": receipt.first_id,
        "last_id": receipt.last_id,
        "checkpoints": receipt.checkpoints,
        "started_at": receipt.started_at.isoformat(),
        "finished_at": receipt.finished_at and receipt.finished_at.isoformat(),
    }

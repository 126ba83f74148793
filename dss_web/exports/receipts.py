"""What was sent of an export, kept for a day, so that its client can check what it has and resume after a break."""

import logging
import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone
from pydantic import ConfigDict, Field

from dss_web.exports.export_query import Format
from dss_web.exports.models import TableExport
from dss_web.http.bodies import Body
from dss_web.shared.contract import ExportState

log = logging.getLogger("dss_web.exports")

# Long enough to check a night's exports the next morning. Clients are told so in the guide.
KEPT_FOR: Final = timedelta(days=1)


class Checkpoint(Body):
    """What was sent of an export up to the end of some row."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"bytes": 8_388_650, "rows": 52_428, "last_id": 52_428, "sha256": "0a1b2c3d" * 8}]
        }
    )

    bytes: int = Field(description="Bytes of the content's first part, before its Content-Encoding.")
    rows: int = Field(description="Rows in it.")
    last_id: int = Field(description="The id of its last row.")
    sha256: str = Field(description="Its SHA-256, in hexadecimal digits.")


class Receipt(Body):
    """What was sent of an export."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "c61babe5-5e87-4a69-90ae-17795aa8eda3",
                    "state": "complete",
                    "reason": "",
                    "schema": "hmrc.exporters",
                    "table": "L1",
                    "format": "csv",
                    "columns": ["id", "company_name"],
                    "target": "/api/v1/table-export/hmrc.exporters/L1?columns=id%2Ccompany_name",
                    "version": 7,
                    "generation": 4,
                    "rows": 1,
                    "bytes": 27,
                    "sha256": "5c2f8f0a2d8a4a0a7a3bb0ed1dfdc7b3fb4a4dbf3a1df1c0a51e8d3f9a8c1b42",
                    "first_id": 1,
                    "last_id": 1,
                    "checkpoints": [],
                    "started_at": "2026-11-25T09:30:00.123456+00:00",
                    "finished_at": "2026-11-25T09:30:01.234567+00:00",
                }
            ]
        },
    )

    id: uuid.UUID = Field(description="The export's id, as in `DSS-Export-Id`.")
    state: ExportState = Field(description="Only a `complete` export was sent to its end.")
    reason: str = Field(description="Why it broke off; empty otherwise.")
    schema_: str = Field(
        validation_alias="schema_name", serialization_alias="schema", description="The schema of the table."
    )
    table: str = Field(validation_alias="table_name", description="The table.")
    format: Format = Field(description="The format that was asked for.")
    columns: list[str] = Field(description="The columns that were sent, in their order.")
    target: str = Field(description="Path and query of the request.")
    version: int | None = Field(description="The state of the table; null if its changes are not tracked.")
    generation: int | None = Field(
        description="The table's generation, to resume from a checkpoint; null if its changes are not tracked."
    )
    rows: int = Field(description="Rows that were sent.")
    bytes: int = Field(description="Bytes of the content, before its Content-Encoding.")
    sha256: str = Field(
        description="SHA-256 of the content, before its Content-Encoding, in hexadecimal digits; empty while it runs."
    )
    first_id: int | None = Field(description="The id of the first row, null if no id is known.")
    last_id: int | None = Field(description="The id of the last row, null if no id is known.")
    checkpoints: list[Checkpoint] = Field(
        description="First parts of the content, each of which ends with a row, from which an export can be resumed."
    )
    started_at: datetime = Field(description="When the export began, in UTC.")
    finished_at: datetime | None = Field(description="When it ended, in UTC; null while it runs.")


def open_receipt(**facts: Any) -> TableExport:
    """Begin a receipt, which `save` writes, and delete those that are too old. Raises django.db.Error."""
    TableExport.objects.filter(started_at__lt=timezone.now() - KEPT_FOR).delete()
    return TableExport(id=uuid.uuid4(), state=ExportState.RUNNING, checkpoints=[], **facts)


def save(export: TableExport) -> None:
    """Write the export as it is now, and give the connection back at once. Raises django.db.Error."""
    try:
        export.save()
    finally:
        connections.close_all()


def try_to_save(export: TableExport) -> None:
    """As `save`, except that a failure is only logged: with a checkpoint less, more is read again after a break."""
    try:
        save(export)
    except DatabaseError as error:
        log.warning("could not write the receipt of export %s", export.id, exc_info=error)


def find_export(identifier: uuid.UUID, client_id: str, schema: str, table: str) -> TableExport | None:
    """A client's own export of this table."""
    exports = TableExport.objects.filter(pk=identifier, client_id=client_id, schema_name=schema, table_name=table)
    return exports.first()

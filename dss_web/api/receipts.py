"""The receipt of an export, by which its client checks that it got everything."""

import uuid
from typing import Final

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from ninja import PathEx
from ninja.params import P

from dss_web.api.hawk_auth import client_of
from dss_web.api.parameters import SchemaName, TableName
from dss_web.api.responses import ALWAYS_POSSIBLE, SIGNED
from dss_web.api.signed_operation import SignedOperation, table_scopes
from dss_web.exports.receipts import Receipt, find_export
from dss_web.http.errors import NoSuchTable, Unavailable
from dss_web.http.operation import ResponseType, Tag
from dss_web.http.responses import json_response

ExportId = PathEx[
    uuid.UUID,
    P(description="The export, as `DSS-Export-Id` named it.", example="c61babe5-5e87-4a69-90ae-17795aa8eda3"),
]


def get_export_receipt(
    request: HttpRequest, schema_name: SchemaName, table_name: TableName, export_id: ExportId
) -> HttpResponse:
    """What was sent of one of the client's own exports."""
    try:
        export = find_export(export_id, client_of(request).id, schema_name, table_name)
    except DatabaseError as error:
        raise Unavailable("The database is out of reach: try again later") from error
    if export is None:
        raise NoSuchTable
    response = json_response(Receipt.model_validate(export))
    response["Cache-Control"] = "no-store"
    return response


OPERATION: Final = SignedOperation(
    operation_id="get_export_receipt",
    path="/api/v1/table-export/{schema_name}/{table_name}/receipts/{export_id}",
    view=get_export_receipt,
    summary="Check what was sent of an export",
    description="The receipt of one of your own exports; it is kept for a day.",
    tag=Tag.TABLES,
    responses=(
        ResponseType(name="Receipt", status=200, description="What was sent.", bodies=(Receipt,), headers=SIGNED),
        *ALWAYS_POSSIBLE,
    ),
    # The receipt belongs to whoever could start the export.
    scopes=table_scopes("export_table"),
)

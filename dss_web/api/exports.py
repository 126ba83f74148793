"""table-export: a whole table in one stream."""

from typing import Final

from django.http import HttpRequest, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from ninja import Query
from pydantic import ConfigDict, RootModel

from dss_web.api.hawk_auth import client_of
from dss_web.api.parameters import FILTERS, IF_NONE_MATCH, SchemaName, TableName
from dss_web.api.responses import ALWAYS_POSSIBLE, CHANGED, SIGNED, UNPROCESSABLE
from dss_web.api.signed_operation import SignedOperation, table_scopes
from dss_web.exports.content_coding import ContentCoding, accepted_coding
from dss_web.exports.export_query import ExportQuery, Format
from dss_web.exports.formats import CONTENT_TYPES
from dss_web.exports.producer import Opened, peek_export
from dss_web.exports.sending import begin
from dss_web.hawk.signature import EXPORT_ID
from dss_web.http.errors import NotModified
from dss_web.http.operation import ResponseType, Tag
from dss_web.http.request_context import context_of
from dss_web.http.request_url import origin, raw_path
from dss_web.tables.served_table import ServedTable, table_by_name

# Characters that a file name or the header that has it cannot hold.
_NOT_IN_FILE_NAMES: Final = {**dict.fromkeys(range(0x20), "_"), 0x7F: "_", ord("/"): "_", ord("\\"): "_", ord('"'): "_"}


class ExportedTable(RootModel[str]):
    """Rows as CSV, NDJSON or Parquet."""

    model_config = ConfigDict(json_schema_extra={"examples": ["id,company_name\n1,acme ltd\n"]})


def export_table(
    request: HttpRequest, schema_name: SchemaName, table_name: TableName, query: Query[ExportQuery]
) -> HttpResponseBase:
    """A whole table, or its rows from an id on, in one stream and of one state.

    The header `DSS-Export-Id`, which is also the signed `ext` of `Server-Authorization`, names the receipt with which
    the client checks that it got everything: `…/table-export/{schema}/{table}/receipts/{id}`.
    """
    table = table_by_name(schema_name, table_name)
    coding = ContentCoding.IDENTITY
    if query.format is not Format.PARQUET:  # which is compressed within
        coding = accepted_coding(request.headers.get("Accept-Encoding", ""))
    response: HttpResponseBase
    try:
        if request.method == "HEAD":
            response = _with_headers(
                StreamingHttpResponse(()), table, query, coding, peek_export(request, table, query)
            )
        else:
            response = _send(request, table, query, coding)
    except NotModified:
        response = HttpResponseNotModified()
    if query.format is not Format.PARQUET:
        patch_vary_headers(response, ["Accept-Encoding"])
    context = context_of(request)
    if coding is not ContentCoding.IDENTITY and context.entity_tag:
        # Weak: the same rows in other bytes.
        context.entity_tag = f"W/{context.entity_tag}"
    return response


def _send(request: HttpRequest, table: ServedTable, query: ExportQuery, coding: ContentCoding) -> StreamingHttpResponse:
    """Begin the stream, once the table is open and the query valid. Raises ApiError."""
    begun = begin(request, table, query, coding, client_of(request).id)
    response = StreamingHttpResponse(begun.body)
    response[EXPORT_ID] = str(begun.receipt.id)
    path = raw_path(request).removesuffix("/")
    response["Link"] = f'<{origin(request)}{path}/receipts/{begun.receipt.id}>; rel="describedby"'
    return _with_headers(response, table, query, coding, begun.opened)


def _with_headers(
    response: StreamingHttpResponse, table: ServedTable, query: ExportQuery, coding: ContentCoding, opened: Opened
) -> StreamingHttpResponse:
    response["Content-Type"] = CONTENT_TYPES[query.format]
    file_name = f"{table.schema}.{table.name}.{query.format}".translate(_NOT_IN_FILE_NAMES)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file_name) or ""
    if opened.version:
        response["DSS-Generation"] = str(opened.version.generation)
    if coding is not ContentCoding.IDENTITY:
        response["Content-Encoding"] = coding
    return response


OPERATION: Final = SignedOperation(
    operation_id="export_table",
    path="/api/v1/table-export/{schema_name}/{table_name}",
    view=export_table,
    summary="Read a whole table in one stream",
    description="All rows, or those from an id on, as CSV, NDJSON or Parquet, compressed as `Accept-Encoding` prefers. "
    "The response's head is signed without a hash of the body, with the export's id as `ext`. When the body has ended, "
    "the receipt of that id has its rows, bytes and SHA-256.",
    tag=Tag.TABLES,
    responses=(
        ResponseType(
            name="Export",
            status=200,
            description="The rows, ordered by id, of one state of the table. An export that fails midway has no end: "
            "the connection breaks off.",
            bodies=(ExportedTable,),
            headers=SIGNED,
            optional_headers=("ETag", EXPORT_ID, "DSS-Generation"),
            media_types=tuple(content_type.partition(";")[0] for content_type in CONTENT_TYPES.values()),
        ),
        CHANGED,
        UNPROCESSABLE,
        *ALWAYS_POSSIBLE,
    ),
    parameters=(FILTERS, IF_NONE_MATCH),
    scopes=table_scopes("export_table"),
)

"""table-export: a whole table in one stream."""

from typing import Final

from django.db import Error as DatabaseError
from django.db import connections
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
from dss_web.configuration import web_settings
from dss_web.exports.content_coding import ContentCoding, accepted_coding, compressor
from dss_web.exports.export_query import ExportQuery, Format
from dss_web.exports.formats import CONTENT_TYPES, RESUMABLE
from dss_web.exports.producer import Opened, Producer, peek_export
from dss_web.exports.receipts import open_receipt
from dss_web.exports.slots import slots
from dss_web.exports.spool import MEBIBYTE, Spool
from dss_web.exports.stream import ExportStream
from dss_web.hawk.signature import EXPORT_ID
from dss_web.http.errors import NotModified, Unavailable
from dss_web.http.operation import ResponseType, Tag
from dss_web.http.request_context import context_of
from dss_web.http.request_url import origin, raw_path, raw_target
from dss_web.tables.served_table import ServedTable, table_by_name

# An error within this time becomes the response. An export that takes longer for its first rows begins without them.
_FIRST_ROWS_SECONDS: Final = 2
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
    settings = web_settings()
    if not slots().acquire(blocking=False):
        raise Unavailable(
            f"{settings.exports_at_once} exports are being sent already, which is the limit: try again later"
        )
    spool = Spool(settings.dss_export_spool_folder or None, settings.dss_export_spool_megabytes * MEBIBYTE)
    producer = Producer(request, table, query, spool)
    try:
        producer.start()
        opened = producer.opened.result()
        spool.wait(_FIRST_ROWS_SECONDS)
        export = open_receipt(
            client_id=client_of(request).id,
            schema_name=table.schema,
            table_name=table.name,
            format=query.format,
            columns=list(opened.columns),
            target=raw_target(request),
            version=opened.version and opened.version.number,
            generation=opened.version and opened.version.generation,
        )
    except BaseException as error:
        producer.cancel()
        spool.close()
        slots().release()
        if isinstance(error, DatabaseError):
            raise Unavailable("The service cannot write the export's receipt: try again later") from error
        raise
    # No connection is held while the client reads: the stream takes one when it saves the receipt.
    connections.close_all()
    body = ExportStream(
        request,
        producer,
        spool,
        export,
        compressor(coding),
        slots().release,
        is_resumable=query.format in RESUMABLE,
    )
    response = StreamingHttpResponse(body)
    response[EXPORT_ID] = str(export.id)
    path = raw_path(request).removesuffix("/")
    response["Link"] = f'<{origin(request)}{path}/receipts/{export.id}>; rel="describedby"'
    return _with_headers(response, table, query, coding, opened)


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

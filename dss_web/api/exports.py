"""The routes of exports: a whole table, and the receipt of what was sent of it."""

import threading
import uuid
from functools import cache
from typing import Any, Final

import orjson
from django.db import Error as DatabaseError
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from ninja import Query

from dss_web.configuration import web_settings
from dss_web.exports.content_coding import ContentCoding, accepted_coding, compressor
from dss_web.exports.export_query import ExportQuery, Format
from dss_web.exports.formats import CONTENT_TYPES, RESUMABLE
from dss_web.exports.producer import Opened, Producer, peek_export
from dss_web.exports.receipts import as_json, find_receipt, open_receipt
from dss_web.exports.spool import MEBIBYTE, Spool
from dss_web.exports.stream import ExportStream
from dss_web.hawk.signature import EXPORT_ID
from dss_web.http.errors import NoSuchTable, NotModified, Unavailable
from dss_web.http.request_context import context_of
from dss_web.http.request_url import origin, raw_path, raw_target
from dss_web.tables.served_table import ServedTable, table_by_name

# An export that fails at once is answered with its error; one that needs longer for its first row begins without it.
_FIRST_ROWS_SECONDS: Final = 2
_NOT_IN_FILE_NAMES: Final = {**dict.fromkeys(range(0x20), "_"), 0x7F: "_", ord("/"): "_", ord("\\"): "_", ord('"'): "_"}


def export_table(
    request: HttpRequest, schema_name: str, table_name: str, query: Query[ExportQuery]
) -> HttpResponseBase:
    """A whole table, or its rows from an id on, in one stream and of one state.

    The header `DSS-Export-Id`, which is also the signed `ext` of `Server-Authorization`, names the receipt by which
    the client checks that it got everything: `…/table-export/{schema}/{table}/receipts/{id}`.
    """
    table = table_by_name(schema_name, table_name)
    coding = ContentCoding.IDENTITY
    if query.format is not Format.PARQUET:  # compressed within
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
        # The same rows in other bytes.
        context.entity_tag = f"W/{context.entity_tag}"
    return response


def _send(request: HttpRequest, table: ServedTable, query: ExportQuery, coding: ContentCoding) -> StreamingHttpResponse:
    """Begin the stream, once it is known that there is no reason against it."""
    settings = web_settings()
    if not _slots().acquire(blocking=False):
        raise Unavailable(
            f"{settings.exports_at_once} exports are being sent already, as many as there may be: try again later"
        )
    spool = Spool(settings.dss_export_spool_folder or None, settings.dss_export_spool_megabytes * MEBIBYTE)
    production = Producer(request, table, query, spool)
    try:
        production.start()
        opened = production.opened.result()
        spool.wait(_FIRST_ROWS_SECONDS)
        receipt = open_receipt(
            client_id=_client_id(request),
            schema_name=table.schema,
            table_name=table.name,
            format=query.format,
            columns=list(opened.columns),
            target=raw_target(request),
            version=opened.version and opened.version.number,
            generation=opened.version and opened.version.generation,
        )
    except BaseException as error:
        production.cancel()
        spool.close()
        _slots().release()
        if isinstance(error, DatabaseError):
            raise Unavailable("The service cannot write the export's receipt: try again later") from error
        raise
    # Not held while the client reads: the stream takes one when it has something to write down.
    connections.close_all()
    body = ExportStream(
        request,
        production,
        spool,
        receipt,
        compressor(coding),
        _slots().release,
        is_resumable=query.format in RESUMABLE,
    )
    response = StreamingHttpResponse(body)
    response[EXPORT_ID] = str(receipt.id)
    path = raw_path(request).removesuffix("/")
    response["Link"] = f'<{origin(request)}{path}/receipts/{receipt.id}>; rel="describedby"'
    return _with_headers(response, table, query, coding, opened)


def get_export_receipt(request: HttpRequest, schema_name: str, table_name: str, export_id: uuid.UUID) -> HttpResponse:
    """What was sent of one of the client's own exports; kept for a day.

    `state` is running, complete or broken-off. `bytes`, `rows` and `sha256` are of the content before its
    Content-Encoding; a checkpoint says the same of a first part, which ends with a row.
    """
    try:
        receipt = find_receipt(export_id, _client_id(request), schema_name, table_name)
    except DatabaseError as error:
        raise Unavailable("The database is out of reach: try again later") from error
    if receipt is None:
        raise NoSuchTable
    return HttpResponse(
        orjson.dumps(as_json(receipt)), content_type="application/json", headers={"Cache-Control": "no-store"}
    )


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


def _client_id(request: HttpRequest) -> str:
    client: Any = vars(request)["auth"]
    return str(client.id)


@cache
def _slots() -> threading.BoundedSemaphore:
    """One for each export that this process may send at once."""
    return threading.BoundedSemaphore(web_settings().exports_at_once)

"""An export that begins: a slot is taken, the table opened and the query checked, and its receipt written."""

from dataclasses import dataclass

from django.db import Error as DatabaseError
from django.db import connections
from django.http import HttpRequest

from dss_web.configuration import web_settings
from dss_web.exports.content_coding import ContentCoding, compressor
from dss_web.exports.export_query import ExportQuery
from dss_web.exports.formats import RESUMABLE
from dss_web.exports.models import TableExport
from dss_web.exports.producer import Opened, ParseConditions, Producer, filters_of_request
from dss_web.exports.receipts import open_receipt
from dss_web.exports.slots import slots
from dss_web.exports.spool import MEBIBYTE, Spool
from dss_web.exports.stream import ExportStream
from dss_web.http.errors import Unavailable
from dss_web.http.request_url import raw_target
from dss_web.tables.served_table import ServedTable


@dataclass(frozen=True)
class Begun:
    """An export whose `body` is to be sent, and closed: it holds a slot. `receipt` is written as it is sent."""

    body: ExportStream
    opened: Opened
    receipt: TableExport


def begin(
    request: HttpRequest,
    table: ServedTable,
    query: ExportQuery,
    coding: ContentCoding,
    reader: str,
    parse_conditions: ParseConditions = filters_of_request,
) -> Begun:
    """Begin the stream, once its first bytes are there. `reader` is whose receipt it is.

    Raises ApiError, NoSuchTable and NotModified: whatever fails before the first byte has a response of its own.
    """
    settings = web_settings()
    if not slots().acquire(blocking=False):
        raise Unavailable(
            f"{settings.exports_at_once} exports are being sent already, which is the limit: try again later"
        )
    spool = Spool(settings.dss_export_spool_folder or None, settings.dss_export_spool_megabytes * MEBIBYTE)
    producer = Producer(request, table, query, spool, parse_conditions)
    try:
        producer.start()
        opened = producer.opened.result()
        receipt = open_receipt(
            client_id=reader,
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
    # No connection is held while the first rows come and the client reads: the stream takes one to save the receipt.
    connections.close_all()
    body = ExportStream(
        request,
        producer,
        spool,
        receipt,
        compressor(coding),
        slots().release,
        is_resumable=query.format in RESUMABLE,
    )
    body.prepare()
    return Begun(body, opened, receipt)

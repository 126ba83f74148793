"""An export that begins: a slot is taken, the table opened and the query checked, and its receipt written."""

from dataclasses import dataclass
from typing import Final

from django.db import Error as DatabaseError
from django.db import connections
from django.http import HttpRequest

from dss_web.configuration import web_settings
from dss_web.exports.content_coding import ContentCoding, compressor
from dss_web.exports.export_query import ExportQuery
from dss_web.exports.formats import RESUMABLE
from dss_web.exports.models import TableExport
from dss_web.exports.producer import Conditions, Opened, Producer, filters_of_request
from dss_web.exports.receipts import open_receipt
from dss_web.exports.slots import slots
from dss_web.exports.spool import MEBIBYTE, Spool
from dss_web.exports.stream import ExportStream
from dss_web.http.errors import Unavailable
from dss_web.http.request_url import raw_target
from dss_web.tables.served_table import ServedTable

# An error within this time becomes the response. An export that takes longer for its first rows begins without them.
_FIRST_ROWS_SECONDS: Final = 2


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
    conditions: Conditions = filters_of_request,
) -> Begun:
    """Begin the stream, once the table is open and the query valid. `reader` is whose receipt it is.

    Raises ApiError, NoSuchTable and NotModified.
    """
    settings = web_settings()
    if not slots().acquire(blocking=False):
        raise Unavailable(
            f"{settings.exports_at_once} exports are being sent already, which is the limit: try again later"
        )
    spool = Spool(settings.dss_export_spool_folder or None, settings.dss_export_spool_megabytes * MEBIBYTE)
    producer = Producer(request, table, query, spool, conditions)
    try:
        producer.start()
        opened = producer.opened.result()
        spool.wait(_FIRST_ROWS_SECONDS)
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
    # No connection is held while the client reads: the stream takes one when it saves the receipt.
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
    return Begun(body, opened, receipt)

"""A version as a file: the bytes as they came, or the rows as they were loaded."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final, Self

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

from dss_web.configuration import web_settings
from dss_web.exports.export_query import ExportQuery, Format, Formulas
from dss_web.exports.formats import CONTENT_TYPES
from dss_web.exports.producer import Producer
from dss_web.exports.slots import slots
from dss_web.exports.spool import MEBIBYTE, Spool
from dss_web.http.errors import Unavailable
from dss_web.registry.models import UploadFile
from dss_web.shared.object_store import CHUNK_BYTES
from dss_web.tables.served_table import table_by_name
from dss_web.uploads import file_storage
from dss_web.uploads.comparison import VersionTable

# What no file name may hold: separators of folders, what Windows refuses, and what would end the header or turn the
# direction of what is shown.
_NOT_IN_NAMES: Final = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_NAME_CHARACTERS: Final = 150


def original(version: UploadFile) -> StreamingHttpResponse:
    """The bytes of a version as they came, under the name that the file had. Raises StorageUnavailable.

    Nothing in them is changed, formulas for spreadsheets neither.
    """
    # Opened here, so that an error of the storage is a page and not half a file.
    stack = ExitStack()
    file = stack.enter_context(file_storage.open_file(version.data_file_url))

    def chunks() -> Iterator[bytes]:
        with stack:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    # No type by which a browser would show it.
    response = _attachment(StreamingHttpResponse(chunks(), content_type="application/octet-stream"), version, "")
    if version.size is not None:
        response["Content-Length"] = str(version.size)
    return response


def clean(request: HttpRequest, version: UploadFile, table: VersionTable, formulas: Formulas) -> StreamingHttpResponse:
    """The rows of a version as they were loaded, as UTF-8 CSV. Raises ApiError, also where the table is gone by now."""
    settings = web_settings()
    if not slots().acquire(blocking=False):
        raise Unavailable("As many files as the service can send at once are being sent: try again later")
    spool = Spool(settings.dss_export_spool_folder or None, settings.dss_export_spool_megabytes * MEBIBYTE)
    columns = version.column_names or []
    query = ExportQuery(format=Format.CSV, columns=columns, generation=table.generation, formulas=formulas)
    producer = Producer(request, table_by_name(str(version.pipeline), "L0"), query, spool)
    rows = _Rows(producer, spool)
    try:
        producer.start()
        producer.opened.result()
    except BaseException:
        rows.close()
        raise
    response = StreamingHttpResponse(rows, content_type=CONTENT_TYPES[Format.CSV])
    return _attachment(response, version, ".clean.csv")


class _Rows(Iterator[bytes]):
    """The body of a clean CSV. `close` must be called, as Django does it."""

    def __init__(self, producer: Producer, spool: Spool) -> None:
        self._producer, self._spool = producer, spool
        self._is_closed = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        # An error ends the connection before the last chunk, so that no one takes a part for the whole.
        if (block := self._spool.take()) is None:
            raise StopIteration
        return block.content

    def close(self) -> None:
        """End the export, whether all of it was sent or not."""
        if not self._is_closed:
            self._is_closed = True
            self._producer.cancel()
            self._spool.close()
            slots().release()


def _attachment(response: StreamingHttpResponse, version: UploadFile, ending: str) -> StreamingHttpResponse:
    name = safe_name(version.original_name)
    if ending:
        name = re.sub(r"\.(csv|tsv|txt|xlsx|ods|gz|zip)$", "", name, flags=re.IGNORECASE) + ending
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    response["Cache-Control"] = "private, no-store"
    return response


def safe_name(name: str) -> str:
    """A file's name without anything that would be more than a name on the computer that gets it."""
    text = _NOT_IN_NAMES.sub("_", name).strip(" .")
    return text[-_NAME_CHARACTERS:] or "file"

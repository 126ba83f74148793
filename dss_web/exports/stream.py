"""The body of an export: from the spool to the client, at the client's speed, without a database connection."""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Final, Self

from django.db import Error as DatabaseError
from django.http import HttpRequest
from django.utils import timezone

from dss_web.exports.content_coding import Compressor
from dss_web.exports.models import TableExport
from dss_web.exports.producer import Producer
from dss_web.exports.receipts import Checkpoint, save, try_to_save
from dss_web.exports.spool import Block, Spool, SpoolFull
from dss_web.http.errors import ApiError
from dss_web.http.request_context import context_of
from dss_web.shared.contract import ExportState

log = logging.getLogger("dss_web.exports")

# The first checkpoint is after 8 MiB: what is smaller is quickly read again.
CHECKPOINT_BYTES: Final = 8 * 2**20
# Each further one is after 8 MiB or 1/32 of what was sent, whichever is more. So at most 1/32 of a large export is read
# again after a break, and the largest exports have some hundred checkpoints.
CHECKPOINT_PART: Final = 32


class Aborted(Exception):
    """The export cannot continue. Raised into the server, it ends the connection before the body's last chunk."""


class ExportStream(Iterator[bytes]):
    """Iterates over the body and keeps the export. `close` must be called; it calls `release`, once."""

    def __init__(
        self,
        request: HttpRequest,
        producer: Producer,
        spool: Spool,
        export: TableExport,
        compressor: Compressor,
        release: Callable[[], None],
        *,
        is_resumable: bool,
    ) -> None:
        self._request, self._producer, self._spool = request, producer, spool
        self._export, self._compressor, self._release = export, compressor, release
        self._is_resumable = is_resumable
        self._digest = hashlib.sha256()
        self._next_checkpoint = CHECKPOINT_BYTES
        self._flushed = False
        self._closing = threading.Lock()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        while not self._flushed:
            block = self._take()
            if block is None:
                self._flushed = True
                self._finish(ExportState.COMPLETE)
                sent = self._compressor.flush()
            else:
                self._count(block)
                sent = self._compressor.compress(block.content)
            if sent:
                return sent
        raise StopIteration

    def close(self) -> None:
        """End the export: the server calls it after the last byte, or when the client has gone."""
        if not self._closing.acquire(blocking=False):
            return
        try:
            self._producer.cancel()
            if self._export.state == ExportState.RUNNING:
                self._break_off("the connection was closed before the end")
            context_of(self._request).rows = self._export.rows
        finally:
            self._spool.close()
            self._release()

    def _take(self) -> Block | None:
        try:
            return self._spool.take()
        except (ApiError, SpoolFull) as error:
            self._break_off(str(error))
            raise Aborted(str(error)) from error
        except Exception as error:
            self._break_off("an error of the service, which is in its log")
            raise Aborted("an export failed in the middle") from error

    def _count(self, block: Block) -> None:
        export = self._export
        # Only what was handed to the server before this block: the client may have it.
        if export.bytes >= self._next_checkpoint and self._is_resumable and export.last_id is not None:
            checkpoint = Checkpoint(
                bytes=export.bytes, rows=export.rows, last_id=export.last_id, sha256=self._digest.hexdigest()
            )
            export.checkpoints.append(checkpoint.model_dump())
            self._next_checkpoint = export.bytes + max(CHECKPOINT_BYTES, export.bytes // CHECKPOINT_PART)
            try_to_save(export)
        self._digest.update(block.content)
        export.bytes += len(block.content)
        export.rows += block.rows
        if block.rows:
            export.first_id = block.first_id if export.first_id is None else export.first_id
            export.last_id = block.last_id

    def _finish(self, state: ExportState, reason: str = "") -> None:
        export = self._export
        export.state, export.reason = state, reason
        export.sha256 = self._digest.hexdigest()
        export.finished_at = timezone.now()
        try:
            save(export)
        except DatabaseError as error:
            if state == ExportState.COMPLETE:
                # A client must be able to check a body that has ended, so this one must not end.
                raise Aborted(f"the receipt of export {export.id} could not be written") from error
            log.warning("could not write the receipt of export %s", export.id, exc_info=error)

    def _break_off(self, reason: str) -> None:
        context_of(self._request).outcome = f"broken off: {reason}"
        self._finish(ExportState.BROKEN_OFF, reason)

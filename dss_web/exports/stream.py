"""The body of an export: from the spool to the client, at the client's speed, without a database connection."""

import hashlib
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
from dss_web.http.connection import reset
from dss_web.http.errors import ApiError, Unavailable
from dss_web.http.request_context import context_of
from dss_web.shared.contract import ExportState

# The first checkpoint is after 8 MiB: what is smaller is quickly read again.
CHECKPOINT_BYTES: Final = 8 * 2**20
# Each further one is after 8 MiB or 1/32 of what was sent, whichever is more. So at most 1/32 of a large export is read
# again after a break, and the largest exports have some hundred checkpoints.
CHECKPOINT_PART: Final = 32


class Aborted(Exception):
    """The export cannot continue. Raised into the server, it ends the connection before the body's last chunk."""


class ExportStream(Iterator[bytes]):
    """Iterates over the body and keeps the export. `close` must be called; it calls `release`, once.

    gunicorn sends the head of a response with its first bytes, and answers an error before them with a page of its own,
    which nobody signs. So they are made by `prepare`, while an error still becomes the service's own response.
    """

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
        self._prepared: bytes | None = None
        self._flushed = False
        self._closing = threading.Lock()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = self._prepared or self._produce()
        except Exception as error:
            self._break_off(error)
            reset(self._request)
            raise Aborted("an export failed in the middle") from error
        self._prepared = None
        if not chunk:
            raise StopIteration
        return chunk

    def prepare(self) -> None:
        """Wait for the first bytes, or the end of an export without any, and write the receipt.

        Raises ApiError, and what is unforeseen as it is. It has closed itself then, and left no receipt.
        """
        try:
            self._prepared = self._produce()
            if not self._flushed:
                self._save()
        except BaseException as error:
            self._fail(error)
            self.close()
            raise

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

    def _produce(self) -> bytes:
        """The next bytes of the body; none at its end. Raises the failure of the producer or of the receipt."""
        while not self._flushed:
            block = self._spool.take()
            if block is None:
                self._flushed = True
                self._complete()
                return self._compressor.flush()
            self._count(block)
            if sent := self._compressor.compress(block.content):
                return sent
        return b""

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

    def _complete(self) -> None:
        self._end(ExportState.COMPLETE)
        # A client must be able to check a body that has ended: without its receipt this one must not end.
        self._save()

    def _save(self) -> None:
        try:
            save(self._export)
        except DatabaseError as error:
            raise Unavailable("The service cannot write the export's receipt: try again later") from error

    def _break_off(self, error: BaseException | str) -> None:
        """Write down that the export ends here, and why, in words for its client."""
        self._fail(error)
        try_to_save(self._export)

    def _fail(self, error: BaseException | str) -> None:
        match error:
            case str():
                reason = error
            case ApiError() | SpoolFull():
                reason = str(error)
            case _:
                reason = "an error of the service, which is in its log"
        context_of(self._request).outcome = f"broken off: {reason}"
        self._end(ExportState.BROKEN_OFF, reason)

    def _end(self, state: ExportState, reason: str = "") -> None:
        export = self._export
        export.state, export.reason = state, reason
        export.sha256 = self._digest.hexdigest()
        export.finished_at = timezone.now()

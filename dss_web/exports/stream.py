"""The body of an export's answer: from the spool to the client, at its speed, without a database connection."""

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
from dss_web.exports.receipts import save, try_to_save
from dss_web.exports.spool import Block, Spool, SpoolFull
from dss_web.http.errors import ApiError
from dss_web.http.request_context import context_of
from dss_web.shared.contract import ExportState

log = logging.getLogger("dss_web.exports")

CHECKPOINT_BYTES: Final = 8 * 2**20
# Of a large export at most this part is read again after a break, and the largest has some hundred checkpoints.
CHECKPOINT_PART: Final = 32


class Aborted(Exception):
    """The export cannot go on. Raised into the server, it ends the connection before the body's last chunk."""


class ExportStream(Iterator[bytes]):
    """Iterates over the body; `close` must be called, and lets go of everything. `release` is called once."""

    def __init__(
        self,
        request: HttpRequest,
        production: Producer,
        spool: Spool,
        receipt: TableExport,
        compressor: Compressor,
        release: Callable[[], None],
        *,
        is_resumable: bool,
    ) -> None:
        self._request, self._production, self._spool = request, production, spool
        self._receipt, self._compressor, self._release = receipt, compressor, release
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
        """The end of the answer, or of the client."""
        if not self._closing.acquire(blocking=False):
            return
        try:
            self._production.cancel()
            if self._receipt.state == ExportState.RUNNING:
                self._break_off("the connection was closed before the end")
            context_of(self._request).rows = self._receipt.rows
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
            self._break_off("an error of the service, which its log tells")
            raise Aborted("an export failed in the middle") from error

    def _count(self, block: Block) -> None:
        receipt = self._receipt
        # What was handed over before this block: of it the client can be sure to have been told.
        if receipt.bytes >= self._next_checkpoint and self._is_resumable and receipt.last_id is not None:
            receipt.checkpoints.append(
                {
                    "bytes": receipt.bytes,
                    "rows": receipt.rows,
                    "last_id": receipt.last_id,
                    "sha256": self._digest.hexdigest(),
                }
            )
            self._next_checkpoint = receipt.bytes + max(CHECKPOINT_BYTES, receipt.bytes // CHECKPOINT_PART)
            try_to_save(receipt)
        self._digest.update(block.content)
        receipt.bytes += len(block.content)
        receipt.rows += block.rows
        if block.rows:
            receipt.first_id = block.first_id if receipt.first_id is None else receipt.first_id
            receipt.last_id = block.last_id

    def _finish(self, state: ExportState, reason: str = "") -> None:
        receipt = self._receipt
        receipt.state, receipt.reason = state, reason
        receipt.sha256 = self._digest.hexdigest()
        receipt.finished_at = timezone.now()
        try:
            save(receipt)
        except DatabaseError as error:
            if state == ExportState.COMPLETE:
                # A body that ends well is one that its receipt bears out.
                raise Aborted(f"the receipt of export {receipt.id} could not be written") from error
            log.warning("could not write the receipt of export %s", receipt.id, exc_info=error)

    def _break_off(self, reason: str) -> None:
        context_of(self._request).outcome = f"broken off: {reason}"
        self._finish(ExportState.BROKEN_OFF, reason)

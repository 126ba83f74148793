"""The body of a request -> a file on disk. Nothing of any size is held in memory."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler

from dss_web.http.request_context import context_of

MEBIBYTE = 1024 * 1024


class LimitedFileUpload(TemporaryFileUploadHandler):
    """Stops at the limit. The rest is read and dropped, so that the browser shows our page and not its own error."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin to count with each file."""
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Write a chunk to disk, or note on the request that the file is over the limit. Raises StopUpload."""
        self.received += len(raw_data)
        if self.received > settings.DSS.dss_upload_limit_megabytes * MEBIBYTE:
            if self.request is not None:
                context_of(self.request).is_over_upload_limit = True
            raise StopUpload(connection_reset=False)
        return super().receive_data_chunk(raw_data, start)

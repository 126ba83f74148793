"""The body of a request -> the bytes of a part. It is read only when it is asked for, and no further than expected."""

from hashlib import sha256
from typing import Final

from django.http import HttpRequest
from django.http.request import UnreadablePostError

from dss_web.arrivals.errors import NotTaken, TooLarge
from dss_web.uploads.receiving import MEBIBYTE

_CHUNK_BYTES: Final = 64 * 1024
# The largest that a part may be by the settings.
MOST_BYTES: Final = 64 * MEBIBYTE
_BROKEN_OFF: Final = "The part broke off on its way. Send it again."


class PartBody:
    """A request's body, which `read` hands on and keeps in `content`, hashed into `digest` (SHA-256, hexadecimal)."""

    def __init__(self, request: HttpRequest, most_bytes: int) -> None:
        """Nothing is read yet."""
        self._request = request
        self._most_bytes = most_bytes
        self._length = -1
        self._hash = sha256()
        self._received = 0
        self.content = bytearray()

    def read(self, _size: int = _CHUNK_BYTES) -> bytes:
        """The next bytes, b'' at the end, however many are asked for.

        Raises TooLarge or NotTaken by what the request says of its length, before anything is read, and NotTaken where
        the connection breaks.
        """
        if self._length < 0:
            self._length = self._announced_length()
            # One that grows would be copied each time.
            self.content = bytearray(self._length)
        try:
            chunk: bytes = self._request.read(_CHUNK_BYTES)
        except (UnreadablePostError, OSError) as error:
            raise NotTaken(_BROKEN_OFF) from error
        self.content[self._received : self._received + len(chunk)] = chunk
        self._received += len(chunk)
        self._hash.update(chunk)
        if not chunk and self._received < self._length:
            raise NotTaken(_BROKEN_OFF)
        return chunk

    def _announced_length(self) -> int:
        length = self._request.META.get("CONTENT_LENGTH") or ""
        if not length.isdigit():
            raise NotTaken("The request does not say how long its body is: send Content-Length.")
        if int(length) > self._most_bytes:
            raise TooLarge(f"The part has {int(length):,} bytes. A part can have up to {self._most_bytes:,}.")
        return int(length)

    def read_all(self) -> "PartBody":
        """Itself, with all of the body in `content`."""
        while self.read():
            pass
        return self

    @property
    def digest(self) -> str:
        """The SHA-256 of what was read so far."""
        return self._hash.hexdigest()


def drain(request: HttpRequest) -> None:
    """Read what is left of a body: a sender who is cut off does not see the answer that says why."""
    try:
        left = MOST_BYTES
        while left > 0 and (chunk := request.read(_CHUNK_BYTES)):
            left -= len(chunk)
    except (UnreadablePostError, OSError):
        pass

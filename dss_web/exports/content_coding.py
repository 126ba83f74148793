"""How a body is compressed on its way: what the client accepts (RFC 9110, 12.5.3), and doing it block by block."""

import re
import sys
import zlib
from enum import StrEnum
from typing import Final, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# The fast end of each: a level more costs more time than it saves on any line of today.
_ZSTD_LEVEL: Final = 1
_GZIP_LEVEL: Final = 1
_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16
_WEIGHT: Final = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
# It may be sent unless it is excluded, and is worth less than whatever is named.
_UNNAMED_IDENTITY: Final = 0.0001


class ContentCoding(StrEnum):
    """The codings that we know, the one that we would rather send first."""

    ZSTD = "zstd"
    GZIP = "gzip"
    IDENTITY = "identity"


class Compressor(Protocol):
    """What a stream needs of a compressor; zlib's and zstd's are ones."""

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class _Nothing:
    """A body that is sent as it is."""

    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def compressor(coding: ContentCoding) -> Compressor:
    """A compressor for one body."""
    match coding:
        case ContentCoding.ZSTD:
            return zstd.ZstdCompressor(level=_ZSTD_LEVEL)
        case ContentCoding.GZIP:
            return zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
        case ContentCoding.IDENTITY:
            return _Nothing()


def accepted_coding(accept_encoding: str) -> ContentCoding:
    """The coding that a client's `Accept-Encoding` prefers; of several that it likes as much, our first.

    Identity where it says nothing or accepts none of ours.
    """
    qualities = dict(_quality(element) for element in accept_encoding.lower().split(",") if element.strip())

    def weight(coding: ContentCoding) -> float:
        unnamed = _UNNAMED_IDENTITY if coding is ContentCoding.IDENTITY else 0.0
        return qualities.get(coding, qualities.get("*", unnamed))

    best = max(ContentCoding, key=weight)
    return best if weight(best) > 0 else ContentCoding.IDENTITY


def _quality(element: str) -> tuple[str, float]:
    """A coding and its weight from 0 to 1; 0 where the weight cannot be read."""
    coding, *parameters = (part.strip() for part in element.split(";"))
    weights = [part.partition("=")[2].strip() for part in parameters if part.partition("=")[0].strip() == "q"]
    if not weights:
        return coding, 1.0
    return coding, float(weights[0]) if _WEIGHT.fullmatch(weights[0]) else 0.0

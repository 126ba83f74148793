"""How a body is compressed on its way: the coding that the client accepts (RFC 9110, 12.5.3), block by block."""

import re
import sys
import zlib
from enum import StrEnum
from typing import Final, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# The fastest levels: a higher one takes more CPU than it saves time on today's networks.
_ZSTD_LEVEL: Final = 1
_GZIP_LEVEL: Final = 1
_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16
_WEIGHT: Final = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
# Identity may be sent unless the client excludes it, but any coding that the client names is better.
_UNNAMED_IDENTITY_WEIGHT: Final = 0.0001


class ContentCoding(StrEnum):
    """The codings that we can send, the best one first."""

    ZSTD = "zstd"
    GZIP = "gzip"
    IDENTITY = "identity"


class Compressor(Protocol):
    """Compresses one body, block by block. zlib's and zstd's compressors are ones."""

    def compress(self, data: bytes, /) -> bytes:
        """The bytes that can be sent after this block; they may be none."""

    def flush(self) -> bytes:
        """The last bytes."""


class _Identity:
    """A body that is sent as it is."""

    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def compressor(coding: ContentCoding) -> Compressor:
    """A new compressor, for one body."""
    match coding:
        case ContentCoding.ZSTD:
            return zstd.ZstdCompressor(level=_ZSTD_LEVEL)
        case ContentCoding.GZIP:
            return zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
        case ContentCoding.IDENTITY:
            return _Identity()


def accepted_coding(accept_encoding: str) -> ContentCoding:
    """The coding that a client's `Accept-Encoding` prefers; of several with one weight, our best.

    Identity if the header is empty, or accepts no coding of ours.
    """
    qualities = dict(_quality(element) for element in accept_encoding.lower().split(",") if element.strip())

    def weight(coding: ContentCoding) -> float:
        unnamed = _UNNAMED_IDENTITY_WEIGHT if coding is ContentCoding.IDENTITY else 0.0
        return qualities.get(coding, qualities.get("*", unnamed))

    best = max(ContentCoding, key=weight)
    return best if weight(best) > 0 else ContentCoding.IDENTITY


def _quality(element: str) -> tuple[str, float]:
    """A coding and its weight from 0 to 1; 0 if the weight is not valid."""
    coding, *parameters = (part.strip() for part in element.split(";"))
    weights = [part.partition("=")[2].strip() for part in parameters if part.partition("=")[0].strip() == "q"]
    if not weights:
        return coding, 1.0
    return coding, float(weights[0]) if _WEIGHT.fullmatch(weights[0]) else 0.0

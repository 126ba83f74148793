"""Deflate64, by which Windows packs what is above 2 GB, unpacked as `zipfile` unpacks Deflate.

It is Deflate with longer matches: one bit can stand for 7,000 bytes. So little is fed at a time that nothing of a
member has to be held.
"""

import zlib

import inflate64

# A kind of compression in a zip (4.4.5 of PKWARE's APPNOTE.TXT).
DEFLATE64 = 9
# At most 8 MB when unpacked. Pieces of this size unpack as fast as larger ones: 170 MB a second.
_FED_BYTES = 256


class Decompressor:
    """What `zipfile.ZipExtFile` needs of a `zlib.decompressobj`."""

    def __init__(self) -> None:
        self.unconsumed_tail = b""
        self._inflater = inflate64.Inflater()

    @property
    def eof(self) -> bool:
        """Whether the end was read."""
        return bool(self._inflater.eof)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At least `max_length` bytes where `data` holds them, little more; what was not needed is `unconsumed_tail`.

        Raises zlib.error where it is no Deflate64.
        """
        found, size, fed = [], 0, 0
        while fed < len(data) and size < max_length and not self.eof:
            try:
                found.append(self._inflater.inflate(data[fed : fed + _FED_BYTES]))
            except ValueError as error:
                raise zlib.error(str(error)) from error
            size += len(found[-1])
            fed += _FED_BYTES
        self.unconsumed_tail = data[fed:]
        return b"".join(found)

    def flush(self) -> bytes:
        """Nothing is held back."""
        return b""

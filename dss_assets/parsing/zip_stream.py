"""Members of a zip in their stored order, without its directory: that of 300,000 members takes 168 MB in zipfile."""

import io
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

from stream_unzip import PasswordError, UnsupportedFeatureError, UnzipError, stream_unzip

from dss_assets.errors import DamagedFile, InvalidFile
from dss_assets.parsing.archive import chunks_of, member_name
from dss_assets.parsing.rows import Allowance

# The end of a zip's directory: APPNOTE.TXT 6.3.10, 4.3.16, of PKWARE. At most 65,535 bytes of comment follow it.
_END = b"PK\x05\x06"
_END_BYTES = 22
_TAIL_BYTES = _END_BYTES + 65535
_ENTRIES = struct.Struct("<10xH")
# A directory of more entries says how many in another place; we need not know.
_MANY = 0xFFFF


class WholeMember(NamedTuple):
    """A member in memory; `content` is None where it is larger than allowed."""

    name: str
    content: bytes | None


def members_in_order(file: BinaryIO, place: str, max_bytes: int, max_member_bytes: int) -> Iterator[WholeMember]:
    """Each member but folders, in memory one at a time.

    Raises DamagedFile where the zip is not whole: cut off, a wrong checksum, or fewer members than its end says. Raises
    InvalidFile where the zip is encrypted or unpacks to more than `max_bytes`.
    """
    expected = _expected_members(file, place)
    found, allowance = 0, Allowance(max_bytes)
    with _errors(place):
        for encoded, _, chunks in stream_unzip(chunks_of(file)):
            found += 1
            name = member_name(encoded.decode("utf-8", "replace"))
            content = _joined(allowance.enforce(chunks, place), max_member_bytes)
            if not name.endswith("/"):
                yield WholeMember(name, content)
    if expected not in {_MANY, found}:
        raise DamagedFile(_not_whole(place, f"its end names {expected:,} members, and {found:,} were found"))


def _expected_members(file: BinaryIO, place: str) -> int:
    size = file.seek(0, io.SEEK_END)
    file.seek(max(size - _TAIL_BYTES, 0))
    tail = file.read()
    file.seek(0)
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < _END_BYTES:
        raise DamagedFile(_not_whole(place, "the end of its directory is missing"))
    (entries,) = _ENTRIES.unpack_from(tail, end)
    return int(entries)


def _joined(chunks: Iterable[bytes], max_bytes: int) -> bytes | None:
    """All bytes, None where they are more than allowed. Reads to the end: the next member is behind it."""
    kept, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size <= max_bytes:
            kept.append(chunk)
        else:
            kept.clear()
    return b"".join(kept) if size <= max_bytes else None


@contextmanager
def _errors(place: str) -> Iterator[None]:
    try:
        yield
    except (PasswordError, UnsupportedFeatureError) as error:
        raise InvalidFile(
            f"{place} cannot be unpacked: {type(error).__name__} {error}. Nothing was loaded. Expected a zip without a "
            "password, compressed by Deflate: pack the file again, or ask the publisher to."
        ) from error
    except UnzipError as error:
        raise DamagedFile(_not_whole(place, f"{type(error).__name__} {error}".strip())) from error


def _not_whole(place: str, reason: str) -> str:
    return (
        f"{place} is not a whole zip: {reason}. Nothing was loaded. The bytes are kept as they came; it is fetched "
        "again when the publisher offers another version, or when the partition is materialised again."
    )

"""The storage as both halves reach it: a folder or a bucket, through obstore. Like `contract`, it knows no Django."""

import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import obstore
from obstore.store import ObjectStore, from_url

from dss_web.shared.raw_file import RawFile

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from obstore import ObjectMeta, ReadableFile

# S3 takes 10,000 parts of at least 5 MiB: files of up to 80 GB, with two parts in memory at a time.
PART_BYTES = 8 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024


class Written(NamedTuple):
    """What was written: its size in bytes, and its SHA-256 in hexadecimal."""

    size: int
    digest: str


def object_store(url: str, timeout_seconds: float | None = None) -> ObjectStore:
    """The store at `file:///folder` or `s3://bucket/prefix`; S3's credentials come from the environment.

    A folder is made where it is missing, so that a first start needs no preparation. With `timeout_seconds` a
    request that takes longer fails, and none is tried again.
    """
    if url.startswith("file:"):
        return from_url(url, mkdir=True)
    if timeout_seconds is None:
        return from_url(url)
    patience = timedelta(seconds=timeout_seconds)
    # Options given here take the place of the environment's, all of them.
    over_http = os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true"
    return from_url(
        url,
        client_options={"timeout": patience, "connect_timeout": patience, "allow_http": over_http},
        retry_config={"max_retries": 0},
    )


def object_version(meta: "ObjectMeta") -> str:
    """What changes whenever an object is written anew."""
    return f"{meta['e_tag'] or ''} {meta['last_modified'].isoformat()} {meta['size']}"


def put_chunks(store: ObjectStore, path: str, chunks: Iterable[bytes]) -> Written:
    """Stream `chunks` into `path`, which then holds all of them or, after any error, what it held before.

    Raises OSError where the storage holds another number of bytes afterwards, or obstore's errors.
    """
    digest, size = hashlib.sha256(), 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            yield chunk

    obstore.put(store, path, counted(), chunk_size=PART_BYTES, max_concurrency=2)
    stored = obstore.head(store, path)["size"]
    if stored != size:
        raise OSError(f"it holds {stored:,} bytes after {size:,} were written")
    return Written(size, digest.hexdigest())


def open_stored(store: ObjectStore, path: str, on_read: Callable[[int], None] | None = None) -> BinaryIO:
    """A file for reading at any position, a chunk at a time. Raises FileNotFoundError, OSError or obstore's errors.

    `on_read` gets the position after each chunk, and may raise.
    """
    return io.BufferedReader(_Raw(obstore.open_reader(store, path, buffer_size=CHUNK_BYTES), on_read), CHUNK_BYTES)


class _Raw(RawFile):
    """obstore's reader as Python's own io knows raw files."""

    def __init__(self, reader: "ReadableFile", on_read: Callable[[int], None] | None) -> None:
        self._reader, self._on_read = reader, on_read
        # Counted here: to be asked for it, obstore's reader forgets what it has read ahead, and reads it again.
        self._position = 0

    def close(self) -> None:
        self._reader.close()
        super().close()

    def take(self, size: int) -> "ReadableBuffer":
        data = self._reader.read(size)
        self._position += len(data)
        if self._on_read:
            self._on_read(self._position)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = self._reader.seek(offset, whence)
        return self._position

    def tell(self) -> int:
        return self._position

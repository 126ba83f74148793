"""Uploaded files in the storage, as they came: `<uploads>/<organisation>/<dataset>/<id>`."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import BinaryIO

import obstore
from django.conf import settings
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from dss_web.shared.contract import upload_folder
from dss_web.shared.object_store import CHUNK_BYTES, Written, object_store, open_stored, put_chunks
from dss_web.uploads.errors import StorageUnavailable


@cache
def _store(url: str) -> ObjectStore:
    return object_store(url)


def upload_path(organisation: str, dataset: str, file_id: str) -> str:
    """Where an uploaded file is within the storage."""
    return f"{upload_folder(settings.DSS.upload_folder, organisation, dataset)}/{file_id}"


def put_file(path: str, file: Path) -> Written:
    """Stream a file into the storage under `path`; its size there and its SHA-256. Raises StorageUnavailable."""
    with _errors("write", path), file.open("rb") as source:
        return put_chunks(_store(settings.DSS.s3_bucket_url), path, iter(partial(source.read, CHUNK_BYTES), b""))


def put_stream(path: str, chunks: Iterator[bytes]) -> Written:
    """Stream `chunks`, which may come out of the storage, into `path`, which holds all of them or nothing.

    Raises StorageUnavailable.
    """
    # obstore asks for chunks in a thread of its own, in which it cannot be called again.
    with _errors("write", path), ThreadPoolExecutor(1) as reader:
        in_turn = iter(lambda: reader.submit(next, chunks, b"").result(), b"")
        return put_chunks(_store(settings.DSS.s3_bucket_url), path, in_turn)


def put_bytes(path: str, content: bytes) -> None:
    """Write a small object under `path`, in the place of what is there. Raises StorageUnavailable."""
    with _errors("write", path):
        obstore.put(_store(settings.DSS.s3_bucket_url), path, content, use_multipart=False)


def read_chunks(path: str) -> Iterator[bytes]:
    """The bytes under `path`, a chunk at a time. Raises FileNotFoundError or StorageUnavailable."""
    with _errors("read", path):
        try:
            found = obstore.get(_store(settings.DSS.s3_bucket_url), path)
        except FileNotFoundError:
            found = None
        if found is not None:
            for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)
            return
    raise FileNotFoundError(path)


def delete(path: str) -> None:
    """Delete an object. Raises StorageUnavailable."""
    with _errors("delete", path):
        obstore.delete(_store(settings.DSS.s3_bucket_url), path)


def delete_tree(path: str) -> None:
    """Delete all that is in a folder. Raises StorageUnavailable."""
    with _errors("delete", path):
        store = _store(settings.DSS.s3_bucket_url)
        for found in [meta for batch in obstore.list(store, path) for meta in batch]:
            obstore.delete(store, found["path"])


@contextmanager
def open_file(path: str, on_read: Callable[[int], None] | None = None) -> Iterator[BinaryIO]:
    """A stored file for reading from its beginning, a part at a time. Raises StorageUnavailable.

    `on_read` gets the position after each part, and may raise.
    """
    with _errors("read", path), open_stored(_store(settings.DSS.s3_bucket_url), path, on_read) as file:
        yield file


@contextmanager
def _errors(verb: str, path: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise StorageUnavailable(f"Could not {verb} {path} in {settings.DSS.s3_bucket_url}: {reason}") from error

"""Uploaded files in the storage, as they came: `<uploads>/<organisation>/<dataset>/<id>`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import BinaryIO

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

"""Uploaded files in the storage, as they came: `<uploads>/<organisation>/<dataset>/<id>`."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import obstore
from django.conf import settings
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from dss_web.registry.contract import upload_folder
from dss_web.uploads.faults import StorageOutOfReach

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from obstore import ReadableFile

PART_BYTES = 8 * 1024 * 1024
READ_BYTES = 1024 * 1024


@cache
def _store(url: str) -> ObjectStore:
    # A folder is made where it is missing, so that a first start needs no preparation.
    return from_url(url, mkdir=True) if url.startswith("file:") else from_url(url)


def upload_path(organisation: str, dataset: str, file_id: str) -> str:
    """Where an uploaded file is kept within the storage."""
    return f"{upload_folder(settings.DSS.upload_folder, organisation, dataset)}/{file_id}"


def keep_file(path: str, file: Path) -> int:
    """Stream a file into the storage under `path`; its size there, in bytes. Raises StorageOutOfReach."""
    size = file.stat().st_size
    with _errors("write", path):
        obstore.put(_store(settings.DSS.s3_bucket_url), path, file, chunk_size=PART_BYTES, max_concurrency=2)
        stored = obstore.head(_store(settings.DSS.s3_bucket_url), path)["size"]
    if stored != size:
        raise StorageOutOfReach(f"The storage holds {stored} bytes of {path} after {size} were written.")
    return size


@contextmanager
def open_file(path: str) -> Iterator[BinaryIO]:
    """A kept file for reading from its beginning, a part at a time. Raises StorageOutOfReach."""
    with _errors("read", path):
        reader = obstore.open_reader(_store(settings.DSS.s3_bucket_url), path, buffer_size=READ_BYTES)
        with io.BufferedReader(_Raw(reader), READ_BYTES) as file:
            yield file


@contextmanager
def _errors(verb: str, path: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise StorageOutOfReach(f"Could not {verb} {path} in {settings.DSS.s3_bucket_url}: {reason}") from error


class _Raw(io.RawIOBase):
    """obstore's reader as Python's own io knows raw files."""

    def __init__(self, reader: "ReadableFile") -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        data = self._reader.read(len(view))
        view[: len(data)] = data
        return len(data)

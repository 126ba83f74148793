"""2: files -> kept bytes, in a folder or in S3, through one interface.

<datasets>/<organisation>/<dataset>/<file>              as the publisher offers it now
incoming/<organisation>/<dataset>/<file>                while it is compared with what was there before
superseded/<organisation>/<dataset>/<file>/<digest>     what it was before it changed under its name
<uploads>/<organisation>/<dataset>/<id>                 as staff uploaded it
arriving/<organisation>/<dataset>/<id>/<number>         the parts of a file that is being uploaded
parquet/<schema>/<table>/<version>.parquet              tables as they are served, if a setting asks for them
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Final

import obstore
from obstore.exceptions import BaseError as ObjectStoreError

from dss_assets.errors import InvalidFile, TransientError
from dss_web.shared.contract import upload_folder
from dss_web.shared.object_store import CHUNK_BYTES, object_store, object_version, open_stored, put_chunks

if TYPE_CHECKING:
    from obstore import ObjectMeta

# Folders of files that are not what a publisher or a person has now.
INCOMING: Final = "incoming"
SUPERSEDED: Final = "superseded"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the storage. `digest` is the SHA-256 of its bytes in hexadecimal, `size` is in bytes."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """A file as the storage lists it. `version` changes whenever the file is written anew, which was at `modified`."""

    name: str
    size: int
    version: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class DeletedFiles:
    """How many files were deleted, their bytes, and when the oldest of those that stay was written."""

    count: int
    size: int
    oldest: datetime | None


class Storage:
    """The files of the service. Each call raises TransientError where the storage does not do its part."""

    def __init__(self, url: str, datasets_folder: str, uploads_folder: str) -> None:
        """`url` is `file:///folder` or `s3://bucket/prefix`; S3's credentials come from the environment."""
        self.url = url
        self.datasets_folder = datasets_folder
        self.uploads_folder = uploads_folder
        self._store = object_store(url)

    def dataset_path(self, organisation: str, dataset: str, file_name: str = "") -> str:
        """The path of a published file, or of its dataset's folder."""
        return str(PurePosixPath(self.datasets_folder, organisation, dataset, file_name))

    def superseded_path(self, organisation: str, dataset: str, file_name: str, digest: str) -> str:
        """The path of an earlier version of a published file."""
        return str(PurePosixPath(SUPERSEDED, organisation, dataset, file_name, digest))

    def upload_path(self, organisation: str, dataset: str, upload_id: str) -> str:
        """The path of an uploaded file."""
        return f"{upload_folder(self.uploads_folder, organisation, dataset)}/{upload_id}"

    def list_folder(self, path: str) -> list[ObjectInfo]:
        """The files directly in a folder, by name. A folder that does not exist holds none."""
        with self._errors("list", path):
            listing = obstore.list_with_delimiter(self._store, path)
        return sorted(
            (_object_info(found) for found in listing["objects"]),
            key=lambda file: file.name,
        )

    def list_tree(self, path: str) -> list[ObjectInfo]:
        """The files in a folder and in all below it, by their path within it. A folder that does not exist is empty."""
        with self._errors("list", path):
            found = [meta for batch in obstore.list(self._store, path) for meta in batch]
        return sorted(
            (replace(_object_info(meta), name=str(PurePosixPath(meta["path"]).relative_to(path))) for meta in found),
            key=lambda file: file.name,
        )

    def find(self, path: str) -> ObjectInfo | None:
        """What the storage says of a file, None where there is none. Its bytes are not read."""
        with self._errors("look for", path):
            try:
                return _object_info(obstore.head(self._store, path))
            except FileNotFoundError:
                return None

    def put(self, path: str, chunks: Iterable[bytes]) -> StoredFile:
        """Stream `chunks` into `path`, which then holds all of them or, after any error, what it held before."""
        with self._errors("write", path):
            written = put_chunks(self._store, path, chunks)
        return StoredFile(path, written.size, written.digest)

    def replace(
        self, path: str, organisation: str, dataset: str, file_name: str, chunks: Iterable[bytes], digest: str
    ) -> StoredFile:
        """Stream `chunks` into `path` as `put` does, and archive what it holds now, whose digest is `digest`.

        The same bytes again leave everything as it is.
        """
        incoming = str(PurePosixPath(INCOMING, organisation, dataset, file_name))
        written = self.put(incoming, chunks)
        if written.digest != digest:
            self.archive_version(path, organisation, dataset, file_name, digest)
            with self._errors("copy", incoming):
                obstore.copy(self._store, incoming, path)
        with self._errors("delete", incoming):
            obstore.delete(self._store, incoming)
        return StoredFile(path, written.size, written.digest)

    def archive_version(self, path: str, organisation: str, dataset: str, file_name: str, digest: str) -> bool:
        """Keep a copy of what `path` holds now under its digest. False where that digest was kept before."""
        copy = self.superseded_path(organisation, dataset, file_name, digest)
        if self.find(copy) is not None:
            return False
        with self._errors("copy", path):
            obstore.copy(self._store, path, copy)
        return True

    def copy(self, path: str, target: str) -> None:
        """Let `target` hold what `path` holds."""
        with self._errors("copy", path):
            obstore.copy(self._store, path, target)

    def delete(self, path: str) -> bool:
        """Delete a file; False where there is none."""
        if self.find(path) is None:
            return False
        with self._errors("delete", path):
            obstore.delete(self._store, path)
        return True

    def delete_tree(self, path: str) -> int:
        """Delete the files in a folder and in all below it; how many there were."""
        files = self.list_tree(path)
        with self._errors("delete", path):
            for file in files:
                obstore.delete(self._store, str(PurePosixPath(path, file.name)))
        return len(files)

    def delete_older(self, path: str, before: datetime) -> DeletedFiles:
        """Delete the files in a folder and in all below it that were written before a time (aware)."""
        count, size, oldest = 0, 0, None
        with self._errors("delete what is old in", path):
            for batch in obstore.list(self._store, path):
                old = [meta for meta in batch if meta["last_modified"] < before]
                kept = [meta["last_modified"] for meta in batch if meta["last_modified"] >= before]
                for meta in old:
                    obstore.delete(self._store, meta["path"])
                count, size = count + len(old), size + sum(meta["size"] for meta in old)
                oldest = min([*kept, *([oldest] if oldest else [])], default=None)
        return DeletedFiles(count, size, oldest)

    def digest(self, path: str) -> StoredFile:
        """Read a file through once for its size and digest."""
        digest, size = hashlib.sha256(), 0
        for chunk in self.read(path):
            digest.update(chunk)
            size += len(chunk)
        return StoredFile(path, size, digest.hexdigest())

    def read(self, path: str) -> Iterator[bytes]:
        """The bytes of a file, in order, in chunks of about a mebibyte."""
        with self.open(path) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    @contextmanager
    def open(self, path: str, place: str = "") -> Iterator[BinaryIO]:
        """A file for reading at any position, a chunk at a time. `place` is what messages call it, not by its path."""
        with self._errors("read", path):
            try:
                stored = open_stored(self._store, path)
            except FileNotFoundError as error:
                raise InvalidFile(
                    f"{place or path} is not in the storage {self.url}. Fetch or upload it again."
                ) from error
            with stored as file:
                yield file

    @contextmanager
    def _errors(self, verb: str, path: str) -> Iterator[None]:
        try:
            yield
        except (ObjectStoreError, OSError) as error:
            reason = str(error).partition("\n")[0]
            raise TransientError(
                f"Could not {verb} {path} in the storage {self.url}: {reason}. "
                "It is tried again; check that the storage is there, is not full and may be written."
            ) from error


def _object_info(meta: "ObjectMeta") -> ObjectInfo:
    return ObjectInfo(PurePosixPath(meta["path"]).name, meta["size"], object_version(meta), meta["last_modified"])

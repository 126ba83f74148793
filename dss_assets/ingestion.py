"""1 to 5 for one file: kept, loaded and registered, or failed with the reason in the registry."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psycopg

from dss_assets import registry
from dss_assets.database import Connection, file_lock, lock_dataset
from dss_assets.dataset import Dataset
from dss_assets.errors import Fault, InvalidFile, TransientError
from dss_assets.loading import Tables, load
from dss_assets.parsing import open_rows
from dss_assets.registry import Entry
from dss_assets.sources import PublisherClient, RemoteFile
from dss_assets.storage import Storage, StoredFile
from dss_web.shared.contract import FileState


@dataclass(frozen=True, slots=True)
class Ingested:
    """A file that is loaded and registered. `previous_rows` are those of the release before it."""

    kept: StoredFile
    rows: int
    skipped: Mapping[str, int]
    seconds: float
    previous_rows: int | None


def store_remote_file(
    dataset: Dataset, remote_file: RemoteFile, before: Entry | None, publishers: PublisherClient, storage: Storage
) -> StoredFile:
    """The kept bytes of a file, fetched where they are not the offered version. `before` is its registry entry.

    What a changed file was before stays in the storage too. A remote file without URL and version is one that
    its publisher no longer offers. Raises TransientError where the bytes do not come, and InvalidFile where the file is
    neither offered nor stored.
    """
    path = storage.dataset_path(dataset.organisation, dataset.name, remote_file.name)
    is_stored = storage.exists(path)
    digest = before.digest if before else ""
    if is_stored and before and digest and _is_current(before, remote_file):
        return StoredFile(path, before.size or 0, digest)
    if remote_file.url:
        if is_stored and digest:
            storage.archive_version(path, dataset.organisation, dataset.name, remote_file.name, digest)
        return storage.put(path, publishers.fetch(remote_file.name, remote_file.url))
    if not is_stored:
        raise InvalidFile(
            f"{remote_file.name} is neither offered by the source of {dataset.key} nor in the storage at {path}. "
            "Put it there, or materialise a partition that is offered."
        )
    kept = storage.digest(path)
    storage.archive_version(path, dataset.organisation, dataset.name, remote_file.name, kept.digest)
    return kept


def _is_current(before: Entry, remote_file: RemoteFile) -> bool:
    """Whether what is kept is what is offered: a failed file is fetched anew, since its bytes may be why it failed."""
    is_offered = bool(remote_file.url or remote_file.version)
    return not is_offered or (before.state == FileState.PROCESSED and before.version == remote_file.version)


def ingest(
    connection: Connection,
    storage: Storage,
    dataset: Dataset,
    file_name: str,
    version: str,
    run_id: str,
    keep: Callable[[Entry | None], StoredFile],
) -> Ingested:
    """Take one file from its source to its tables and the registry.

    `connection` is in autocommit mode; `keep` returns the kept bytes. The rows and the registry's row commit
    together. Raises InvalidFile or TransientError once the reason is in the registry; the tables are then as before.
    """
    with file_lock(connection, dataset.key, file_name):
        before = registry.find(connection, dataset.key, file_name)
        registry.begin(connection, dataset.key, file_name, run_id)
        try:
            return _load(connection, storage, dataset, file_name, version, keep(before))
        except Exception as error:
            fault = _as_fault(error, file_name)
            if not connection.closed:
                retryable = isinstance(fault, TransientError)
                registry.fail(connection, dataset.key, file_name, version, str(fault), retryable=retryable)
            raise fault from error


def _as_fault(error: Exception, file_name: str) -> Fault:
    """What is not known to be the file's fault is taken for passing: a later attempt costs little."""
    match error:
        case Fault():
            return error
        case psycopg.Error():
            return TransientError(f"The database did not load {file_name}: {error}. It is tried again.")
        case _:
            return TransientError(f"Unforeseen while {file_name} was loaded: {error!r}. It is tried again.")


def _load(
    connection: Connection, storage: Storage, dataset: Dataset, file_name: str, version: str, kept: StoredFile
) -> Ingested:
    started = time.monotonic()
    tables = Tables(dataset)
    with connection.transaction():
        tables.create_or_migrate(connection)
    with (
        storage.open(kept.path) as file,
        open_rows(dataset.format, dataset.columns, file, file_name, dataset.max_unpacked_bytes) as rows,
        connection.transaction(),
    ):
        lock_dataset(connection, dataset.key)
        previous_rows = registry.rows_of_previous_release(connection, dataset.key, file_name)
        loaded = load(connection, tables, file_name, rows)
        seconds = time.monotonic() - started
        registry.finish(connection, dataset.key, file_name, version, kept, loaded.rows, seconds)
    return Ingested(kept, loaded.rows, loaded.skipped, seconds, previous_rows)

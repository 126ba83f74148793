"""1 to 5 for one file: kept, loaded and registered, or failed with the reason in the registry."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psycopg

from dss_assets import registry
from dss_assets.dataset import Dataset
from dss_assets.faults import BadFile, Fault, OutOfReach
from dss_assets.loading import Tables, load
from dss_assets.loading.connection import Connection
from dss_assets.parsing import open_rows
from dss_assets.registry import Entry
from dss_assets.source import Offer, Publishers
from dss_assets.storage import Kept, Storage
from dss_web.registry.contract import FileState


@dataclass(frozen=True, slots=True)
class Ingested:
    """A file that is loaded and registered. `previous_rows` are those of the release before it."""

    kept: Kept
    rows: int
    left_out: Mapping[str, int]
    seconds: float
    previous_rows: int | None


def keep_offer(dataset: Dataset, offer: Offer, before: Entry | None, publishers: Publishers, storage: Storage) -> Kept:
    """The kept bytes of a file, fetched where they are not the offered version. `before` is its registry entry.

    What a changed file was before stays in the storage too. An offer without URL and version is a file that its
    publisher does not offer any more. Raises OutOfReach where the bytes do not come, and BadFile where the file is
    neither offered nor kept.
    """
    path = storage.dataset_path(dataset.organisation, dataset.name, offer.name)
    is_kept = storage.has(path)
    digest = before.digest if before else ""
    if is_kept and before and digest and _is_current(before, offer):
        return Kept(path, before.size or 0, digest)
    if offer.url:
        if is_kept and digest:
            storage.supersede(path, dataset.organisation, dataset.name, offer.name, digest)
        return storage.keep(path, publishers.fetch(offer.name, offer.url))
    if not is_kept:
        raise BadFile(
            f"{offer.name} is neither offered by the source of {dataset.key} nor in the storage at {path}. "
            "Put it there, or materialise a partition that is offered."
        )
    kept = storage.digest(path)
    storage.supersede(path, dataset.organisation, dataset.name, offer.name, kept.digest)
    return kept


def _is_current(before: Entry, offer: Offer) -> bool:
    """Whether what is kept is what is offered: a failed file is fetched anew, since its bytes may be why it failed."""
    is_offered = bool(offer.url or offer.version)
    return not is_offered or (before.state == FileState.PROCESSED and before.version == offer.version)


def ingest(
    connection: Connection,
    storage: Storage,
    dataset: Dataset,
    file_name: str,
    version: str,
    run_id: str,
    keep: Callable[[Entry | None], Kept],
) -> Ingested:
    """Take one file from its source to its tables and the registry.

    `connection` is in autocommit mode; `keep` returns the kept bytes. The rows and the registry's row commit
    together. Raises BadFile or OutOfReach after noting the reason in the registry; the tables are then as before.
    """
    with registry.only_one(connection, dataset.key, file_name):
        before = registry.find(connection, dataset.key, file_name)
        registry.begin(connection, dataset.key, file_name, run_id)
        try:
            return _load(connection, storage, dataset, file_name, version, keep(before))
        except Exception as error:
            fault = _as_fault(error, file_name)
            if not connection.closed:
                may_pass = isinstance(fault, OutOfReach)
                registry.fail(connection, dataset.key, file_name, version, str(fault), may_pass=may_pass)
            raise fault from error


def _as_fault(error: Exception, file_name: str) -> Fault:
    """What is not known to be the file's fault is taken for passing: a later attempt costs little."""
    match error:
        case Fault():
            return error
        case psycopg.Error():
            return OutOfReach(f"The database did not load {file_name}: {error}. It is tried again.")
        case _:
            return OutOfReach(f"Unforeseen while {file_name} was loaded: {error!r}. It is tried again.")


def _load(
    connection: Connection, storage: Storage, dataset: Dataset, file_name: str, version: str, kept: Kept
) -> Ingested:
    started = time.monotonic()
    tables = Tables(dataset)
    with connection.transaction():
        tables.ensure(connection)
    with (
        storage.open(kept.path) as file,
        open_rows(dataset.format, dataset.columns, file, file_name, dataset.max_unpacked_bytes) as rows,
        connection.transaction(),
    ):
        tables.lock(connection)
        previous_rows = registry.rows_of_previous_release(connection, dataset.key, file_name)
        loaded = load(connection, tables, file_name, rows)
        seconds = time.monotonic() - started
        registry.finish(connection, dataset.key, file_name, version, kept, loaded.rows, seconds)
    return Ingested(kept, loaded.rows, loaded.left_out, seconds, previous_rows)

"""1 to 5 for one file: stored, loaded and registered, or failed with the reason in the registry."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import psycopg

from dss_assets import registry
from dss_assets.checks import check_file
from dss_assets.counts import counted
from dss_assets.database import Connection, file_lock, lock_dataset
from dss_assets.dataset import Dataset, StorageFolder
from dss_assets.editions import Verdict, order_of, record_edition
from dss_assets.errors import DamagedFile, IngestionError, InvalidFile, NotAsDeclared, TransientError
from dss_assets.loading import ARRIVAL, Loaded, Tables, create_or_bring_along, load_file
from dss_assets.loading.dead_rows import free_dead_rows
from dss_assets.loading.kept import find_kept, put_back
from dss_assets.loading.refusals import in_words, is_lasting
from dss_assets.parsing import Reject
from dss_assets.parsing.prefetch import prefetch
from dss_assets.registry import Entry
from dss_assets.sources import PublisherClient, RemoteFile, fetch_file, list_files, packed, packed_file
from dss_assets.storage import Storage, StoredFile
from dss_web.shared.contract import FileState
from dss_web.shared.error_reports import report_error


@dataclass(frozen=True, slots=True)
class Ingested:
    """A file that is loaded and registered.

    `version` is what the publisher says of the stored bytes, `verdict` compares the file with the one before it.
    `records` are those of the file: each gave rows or was `rejected`; `superseded` rows were left to newer files.
    `remarks` are sentences about how the file was read, `rejects` the first of what was skipped, where the format can
    say more than a reason. `is_unchanged`: the publisher offered the bytes that were loaded already; nothing was loaded
    now. `table_rows` are the rows of each table of a release. `bad_rows` are those of the rejects that are rows
    which are not as declared.
    """

    stored: StoredFile
    version: str
    rows: int
    skipped: Mapping[str, int]
    seconds: float
    verdict: Verdict
    remarks: tuple[str, ...] = ()
    rejects: tuple[Reject, ...] = ()
    is_unchanged: bool = False
    records: int = 0
    rejected: int = 0
    superseded: int = 0
    table_rows: Mapping[str, int] = field(default_factory=dict)
    bad_rows: int = 0

    @property
    def bad_rows_left_out(self) -> str:
        """How many rows were not as declared, and the first of them; '' for none."""
        if not self.bad_rows:
            return ""
        first = next((f" The first: {reject}." for reject in self.rejects if reject.is_bad), "")
        return f"{counted(self.bad_rows, 'row')} of {self.records:,} left out.{first}"


class PublishedFiles:
    """The files of a published dataset on their way to its tables.

    What the sensor saw of a file is in the registry, and that is what is fetched: no publisher is listed again for it.
    """

    def __init__(self, connection: Connection, dataset: Dataset, publishers: PublisherClient, storage: Storage) -> None:
        self._connection, self._dataset = connection, dataset
        self._publishers, self._storage = publishers, storage

    def ingest(self, file_name: str, run_id: str) -> Ingested:
        """Fetch a file where its bytes are not stored yet, load, register and check it. Raises what `ingest` does."""
        ingested = ingest(
            self._connection,
            self._storage,
            self._dataset,
            file_name,
            run_id,
            lambda entry: self._store(file_name, entry),
        )
        if not ingested.is_unchanged:
            check_file(
                self._connection,
                self._dataset,
                file_name,
                ingested.rows,
                ingested.verdict,
                ingested.remarks,
                ingested.bad_rows_left_out,
            )
        return ingested

    def _store(self, file_name: str, entry: Entry | None) -> tuple[StoredFile, str]:
        remote_file = self._remote_file(file_name, entry)
        return store_remote_file(
            self._dataset, remote_file, entry, self._publishers, self._storage
        ), remote_file.version

    def _remote_file(self, file_name: str, entry: Entry | None) -> RemoteFile:
        """The file as its source offers it; without URL and version if it is stored and nobody has to be asked."""
        path = self._storage.dataset_path(self._dataset.organisation, self._dataset.name, file_name)
        stored = self._storage.find(path)
        if isinstance(self._dataset.source, StorageFolder):
            if file_name == self._dataset.source.packed_as and (
                packed_now := packed_file(self._dataset, self._dataset.source, self._storage)
            ):
                return packed_now
            return RemoteFile(file_name, "", stored.version if stored else "")
        if entry and entry.url:
            return RemoteFile(file_name, entry.url, entry.offered_version)
        if entry and entry.digest and stored and entry.offered_version in {"", entry.version}:
            return RemoteFile(file_name, "", entry.version)
        return self._listed.get(file_name) or RemoteFile(file_name, "", "")

    @cached_property
    def _listed(self) -> dict[str, RemoteFile]:
        """What the source offers now: for partitions that a person added and no sensor has seen."""
        return {file.name: file for file in list_files(self._dataset, self._publishers, self._storage)}


def store_remote_file(
    dataset: Dataset, remote_file: RemoteFile, entry: Entry | None, publishers: PublisherClient, storage: Storage
) -> StoredFile:
    """The stored bytes of a file, fetched where they are not the version that is offered.

    `entry` is the file's row in the registry. What a changed file was before is archived; a file that has another
    version and the same bytes stays as it is. Raises TransientError where the bytes do not come, and InvalidFile where
    the file is neither offered nor stored.
    """
    path = storage.dataset_path(dataset.organisation, dataset.name, remote_file.name)
    is_stored = storage.find(path) is not None
    digest = entry.digest if entry else ""
    if entry and digest and is_stored and entry.version == remote_file.version:
        return StoredFile(path, entry.size or 0, digest)
    if remote_file.url or remote_file.parts:
        if remote_file.parts:
            # By a thread of its own: what the storage calls for the next chunk cannot itself read from the storage.
            chunks: Iterable[bytes] = prefetch(packed(storage, remote_file.parts))
        else:
            chunks = fetch_file(dataset.source, remote_file, publishers)
        if is_stored and digest:
            return storage.replace(path, dataset.organisation, dataset.name, remote_file.name, chunks, digest)
        return storage.put(path, chunks)
    if not is_stored:
        raise InvalidFile(
            f"{remote_file.name} is neither offered by the source of {dataset.key} nor in the storage at {path}. "
            "Put it there, or materialise a partition that is offered."
        )
    stored = storage.digest(path)
    # Whoever owns the folder may replace the file at any time: this version stays.
    storage.archive_version(path, dataset.organisation, dataset.name, remote_file.name, stored.digest)
    return stored


def ingest(
    connection: Connection,
    storage: Storage,
    dataset: Dataset,
    file_name: str,
    run_id: str,
    store: Callable[[Entry | None], tuple[StoredFile, str]],
    place: str = "",
    before_commit: Callable[[Loaded], None] = lambda _: None,
) -> Ingested:
    """Take one file from its source to its tables and the registry.

    `connection` is in autocommit mode; `store` gets the file's row in the registry and returns the stored bytes and
    their version. `place` is what messages call the file, if not by its name. The rows and the registry's row commit
    together. `before_commit` is told what was loaded, in its transaction: what it writes commits with them, and if it
    raises, nothing is loaded. Raises InvalidFile or TransientError once the reason is in the registry; the tables are
    then as before.
    """
    with file_lock(connection, dataset.key, file_name):
        entry = registry.find(connection, dataset.key, file_name)
        registry.begin(connection, dataset.key, file_name, run_id)
        stored = None
        try:
            stored, version = store(entry)
            registry.record_stored(connection, dataset.key, file_name, version, stored)
            if entry and _is_loaded(entry, version, stored):
                registry.keep(connection, dataset.key, file_name)
                return Ingested(stored, version, entry.rows or 0, {}, 0, Verdict(), is_unchanged=True)
            ingested = _restore(connection, dataset, file_name, version, stored, before_commit) or _load(
                connection, storage, dataset, file_name, version, stored, place or file_name, before_commit
            )
        except Exception as error:
            reason = _as_ingestion_error(error, place or file_name)
            is_fetched_again = False
            if stored and isinstance(reason, DamagedFile):
                # Bytes may be damaged on their way. Those that came before in the same state are the publisher's.
                is_fetched_again = storage.archive_version(
                    stored.path, dataset.organisation, dataset.name, file_name, stored.digest
                )
            if connection.closed:
                pass
            elif isinstance(reason, NotAsDeclared):
                registry.wait_for_shape(connection, dataset.key, file_name, reason, dataset.fingerprint)
            else:
                registry.fail(connection, dataset.key, file_name, reason, is_fetched_again=is_fetched_again)
            raise reason from error
        free_dead_rows(connection, Tables(dataset), ingested.rows)
        return ingested


def _is_loaded(entry: Entry, version: str, stored: StoredFile) -> bool:
    """Whether another version turned out to be the bytes whose rows are loaded.

    Of the same version somebody wants the load, who has materialised its partition.
    """
    return version != entry.version and entry.loaded_digest == stored.digest and entry.state != FileState.PROCESSED


def _as_ingestion_error(error: Exception, place: str) -> IngestionError:
    """What is not known to be the file's fault is taken for transient: a later attempt costs little."""
    match error:
        case IngestionError():
            return error
        case psycopg.Error() if is_lasting(error):
            return InvalidFile(f"{place} cannot be loaded: {in_words(error)} Nothing was loaded.")
        case psycopg.Error():
            return TransientError(f"{place} was not loaded: the database refused with {error}. It is tried again.")
        case _:
            report_error(error)
            return TransientError(f"{place} was not loaded: unexpected error {error!r}. It is tried again.")


def _restore(
    connection: Connection,
    dataset: Dataset,
    file_name: str,
    version: str,
    stored: StoredFile,
    before_commit: Callable[[Loaded], None],
) -> Ingested | None:
    """Let the table that was made of the same bytes take its place again; None where none is kept, or it is older.

    What the registry says of the edition is of these bytes, and stays.
    """
    if not dataset.kept_tables:
        return None
    started = time.monotonic()
    tables = Tables(dataset)
    with connection.transaction():
        lock_dataset(connection, dataset.key)
        kept = find_kept(connection, tables, file_name, stored.digest)
        # A file that has a place in an order by dates may be older than the one in use, which its load finds out.
        if kept is None or order_of(connection, dataset, file_name) is not ARRIVAL:
            return None
        put_back(connection, tables, kept)
        seconds = time.monotonic() - started
        registry.finish(connection, dataset.key, file_name, kept.rows, seconds, dataset.rows_fingerprint)
        before_commit(Loaded(kept.rows))
    remark = f"The table of its {counted(kept.rows, 'row')} was kept, and has taken its place again."
    return Ingested(stored, version, kept.rows, {}, seconds, Verdict(rows=kept.rows), (remark,))


def _load(
    connection: Connection,
    storage: Storage,
    dataset: Dataset,
    file_name: str,
    version: str,
    stored: StoredFile,
    place: str,
    before_commit: Callable[[Loaded], None],
) -> Ingested:
    started = time.monotonic()
    tables = Tables(dataset)
    with connection.transaction():
        create_or_bring_along(connection, tables)
    with (
        storage.open(stored.path, place) as file,
        connection.transaction(),
    ):
        lock_dataset(connection, dataset.key)
        order = order_of(connection, dataset, file_name)
        loaded = load_file(connection, tables, file_name, file, place, order)
        seconds = time.monotonic() - started
        verdict = record_edition(connection, dataset, file_name, loaded)
        registry.finish(connection, dataset.key, file_name, loaded.rows, seconds, dataset.rows_fingerprint)
        before_commit(loaded)
    return Ingested(
        stored,
        version,
        loaded.rows,
        loaded.skipped,
        seconds,
        verdict,
        loaded.remarks,
        loaded.rejects,
        records=loaded.tally.records,
        rejected=loaded.tally.rejected,
        bad_rows=loaded.tally.bad_rows,
        superseded=loaded.superseded,
        table_rows=loaded.table_rows,
    )

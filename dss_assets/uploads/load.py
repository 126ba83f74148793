"""The load of an upload: begun, finished in the transaction of its rows, failed with its reason, or withdrawn."""

from collections.abc import Callable
from typing import Final

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Dataset
from dss_assets.errors import IngestionError, InvalidFile, TransientError, Withdrawn
from dss_assets.ingestion import Ingested, ingest
from dss_assets.loading import Loaded, Tables
from dss_assets.loading.kept import find_kept
from dss_assets.registry import Entry
from dss_assets.storage import Storage, StoredFile
from dss_assets.uploads.chain import make_base
from dss_assets.uploads.upload import Upload
from dss_web.shared.contract import CATALOGUE_INDEX, FRESH_STATE, UPLOAD_FILE, UploadState

_FILES = sql.Identifier(*UPLOAD_FILE)

# What messages call an upload: its person knows which file it is, and not by its id.
_PLACE: Final = "The file"


def ingest_upload(
    connection: Connection, storage: Storage, upload: Upload, run_id: str, kept_versions: int = 0
) -> Ingested:
    """Load a confirmed upload in the place of its dataset's table; its state tells how far it is.

    A version whose table is kept takes its place again, without its file being read. One that is based on an earlier
    version is merged with the rows of that. `kept_versions` tables are kept beside the one in use.

    Raises InvalidFile, which is told to the person, Withdrawn where they have cancelled it, before or while it was
    loaded, or TransientError, after which it is tried again.
    """
    _begin(connection, upload.id)
    path = storage.upload_path(upload.organisation, upload.dataset, upload.id)
    dataset = upload.declaration(kept_versions)

    def stored(_: Entry | None) -> tuple[StoredFile, str]:
        # Uploads of earlier releases have no digest.
        is_known = bool(upload.digest) and upload.size is not None
        file = StoredFile(path, upload.size or 0, upload.digest) if is_known else storage.digest(path)
        if not (kept_versions and find_kept(connection, Tables(dataset), upload.id, file.digest)):
            make_base(connection, storage, upload)
        return file, ""

    try:
        ingested = ingest(
            connection, storage, dataset, upload.id, run_id, stored, _PLACE, _loaded(connection, upload.id)
        )
    except IngestionError as error:
        if not connection.closed:
            _tell(connection, upload.id, error)
        raise
    # A statement of its own: while a load is open, it holds up no worker that looks at all datasets.
    connection.execute(_INDEX, {"key": dataset.key, "fresh": FRESH_STATE, "rows": ingested.rows})
    return ingested


# People look for what they have just uploaded. The next look of a worker decides whether anything else is wrong with
# it, and finds its columns.
_INDEX = sql.SQL("""
    UPDATE {} SET state = %(fresh)s, since = now(), why = '', loaded_at = now(), rows = %(rows)s WHERE key = %(key)s
""").format(sql.Identifier(*CATALOGUE_INDEX))

# The day after which a load is given up counts from the person's confirmation, however often it is tried. What was
# never confirmed, or was cancelled, is not loaded, whoever materialises its partition.
_BEGIN = sql.SQL("""
    UPDATE {} SET state = %(loading)s, error_message = NULL,
        started_processing_at = CASE
            WHEN state IN (%(verified)s, %(loading)s) THEN coalesce(started_processing_at, now()) ELSE now()
        END
    WHERE id = %(id)s AND state <> ALL (%(unconfirmed)s)
    RETURNING id
""").format(_FILES)
_UNCONFIRMED: Final = [UploadState.UPLOADING, UploadState.UPLOADED, UploadState.CANCELLED]


def _begin(connection: Connection, upload_id: str) -> None:
    values = {
        "id": upload_id,
        "loading": UploadState.PROCESSING_DSS,
        "verified": UploadState.VERIFIED,
        "unconfirmed": _UNCONFIRMED,
    }
    if connection.execute(_BEGIN, values).fetchone() is None:
        raise Withdrawn(
            f"Upload {upload_id} is not loaded: its person has cancelled it, or has not confirmed its columns. They "
            "can check its columns again on its page."
        )


def _loaded(connection: Connection, upload_id: str) -> Callable[[Loaded], None]:
    """What sets the state of an upload in the transaction of its rows. Raises Withdrawn where it was cancelled.

    A cancellation changes the same row: it comes before this and nothing is loaded, or after it and comes too late.
    """

    def mark(loaded: Loaded) -> None:
        marked = connection.execute(
            sql.SQL(
                "UPDATE {} SET state = %(loaded)s, rows = %(rows)s, loaded_at = clock_timestamp(), processed_at = NULL,"
                # A version that takes its place again has done to the rows before it what it did then.
                " added = coalesce(%(added)s, added), changed = coalesce(%(changed)s, changed),"
                " error_message = NULL WHERE id = %(id)s AND state = %(loading)s RETURNING id"
            ).format(_FILES),
            {
                "loaded": UploadState.PROCESSING_DATAFLOW,
                "loading": UploadState.PROCESSING_DSS,
                "rows": loaded.rows,
                "added": loaded.merged.added if loaded.merged else None,
                "changed": loaded.merged.changed if loaded.merged else None,
                "id": upload_id,
            },
        ).fetchone()
        if marked is None:
            raise Withdrawn(f"Upload {upload_id} was cancelled while it was loaded. Nothing was loaded.")

    return mark


def declare(connection: Connection, upload: Upload) -> Dataset:
    """The dataset that an upload makes of its pipeline. Raises InvalidFile once its person has been told."""
    try:
        return upload.declaration()
    except InvalidFile as error:
        _tell(connection, upload.id, error)
        raise


# From a person's confirmation until the rows are loaded.
WAITING_STATES: Final = [UploadState.VERIFIED, UploadState.PROCESSING_DSS]

# What a person reads of an error that passes. Its own words, which name hosts and paths, are in the registry.
NOT_LOADED_YET: Final = "The file could not be loaded yet, which is a problem of the service. It is tried again."


def _tell(connection: Connection, upload_id: str, error: IngestionError) -> None:
    """Tell the person what is wrong with the file, or that it is tried again; nothing if they have cancelled it."""
    is_transient = isinstance(error, TransientError)
    connection.execute(
        sql.SQL("UPDATE {} SET state = %s, error_message = %s WHERE id = %s AND state = ANY (%s)").format(_FILES),
        [
            UploadState.PROCESSING_DSS if is_transient else UploadState.FAILED,
            NOT_LOADED_YET if is_transient else str(error),
            upload_id,
            WAITING_STATES,
        ],
    )

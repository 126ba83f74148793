"""The journey of an uploaded CSV, from `verified` on: every statement over `public.pipeline_data_file`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from psycopg import sql
from psycopg.rows import class_row

from dss_assets.database import Connection
from dss_assets.dataset import Column, Dataset, Replace, UserCsv
from dss_assets.datasets import DATASETS
from dss_assets.errors import IngestionError, InvalidFile, TransientError
from dss_assets.ingestion import Ingested, ingest
from dss_assets.registry import Entry
from dss_assets.storage import Storage, StoredFile
from dss_web.shared.contract import REGISTRY, UPLOAD_FILE, UPLOAD_PIPELINE, ColumnType, FileState, UploadState
from dss_web.shared.csv import Dialect

_FILES = sql.Identifier(*UPLOAD_FILE)
_PIPELINES = sql.Identifier(*UPLOAD_PIPELINE)
_REGISTRY = sql.Identifier(*REGISTRY)

# Staff decide what their columns are: there is nothing to clean, and no L1.
TABLE = "L0"

# What messages call an upload: its person knows which file it is, and not by its id.
_PLACE: Final = "The file"


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file as the person confirmed it."""

    id: str
    organisation: str
    dataset: str
    encoding: str
    delimiter: str
    quote: str
    column_names: list[str]
    column_types: list[str]
    digest: str
    size: int | None

    @property
    def key(self) -> str:
        """`organisation.dataset`: the schema of its table, and the source in the registry."""
        return f"{self.organisation}.{self.dataset}"

    def declaration(self, kept_versions: int = 0) -> Dataset:
        """The dataset that this version makes of its pipeline. Raises InvalidFile where it cannot be loaded.

        `kept_versions` is how many tables are kept beside the one in use.
        """
        if self.key in {dataset.key for dataset in DATASETS}:
            raise InvalidFile(f"{self.key} is the name of a published dataset. Create a dataset of another name.")
        try:
            columns = tuple(
                Column(name, ColumnType(kind)) for name, kind in zip(self.column_names, self.column_types, strict=True)
            )
            return Dataset(
                self.organisation,
                self.dataset,
                source=None,
                format=UserCsv(Dialect(self.encoding, self.delimiter, self.quote)),
                loading=Replace(kept_versions),
                columns=columns,
                dataflow_table=TABLE,
            )
        except ValueError as error:
            raise InvalidFile(f"The columns of this file cannot be loaded: {error}.") from error


_SELECT = sql.SQL(
    "SELECT file.id::text, organisation, dataset, encoding, delimiter, quote, column_names, column_types,"
    " file.digest, file.size"
    " FROM {} AS file JOIN {} AS pipeline ON pipeline.id = file.pipeline_id"
).format(_FILES, _PIPELINES)


def due_files(connection: Connection) -> list[Upload]:
    """Confirmed uploads that wait for their load, and those whose load is due again after a passing fault."""
    with connection.cursor(row_factory=class_row(Upload)) as cursor:
        return cursor.execute(
            sql.SQL(
                "{} LEFT JOIN {} AS entry"
                " ON entry.source = organisation || '.' || dataset AND entry.file_name = file.id::text"
                " WHERE file.state = %(verified)s OR (file.state = %(processing)s AND"
                " (entry.id IS NULL OR (entry.state = %(failed)s AND entry.next_attempt_at <= now())))"
                " ORDER BY uploaded_at"
            ).format(_SELECT, _REGISTRY),
            {
                "verified": UploadState.VERIFIED,
                "processing": UploadState.PROCESSING_DSS,
                "failed": FileState.FAILED,
            },
        ).fetchall()


def find(connection: Connection, upload_id: str) -> Upload:
    """The upload of an id. Raises InvalidFile where there is none."""
    with connection.cursor(row_factory=class_row(Upload)) as cursor:
        upload = cursor.execute(sql.SQL("{} WHERE file.id::text = %s").format(_SELECT), [upload_id]).fetchone()
    if upload is None:
        raise InvalidFile(f"There is no upload {upload_id}: its dataset may have been deleted.")
    return upload


def ingest_upload(
    connection: Connection, storage: Storage, upload: Upload, run_id: str, kept_versions: int = 0
) -> Ingested:
    """Load a confirmed upload in the place of its dataset's table; its state tells how far it is.

    A version whose table is kept takes its place again, without its file being read.

    Raises InvalidFile, which is told to the person, or TransientError, after which it is tried again.
    """
    connection.execute(
        _BEGIN, {"id": upload.id, "loading": UploadState.PROCESSING_DSS, "verified": UploadState.VERIFIED}
    )
    path = storage.upload_path(upload.organisation, upload.dataset, upload.id)

    def stored(_: Entry | None) -> tuple[StoredFile, str]:
        # Uploads of earlier releases have no digest.
        is_known = bool(upload.digest) and upload.size is not None
        return (StoredFile(path, upload.size or 0, upload.digest) if is_known else storage.digest(path)), ""

    try:
        ingested = ingest(
            connection, storage, upload.declaration(kept_versions), upload.id, run_id, stored, place=_PLACE
        )
    except IngestionError as error:
        if not connection.closed:
            _tell(connection, upload.id, error)
        raise
    mark_loaded(connection)
    return ingested


# The day after which a load is given up counts from the person's confirmation, however often it is tried.
_BEGIN = sql.SQL("""
    UPDATE {} SET state = %(loading)s, error_message = NULL, processed_at = NULL,
        started_processing_at = CASE
            WHEN state IN (%(verified)s, %(loading)s) THEN coalesce(started_processing_at, now()) ELSE now()
        END
    WHERE id = %(id)s
""").format(_FILES)


def declare(connection: Connection, upload: Upload) -> Dataset:
    """The dataset that an upload makes of its pipeline. Raises InvalidFile once its person has been told."""
    try:
        return upload.declaration()
    except InvalidFile as error:
        _tell(connection, upload.id, error)
        raise


# What a person reads of errors that pass. Their own words, which name hosts and paths, are in the registry.
NOT_LOADED_YET: Final = "The file could not be loaded yet, which is a problem of the service. It is tried again."
NOT_COPIED_YET: Final = "The rows are loaded. Copying them to Data Workspace failed, and it is tried again."


def _tell(connection: Connection, upload_id: str, error: IngestionError) -> None:
    """Tell the person what is wrong with the file, or that it is tried again."""
    is_transient = isinstance(error, TransientError)
    connection.execute(
        sql.SQL("UPDATE {} SET state = %s, error_message = %s WHERE id = %s").format(_FILES),
        [
            UploadState.PROCESSING_DSS if is_transient else UploadState.FAILED,
            NOT_LOADED_YET if is_transient else str(error),
            upload_id,
        ],
    )


def mark_loaded(connection: Connection) -> None:
    """Let the uploads whose rows are loaded say so, also where their process ended first or they were given up.

    A row of the registry that was processed since the confirmation is of this load, not of one before a restoration.
    """
    connection.execute(
        sql.SQL(
            "UPDATE {} AS file SET state = %(loaded)s, rows = entry.rows, size = entry.size, error_message = NULL"
            " FROM {} AS entry, {} AS pipeline WHERE pipeline.id = file.pipeline_id"
            " AND entry.source = organisation || '.' || dataset AND entry.file_name = file.id::text"
            " AND file.state IN (%(loading)s, %(failed)s) AND entry.state = %(processed)s"
            " AND entry.updated_timestamp >= file.started_processing_at"
        ).format(_FILES, _REGISTRY, _PIPELINES),
        {
            "loaded": UploadState.PROCESSING_DATAFLOW,
            "loading": UploadState.PROCESSING_DSS,
            "failed": UploadState.FAILED,
            "processed": FileState.PROCESSED,
        },
    )


def mark_delivered(connection: Connection, upload_ids: Sequence[str]) -> None:
    """data-flow has read the tables of these uploads."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %s, processed_at = now(), error_message = NULL"
            " WHERE id::text = ANY (%s) AND state = %s"
        ).format(_FILES),
        [UploadState.COMPLETED, list(upload_ids), UploadState.PROCESSING_DATAFLOW],
    )


def mark_undelivered(connection: Connection, upload_ids: Sequence[str]) -> None:
    """data-flow did not read the tables of these uploads yet; it is asked again."""
    connection.execute(
        sql.SQL("UPDATE {} SET error_message = %s WHERE id::text = ANY (%s) AND state = %s").format(_FILES),
        [NOT_COPIED_YET, list(upload_ids), UploadState.PROCESSING_DATAFLOW],
    )


GIVEN_UP: Final = (
    "This was tried for a day without success. Nothing of it was loaded. Please tell the Data Workspace team."
)
NOT_COPIED: Final = (
    "The rows are loaded and the API serves them, but they have not been copied to Data Workspace for a day. "
    "Please tell the Data Workspace team."
)


def give_up_stuck(connection: Connection) -> None:
    """A day after its confirmation, fail what is not loaded, and say of what is loaded that it was not copied."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %s, error_message = concat_ws(' ', error_message, %s::text)"
            " WHERE state = ANY (%s) AND started_processing_at < now() - interval '1 day'"
        ).format(_FILES),
        [UploadState.FAILED, GIVEN_UP, [UploadState.VERIFIED, UploadState.PROCESSING_DSS]],
    )
    connection.execute(
        sql.SQL(
            "UPDATE {} SET error_message = %(reason)s WHERE state = %(loaded)s"
            " AND started_processing_at < now() - interval '1 day' AND error_message IS DISTINCT FROM %(reason)s"
        ).format(_FILES),
        {"reason": NOT_COPIED, "loaded": UploadState.PROCESSING_DATAFLOW},
    )


def sources_in_progress(connection: Connection) -> list[str]:
    """The keys of the datasets with an upload that is being loaded, or was when its process ended."""
    rows = connection.execute(
        sql.SQL(
            "SELECT DISTINCT organisation || '.' || dataset FROM {} AS file"
            " JOIN {} AS pipeline ON pipeline.id = file.pipeline_id WHERE file.state = %s"
        ).format(_FILES, _PIPELINES),
        [UploadState.PROCESSING_DSS],
    ).fetchall()
    return [key for (key,) in rows]

"""The journey of an uploaded CSV, from `verified` on: every statement over `public.pipeline_data_file`."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql
from psycopg.rows import class_row

from dss_assets.database import Connection
from dss_assets.dataset import Column, Dataset, Replace, UserCsv
from dss_assets.datasets import DATASETS
from dss_assets.errors import Fault, InvalidFile, TransientError
from dss_assets.ingestion import Ingested, ingest
from dss_assets.storage import Storage
from dss_web.shared.contract import REGISTRY, UPLOAD_FILE, UPLOAD_PIPELINE, ColumnType, FileState, UploadState

_FILES = sql.Identifier(*UPLOAD_FILE)
_PIPELINES = sql.Identifier(*UPLOAD_PIPELINE)
_REGISTRY = sql.Identifier(*REGISTRY)

TABLE = "L0"


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

    @property
    def key(self) -> str:
        """`organisation.dataset`: the schema of its table, and the source in the registry."""
        return f"{self.organisation}.{self.dataset}"

    @property
    def partition(self) -> str:
        return f"{self.key}:{self.id}"

    def declaration(self) -> Dataset:
        """The dataset that this version makes of its pipeline. Raises InvalidFile where it cannot be loaded."""
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
                format=UserCsv(self.encoding, self.delimiter, self.quote),
                loading=Replace(),
                columns=columns,
                dataflow_table=TABLE,
            )
        except ValueError as error:
            raise InvalidFile(f"The columns of this file cannot be loaded: {error}.") from error


_SELECT = sql.SQL(
    "SELECT file.id::text, organisation, dataset, encoding, delimiter, quote, column_names, column_types"
    " FROM {} AS file JOIN {} AS pipeline ON pipeline.id = file.pipeline_id"
).format(_FILES, _PIPELINES)


def due(connection: Connection) -> list[Upload]:
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


def ingest_upload(connection: Connection, storage: Storage, upload: Upload, run_id: str) -> Ingested:
    """Load a confirmed upload in the place of its dataset's table; its state tells how far it is.

    Raises InvalidFile, which is told to the person, or TransientError, after which it is tried again.
    """
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %s, error_message = NULL, started_processing_at = now(), processed_at = NULL"
            " WHERE id = %s"
        ).format(_FILES),
        [UploadState.PROCESSING_DSS, upload.id],
    )
    path = storage.upload_path(upload.organisation, upload.dataset, upload.id)
    try:
        ingested = ingest(
            connection, storage, upload.declaration(), upload.id, "", run_id, lambda _: storage.digest(path)
        )
    except Fault as fault:
        if not connection.closed:
            _tell(connection, upload.id, fault)
        raise
    mark_loaded(connection)
    return ingested


def _tell(connection: Connection, upload_id: str, fault: Fault) -> None:
    state = UploadState.PROCESSING_DSS if isinstance(fault, TransientError) else UploadState.FAILED
    # The person knows which file it is, and not by its id.
    reason = str(fault).removeprefix(f"{upload_id}, ").replace(upload_id, "the file")
    connection.execute(
        sql.SQL("UPDATE {} SET state = %s, error_message = %s WHERE id = %s").format(_FILES),
        [state, reason[:1].upper() + reason[1:], upload_id],
    )


def mark_loaded(connection: Connection) -> None:
    """Let the uploads whose rows are loaded say so, also those whose process ended before it could."""
    connection.execute(
        sql.SQL(
            "UPDATE {} AS file SET state = %(dataflow)s, rows = entry.rows, size = entry.size, error_message = NULL"
            " FROM {} AS entry, {} AS pipeline WHERE pipeline.id = file.pipeline_id"
            " AND entry.source = organisation || '.' || dataset AND entry.file_name = file.id::text"
            " AND file.state = %(processing)s AND entry.state = %(processed)s"
            " AND entry.updated_timestamp >= file.started_processing_at"
        ).format(_FILES, _REGISTRY, _PIPELINES),
        {
            "dataflow": UploadState.PROCESSING_DATAFLOW,
            "processing": UploadState.PROCESSING_DSS,
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


def mark_undelivered(connection: Connection, upload_ids: Sequence[str], reason: str) -> None:
    """data-flow did not read the tables of these uploads yet; it is told again."""
    connection.execute(
        sql.SQL("UPDATE {} SET error_message = %s WHERE id::text = ANY (%s) AND state = %s").format(_FILES),
        [reason, list(upload_ids), UploadState.PROCESSING_DATAFLOW],
    )


def give_up_stuck(connection: Connection) -> None:
    """Fail what is neither done nor failed a day after it was confirmed: the person should know."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %s, error_message = coalesce(error_message || ' ', '') ||"
            " 'This was tried for a day without success. Please tell the Data Workspace team.'"
            " WHERE state = ANY (%s) AND started_processing_at < now() - interval '1 day'"
        ).format(_FILES),
        [
            UploadState.FAILED,
            [UploadState.VERIFIED, UploadState.PROCESSING_DSS, UploadState.PROCESSING_DATAFLOW],
        ],
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

"""An upload as its person confirmed it, and those that are to be loaded."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.rows import class_row

from dss_assets.database import Connection
from dss_assets.dataset import Absent, Append, Column, Dataset, RejectLimit, Replace, Update, UserCsv
from dss_assets.errors import InvalidFile
from dss_web.shared.contract import REGISTRY, UPLOAD_FILE, UPLOAD_PIPELINE, ColumnType, FileState, LoadMode, UploadState
from dss_web.shared.csv import Reading

_FILES = sql.Identifier(*UPLOAD_FILE)
_PIPELINES = sql.Identifier(*UPLOAD_PIPELINE)
_REGISTRY = sql.Identifier(*REGISTRY)

# Staff decide what their columns are: there is nothing to clean, and no L1.
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
    reading: dict[str, Any] | None
    column_names: list[str]
    column_types: list[str]
    digest: str
    size: int | None
    mode: str
    key_columns: list[str]
    based_on: str | None
    left_out: int

    @property
    def key(self) -> str:
        """`organisation.dataset`: the schema of its table, and the source in the registry."""
        return f"{self.organisation}.{self.dataset}"

    def declaration(self, kept_versions: int = 0) -> Dataset:
        """The dataset that this version makes of its pipeline. Raises InvalidFile where it cannot be loaded.

        `kept_versions` is how many tables are kept beside the one in use.
        """
        # Not above: every process of Dagster imports this on the way to its event log, and a mistake in a declaration
        # must not keep the daemon and the UI from starting.
        from dss_assets.datasets import DATASETS  # noqa: PLC0415

        if self.key in {dataset.key for dataset in DATASETS}:
            raise InvalidFile(f"{self.key} is the name of a published dataset. Create a dataset of another name.")
        try:
            return Dataset(
                self.organisation,
                self.dataset,
                source=None,
                format=UserCsv(self._how_to_read(), self.left_out),
                loading=Replace(kept_versions, self.merge),
                columns=self._columns(),
                dataflow_table=TABLE,
                reject_limit=RejectLimit(rows=self.left_out, share=0),
            )
        except ValueError as error:
            raise InvalidFile(f"The columns of this file cannot be loaded: {error}.") from error

    @property
    def merge(self) -> Append | Update | None:
        """How its rows join those of the version that it is based on; None where they take their place."""
        match LoadMode(self.mode):
            case LoadMode.REPLACE:
                return None
            case LoadMode.APPEND:
                return Append(self.based_on or "")
            case LoadMode.UPDATE:
                return Update(self.based_on or "", tuple(self.key_columns))

    def _columns(self) -> tuple[Column, ...]:
        """The columns of the table. The file of a version that is based on another may lack some of them."""
        columns = [
            Column(name, ColumnType(kind)) for name, kind in zip(self.column_names, self.column_types, strict=True)
        ]
        if self.merge is None:
            return tuple(columns)
        sent = {column.name for column in self._how_to_read().columns}
        return tuple(c if c.name in sent else dataclasses.replace(c, absent=Absent.NULL) for c in columns)

    def _how_to_read(self) -> Reading:
        """The reading that the check has stored, with the types that the person chose."""
        if self.reading is None:  # the release before stored three columns instead
            return Reading(self.encoding, self.delimiter, self.quote)
        reading = Reading.from_json(self.reading)
        types = [ColumnType(kind) for kind in self.column_types]
        # One that is based on another has columns of the table too, and the types of its own in its reading.
        return reading.with_types(types) if self.merge is None else reading


_SELECT = sql.SQL(
    "SELECT file.id::text, organisation, dataset, encoding, delimiter, quote, reading, column_names, column_types,"
    " file.digest, file.size, mode, key_columns, based_on::text, left_out"
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


def delivering(connection: Connection, key: str, upload_id: str) -> str | None:
    """The upload by which data-flow is asked for the table of a dataset: this one, or else the last that is there."""
    found = connection.execute(
        sql.SQL(
            "SELECT file.id::text FROM {} AS file JOIN {} AS pipeline ON pipeline.id = file.pipeline_id"
            " WHERE organisation || '.' || dataset = %s AND file.state = ANY (%s)"
            " ORDER BY (file.id::text = %s) DESC, uploaded_at DESC LIMIT 1"
        ).format(_FILES, _PIPELINES),
        [key, [UploadState.PROCESSING_DATAFLOW, UploadState.COMPLETED], upload_id],
    ).fetchone()
    return found[0] if found else None


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

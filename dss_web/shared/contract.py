"""The names on which both halves agree. Standard library only: `dss_assets` imports this without Django.

The tables themselves are made by the migrations beside this file; `dss_assets` speaks SQL to them, because
a file's rows and its registry row commit on one connection.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple


class Table(NamedTuple):
    """The schema and name of a table (or of what else Postgres names), as `psycopg.sql.Identifier(*table)` takes it."""

    schema: str
    name: str


REGISTRY: Final = Table("operations", "datafile_registry")
DATASET: Final = Table("operations", "dataset")
# Published and uploaded datasets alike: a view over DATASET and what people say of their own.
CATALOGUE: Final = Table("operations", "catalogue")
COLUMN_DESCRIPTION: Final = Table("operations", "column_description")
# What lists of datasets and their search read: a row for each of CATALOGUE, with its state.
CATALOGUE_INDEX: Final = Table("operations", "catalogue_index")
# The datasets that are not open to all who log in, and to whom they are.
RESTRICTED_DATASET: Final = Table("operations", "restricted_dataset")
DATASET_GRANT: Final = Table("operations", "dataset_grant")
# What happened to datasets, for those who follow them, and who read them when.
DATASET_EVENT: Final = Table("operations", "dataset_event")
DATASET_READ: Final = Table("operations", "dataset_read")
SUBSCRIPTION: Final = Table("operations", "subscription")
SUBSCRIPTION_MESSAGE: Final = Table("operations", "subscription_message")
SOURCE_LISTING: Final = Table("operations", "source_listing")
REJECT: Final = Table("operations", "reject")
DATAFLOW_RUN: Final = Table("operations", "dataflow_run")
DAEMON_HEARTBEAT: Final = Table("operations", "daemon_heartbeat")
UPLOAD_PIPELINE: Final = Table("public", "pipeline")
UPLOAD_FILE: Final = Table("public", "pipeline_data_file")
UPLOAD_EVENT: Final = Table("operations", "upload_event")
UPLOAD_CHECK: Final = Table("operations", "upload_check")
# Files that are on their way to us, and the parts of them that are here.
ARRIVAL: Final = Table("operations", "arrival")
ARRIVED_PART: Final = Table("operations", "arrived_part")
# What is to be done with an uploaded file behind the request. The web half's worker does it.
UPLOAD_TASK: Final = Table("operations", "upload_task")
# Which state a dataset's table is in. A statement trigger on the table, which calls the function, keeps it.
TABLE_VERSION: Final = Table("operations", "table_version")
CHANGE_TRIGGER: Final = Table("operations", "note_change")
VERSION_NUMBER: Final = Table("operations", "version_number")
# What each load has done to a table, for clients that keep a copy of it.
TABLE_CHANGE: Final = Table("operations", "table_change")
# Tables that others have replaced, kept beside them.
KEPT_TABLE: Final = Table("operations", "kept_table")
# What people had deleted. The web half asks, the assets half does it.
DELETION: Final = Table("operations", "deletion")
EXPORT: Final = Table("operations", "table_export")
# What was brought from the Flask service, and in which state.
MOVED_IN: Final = Table("operations", "moved_in")
# What is wrong, once for each incident, and who was told.
ALERT: Final = Table("operations", "alert")
ALERT_MESSAGE: Final = Table("operations", "alert_message")
HAWK_CLIENT: Final = Table("public", "hawk_users")
HAWK_NONCE: Final = Table("operations", "hawk_nonce")
LETTER: Final = Table("operations", "upload_letter")
SESSION: Final = Table("public", "django_session")

# With the `organisation.dataset` behind it, it is the scope of a client that may upload there.
UPLOAD_SCOPE: Final = "upload:"

# The rows of DAEMON_HEARTBEAT: the assets half keeps the first, and any worker of the web half the second.
DAGSTER_DAEMON: Final = "dagster-daemon"
WORKER: Final = "worker"


def file_lock(source: str, file_name: str) -> str:
    """The name of the advisory lock that the session holds which loads a file; its number is a hash of it."""
    return f"file {source} {file_name}"


class FileState(StrEnum):
    """`operations.datafile_registry.state`. DUE: a version that a sensor saw waits for its run."""

    DUE = "due"
    PROCESSING = "processing"
    FAILED = "failed"
    PROCESSED = "processed"
    IGNORED = "ignored"


class ExportState(StrEnum):
    """`operations.table_export.state`."""

    RUNNING = "running"
    COMPLETE = "complete"
    BROKEN_OFF = "broken-off"


class DataflowState(StrEnum):
    """`operations.dataflow_run.state`: REQUESTED until data-flow has accepted the run, RUNNING until it has ended.

    A run that waits in data-flow's queue is RUNNING here without a `started_at`.
    """

    REQUESTED = "requested"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"


class DataflowSituation(StrEnum):
    """`operations.dataflow_run.situation`: what is odd about a run, '' where nothing is. docs/operate.md has the list.

    It waits: QUEUED, PAUSED, STALE, NO_SCHEDULER. It began once more: CLEARED. It failed and is asked for again:
    OVERDUE, LOST. It may have been made: UNANSWERED. Nobody asks again but a person: REFUSED, UNKNOWN_DAG, FORBIDDEN,
    CREDENTIALS.
    """

    QUEUED = "queued"
    PAUSED = "paused"
    STALE = "stale"
    NO_SCHEDULER = "no scheduler"
    CLEARED = "cleared"
    OVERDUE = "overdue"
    LOST = "lost"
    UNANSWERED = "unanswered"
    REFUSED = "refused"
    UNKNOWN_DAG = "unknown DAG"
    FORBIDDEN = "forbidden"
    CREDENTIALS = "credentials"


class UploadState(StrEnum):
    """`public.pipeline_data_file.state`. The web half leads to VERIFIED, the assets half from there on.

    PROCESSING_DATAFLOW: its rows are loaded here, and not copied yet. COMPLETED: data-flow has copied them, too.
    CANCELLED: a person has withdrawn it, and nothing of it is loaded.
    """

    UPLOADING = "uploading"
    UPLOADED = "uploaded"
    VERIFIED = "verified"
    PROCESSING_DSS = "processing_dss"
    PROCESSING_DATAFLOW = "processing_dataflow"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class LoadMode(StrEnum):
    """`public.pipeline_data_file.mode`: what a version does with the rows of the one that was in use before it.

    REPLACE: they go. APPEND: they stay, and the file's rows come behind them. UPDATE: they stay, with the values of
    those rows of the file that have their key; other rows of the file come behind them.
    """

    REPLACE = "replace"
    APPEND = "append"
    UPDATE = "update"


class TaskKind(StrEnum):
    """`operations.upload_task.kind`. READ_AGAIN: as a person says. CONFIRM: the values are tried, then it is loaded."""

    CHECK = "check"
    READ_AGAIN = "read again"
    CONFIRM = "confirm"


class TaskOutcome(StrEnum):
    """`operations.upload_task.outcome`, empty while the task is open.

    REFUSED: the file, or what was chosen, does not do. GIVEN_UP: it was tried several times, a fault of the service.
    WITHDRAWN: its version was cancelled, or has gone on, meanwhile.
    """

    DONE = "done"
    REFUSED = "refused"
    GIVEN_UP = "given up"
    WITHDRAWN = "withdrawn"


class DeletionState(StrEnum):
    """`operations.deletion.state`. REFUSED: what was to be deleted has come into use meanwhile."""

    REQUESTED = "requested"
    DONE = "done"
    REFUSED = "refused"


# The state of a dataset (`operations.catalogue_index`) with data and without a problem. The web half has the others.
FRESH_STATE: Final = "fresh"


class Problem(StrEnum):
    """`operations.alert.kind`: what is wrong with a dataset or, the last two, with the service. See docs/runbook.md.

    LATE: nothing was loaded for the time that its declaration names. FAILING: a file, its listing or its delivery
    fails. STUCK: what waits does not get on. SHRUNK, CHANGED_COLUMNS: its last file has fewer rows, or other columns,
    than the one before.
    """

    LATE = "late"
    FAILING = "failing"
    STUCK = "stuck"
    SHRUNK = "shrunk"
    CHANGED_COLUMNS = "changed columns"
    NO_WORKER = "no worker"
    NO_DAEMON = "no daemon"


class AlertEvent(StrEnum):
    """`operations.alert_message.event`."""

    BEGAN = "began"
    OVER = "over"


class AlertChannel(StrEnum):
    """`operations.alert_message.channel`."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class GranteeKind(StrEnum):
    """`operations.dataset_grant.kind`. GROUP: an access profile or a permitted application at SSO."""

    PERSON = "person"
    GROUP = "group"
    CLIENT = "client"


class DatasetEventKind(StrEnum):
    """`operations.dataset_event.kind`. BREAKING: a new version without columns that were there, or of other types."""

    VERSION = "version"
    BREAKING = "breaking"
    LATE = "late"
    FAILING = "failing"


class Classification(StrEnum):
    """How sensitive a dataset is, of what this service may hold: nothing above OFFICIAL.

    https://www.gov.uk/government/publications/government-security-classifications, seen 2026-11-26.
    """

    OFFICIAL = "OFFICIAL"
    OFFICIAL_SENSITIVE = "OFFICIAL-SENSITIVE"


class ColumnType(StrEnum):
    """The types of dataset columns: the Postgres names. data-flow can read all but TIMESTAMPTZ."""

    TEXT = "text"
    INTEGER = "integer"
    BIGINT = "bigint"
    NUMERIC = "numeric"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp without time zone"
    TIMESTAMPTZ = "timestamp with time zone"


# What an uploaded column may be, in the order in which a person chooses.
UPLOAD_COLUMN_TYPES: Final = (
    ColumnType.TEXT,
    ColumnType.INTEGER,
    ColumnType.NUMERIC,
    ColumnType.BOOLEAN,
    ColumnType.DATE,
    ColumnType.TIMESTAMP,
)

# Names that no column can have, since each table in Postgres has columns of these names already:
# https://www.postgresql.org/docs/current/ddl-system-columns.html.
SYSTEM_COLUMNS: Final = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})

# Column names that the loader keeps for itself, or Postgres does.
RESERVED_COLUMNS: Final = SYSTEM_COLUMNS | {
    "id",
    "datafile_created",
    "datafile_updated",
    "data_hash",
    "data_source_row_id",
}

# Postgres has 1,600 in a table: https://www.postgresql.org/docs/current/limits.html. The loader adds its id, and the
# name of the file.
MOST_UPLOAD_COLUMNS: Final = 1598

# The loader's bookkeeping columns, which no route shows.
HIDDEN_COLUMNS: Final = frozenset({"data_hash", "datafile_created", "datafile_updated"})

# Schemas that hold no dataset; `pg_*` besides.
SERVICE_SCHEMAS: Final = frozenset({"information_schema", "public", "operations", "admin"})


def kept_name(name: str, generation: int) -> str:
    """What a table is called that another one has replaced: by it, readers of that generation find it."""
    return f"{name}@{generation}"


def is_kept_name(name: str) -> bool:
    """Whether a table was replaced by another one, so that only readers of its generation are shown it."""
    return re.fullmatch(r".+@\d+", name, re.DOTALL) is not None


def upload_folder(folder: str, organisation: str, dataset: str) -> str:
    """Storage path of the folder that holds a dataset's uploads, each named by its id."""
    return f"{folder}/{organisation}/{dataset}"


def parquet_folder(schema: str = "", table: str = "") -> str:
    """Storage path of the folder with the Parquet files of a table, of a schema's tables, or of all."""
    return "/".join(("parquet", *(name for name in (schema, table) if name)))


def arriving_folder(organisation: str, dataset: str, arrival_id: str = "") -> str:
    """Storage path of the folder that holds the parts of a file until all of them are here, each named by its number.

    Without an id, that of all such files of a dataset.
    """
    return f"arriving/{organisation}/{dataset}{f'/{arrival_id}' if arrival_id else ''}"

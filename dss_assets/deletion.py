"""What people had deleted: a version of an upload or a whole dataset, from the storage and from all tables.

The web half asks by a row of `operations.deletion`, which stays as the record: who, when, which names, how much.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from dss_assets.database import Connection, lock_dataset
from dss_assets.delivery import Delivery
from dss_assets.errors import TransientError
from dss_assets.loading.kept import drop_base, drop_kept, file_in
from dss_assets.removal import drop_schema
from dss_assets.storage import Storage
from dss_assets.uploads import delete_arriving
from dss_web.shared.contract import (
    COLUMN_DESCRIPTION,
    DATAFLOW_RUN,
    DELETION,
    EXPORT,
    HAWK_CLIENT,
    KEPT_TABLE,
    REGISTRY,
    REJECT,
    UPLOAD_FILE,
    UPLOAD_PIPELINE,
    UPLOAD_SCOPE,
    DeletionState,
    UploadState,
    parquet_folder,
)

_DELETIONS = sql.Identifier(*DELETION)
_FILES = sql.Identifier(*UPLOAD_FILE)
_KEPT = sql.Identifier(*KEPT_TABLE)
_PIPELINES = sql.Identifier(*UPLOAD_PIPELINE)

# What is known of a file, by the columns `source` and `file_name`.
_OF_FILES: Final = (sql.Identifier(*REGISTRY), sql.Identifier(*REJECT), _KEPT)
# What is known of a dataset's tables, by the column `schema_name`: receipts have filters of clients, with their values,
# and runs what data-flow said of rows.
_OF_TABLES: Final = (sql.Identifier(*EXPORT), sql.Identifier(*DATAFLOW_RUN))
_LOADING: Final = [UploadState.UPLOADING, UploadState.VERIFIED, UploadState.PROCESSING_DSS]

# A path in the storage, and no URL of elsewhere.
_PATH: Final = "^[^/:]+/[^:]+$"

_IN_THE_END: Final = (
    "Backups of databases and storage go at their own time, and so do earlier versions of objects in a bucket that "
    "keeps them."
)
IN_USE: Final = (
    "This version is the one in use, so it was not deleted. Restore another version first, or delete the dataset."
)


@dataclass(frozen=True, slots=True)
class Deletion:
    """What is to be deleted: a version by its id, or a whole dataset where `version` is None."""

    id: int
    organisation: str
    dataset: str
    version: str | None
    requested_by: str
    requested_by_id: str

    @property
    def key(self) -> str:
        """`organisation.dataset`: the schema of its tables, and the source in the registry."""
        return f"{self.organisation}.{self.dataset}"


class NotNow(TransientError):
    """A version of the dataset is on its way: what it leaves would not be deleted."""


def requested(connection: Connection) -> list[Deletion]:
    """What is to be deleted, in the order in which people asked."""
    with connection.cursor(row_factory=class_row(Deletion)) as cursor:
        return cursor.execute(
            sql.SQL(
                "SELECT id, organisation, dataset, version::text, requested_by, requested_by_id FROM {}"
                " WHERE state = %s ORDER BY id"
            ).format(_DELETIONS),
            [DeletionState.REQUESTED],
        ).fetchall()


def _versions_of(connection: Connection, deletion: Deletion) -> list[str]:
    """The ids of the versions that go."""
    if deletion.version:
        return [deletion.version]
    rows = connection.execute(
        sql.SQL(
            "SELECT file.id::text FROM {} AS file JOIN {} AS pipeline ON pipeline.id = pipeline_id"
            " WHERE organisation = %s AND dataset = %s"
        ).format(_FILES, _PIPELINES),
        [deletion.organisation, deletion.dataset],
    ).fetchall()
    return [version for (version,) in rows]


def delete(
    connection: Connection,
    storage: Storage,
    delivery: Delivery,
    deletion: Deletion,
    forget: Callable[[Sequence[str]], None],
) -> DeletionState:
    """Delete what was asked for, and record it. `connection` is in autocommit mode.

    `forget` gets the ids of the versions, to delete what else is known of them. It and the stored bytes come first:
    whatever ends the process, the next attempt deletes what is left. Raises NotNow, or TransientError where storage or
    databases do not do their part; the record then says why.
    """
    try:
        _require_nothing_on_its_way(connection, deletion)
        if deletion.version and file_in(connection, deletion.key) == deletion.version:
            _finish(connection, deletion, DeletionState.REFUSED, {}, error=IN_USE)
            return DeletionState.REFUSED
        forget(_versions_of(connection, deletion))
        files = _delete_files(connection, storage, deletion)
        with connection.transaction():
            lock_dataset(connection, deletion.key)
            _require_nothing_on_its_way(connection, deletion)
            left = ""
            if deletion.version:
                counts = _delete_version(connection, deletion)
            else:
                counts = _delete_dataset(connection, deletion)
                # Once the rows of its runs are gone: one that copies now can put nothing in place behind our back.
                withdrawal = delivery.withdraw(deletion.organisation, deletion.dataset)
                counts |= withdrawal.counts
                left = f"{withdrawal.left_to_do} {_IN_THE_END}"
            _finish(connection, deletion, DeletionState.DONE, {"stored files": files, **counts}, left=left)
    except psycopg.Error as error:
        if connection.closed:
            raise TransientError(f"{deletion.key} was not deleted: {error}. It is tried again.") from error
        told = f"The database refused: {error.diag.message_primary or error}. {error.diag.message_detail or ''}".strip()
        _note(connection, deletion, told)
        raise TransientError(f"{deletion.key} was not deleted. {told} It is tried again.") from error
    except TransientError as error:
        _note(connection, deletion, str(error))
        raise
    return DeletionState.DONE


def _require_nothing_on_its_way(connection: Connection, deletion: Deletion) -> None:
    found = connection.execute(
        sql.SQL(
            "SELECT count(*) FROM {} AS file JOIN {} AS pipeline ON pipeline.id = pipeline_id"
            " WHERE organisation = %s AND dataset = %s AND state = ANY (%s)"
        ).format(_FILES, _PIPELINES),
        [deletion.organisation, deletion.dataset, _LOADING],
    ).fetchone()
    if found and found[0]:
        raise NotNow(f"A version of {deletion.key} is being received or loaded. Deleting waits until that has ended.")


def _delete_files(connection: Connection, storage: Storage, deletion: Deletion) -> int:
    """Delete the stored bytes with what they were before; how many files there were."""
    versions = _versions_of(connection, deletion)
    written = connection.execute(
        sql.SQL("SELECT data_file_url FROM {} WHERE id::text = ANY (%s) AND data_file_url ~ %s").format(_FILES),
        [versions, _PATH],
    ).fetchall()
    # Where a version is by its id, and where earlier releases may have put it.
    paths = {storage.upload_path(deletion.organisation, deletion.dataset, version) for version in versions}
    files = sum(storage.delete(path) for path in sorted(paths | {path for (path,) in written}))
    name = deletion.version or ""
    files += delete_arriving(connection, storage, deletion.organisation, deletion.dataset, name)
    files += storage.delete_tree(storage.superseded_path(deletion.organisation, deletion.dataset, name, ""))
    # Any version's file may have its rows. That of the version in use is made again.
    files += storage.delete_tree(parquet_folder(deletion.key))
    if not deletion.version:
        # Whatever else is in the dataset's folder, such as files whose row was never written.
        files += storage.delete_tree(storage.upload_path(deletion.organisation, deletion.dataset, "").rstrip("/"))
    return files


def _delete_version(connection: Connection, deletion: Deletion) -> dict[str, int]:
    kept = connection.execute(
        sql.SQL("SELECT generation, rows FROM {} WHERE source = %s AND file_name = %s").format(_KEPT),
        [deletion.key, deletion.version],
    ).fetchall()
    for generation, _ in kept:
        drop_kept(connection, deletion.key, generation)
    drop_base(connection, deletion.key)
    for table in _OF_FILES:
        connection.execute(
            sql.SQL("DELETE FROM {} WHERE source = %s AND file_name = %s").format(table),
            [deletion.key, deletion.version],
        )
    _act_for(connection, deletion)
    versions = connection.execute(
        sql.SQL("DELETE FROM {} WHERE id::text = %s").format(_FILES), [deletion.version]
    ).rowcount
    connection.execute(_FORGET_COLUMNS, [deletion.organisation, deletion.dataset])
    return {"versions": versions, "tables": len(kept), "rows in tables": sum(rows for _, rows in kept)}


# Names of columns are the file's: what is said of one that no other version has goes with it.
_FORGET_COLUMNS: Final = sql.SQL("""
    DELETE FROM {said} AS said USING {pipelines} AS pipeline
    WHERE pipeline.id = said.pipeline_id AND organisation = %s AND dataset = %s
    AND NOT EXISTS (
        SELECT FROM {files} AS file WHERE file.pipeline_id = pipeline.id AND said.name = ANY (file.column_names)
    )
""").format(said=sql.Identifier(*COLUMN_DESCRIPTION), pipelines=_PIPELINES, files=_FILES)


def _delete_dataset(connection: Connection, deletion: Deletion) -> dict[str, int]:
    tables = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r'",
        [sql.Identifier(deletion.key).as_string(connection)],
    ).fetchall()
    rows = 0
    for (name,) in tables:
        found = connection.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(deletion.key, name))
        ).fetchone()
        rows += found[0] if found else 0
    if connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [deletion.key]).fetchone():
        drop_schema(connection, deletion.key)
    for table in _OF_FILES:
        connection.execute(sql.SQL("DELETE FROM {} WHERE source = %s").format(table), [deletion.key])
    for table in _OF_TABLES:
        connection.execute(sql.SQL("DELETE FROM {} WHERE schema_name = %s").format(table), [deletion.key])
    _act_for(connection, deletion)
    names = [deletion.organisation, deletion.dataset]
    versions = connection.execute(
        sql.SQL(
            "DELETE FROM {} WHERE pipeline_id IN (SELECT id FROM {} WHERE organisation = %s AND dataset = %s)"
        ).format(_FILES, _PIPELINES),
        names,
    ).rowcount
    connection.execute(sql.SQL("DELETE FROM {} WHERE organisation = %s AND dataset = %s").format(_PIPELINES), names)
    # Whoever makes a dataset of this name again has not let these clients upload to it.
    connection.execute(
        sql.SQL("UPDATE {} SET scope = array_remove(scope, %(scope)s) WHERE %(scope)s = ANY (scope)").format(
            sql.Identifier(*HAWK_CLIENT)
        ),
        {"scope": f"{UPLOAD_SCOPE}{deletion.key}"},
    )
    return {"versions": versions, "tables": len(tables), "rows in tables": rows}


def _act_for(connection: Connection, deletion: Deletion) -> None:
    """Let the trail of events say, for the rest of the transaction, who had this deleted."""
    connection.execute(
        "SELECT set_config('dss.person', %s, true), set_config('dss.person_id', %s, true),"
        " set_config('dss.action', 'delete', true)",
        [deletion.requested_by, deletion.requested_by_id],
    )


def _finish(
    connection: Connection,
    deletion: Deletion,
    state: DeletionState,
    counts: dict[str, int],
    left: str = "",
    error: str = "",
) -> None:
    connection.execute(
        sql.SQL(
            "UPDATE {} SET state = %s, counts = %s, left_to_do = %s, error_message = %s, finished_at = now()"
            " WHERE id = %s"
        ).format(_DELETIONS),
        [state, Jsonb(counts), left, error, deletion.id],
    )


def _note(connection: Connection, deletion: Deletion, why: str) -> None:
    connection.execute(sql.SQL("UPDATE {} SET error_message = %s WHERE id = %s").format(_DELETIONS), [why, deletion.id])

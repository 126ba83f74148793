"""Files that were begun to be sent in parts and never became whole: they end after a time, with their parts."""

from typing import Final

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.storage import Storage
from dss_web.shared.contract import ARRIVAL, UPLOAD_FILE, UPLOAD_PIPELINE, UploadState, arriving_folder

# From the last part on: over night, somebody whose line is down can come back to another one.
ARRIVAL_TIMEOUT: Final = "1 day"
# A sensor has a minute for all that it does.
_AT_ONCE: Final = 20

# A row that a process of the web half completes is locked, and is left to it. Rows that are complete, too, stay for a
# day only: their sender has had the answer.
_ABANDONED: Final = sql.SQL("""
    SELECT arrival.id::text, organisation, dataset FROM {arrivals} AS arrival
    JOIN {pipelines} AS pipeline ON pipeline.id = arrival.pipeline_id
    LEFT JOIN {files} AS file ON file.id = arrival.version_id
    WHERE arrival.touched_at < now() - %s::interval AND file.state IS DISTINCT FROM %s
    ORDER BY arrival.touched_at LIMIT %s FOR UPDATE OF arrival SKIP LOCKED
""").format(
    arrivals=sql.Identifier(*ARRIVAL), pipelines=sql.Identifier(*UPLOAD_PIPELINE), files=sql.Identifier(*UPLOAD_FILE)
)


def end_abandoned(connection: Connection, storage: Storage) -> int:
    """Remove the files that nobody goes on sending; how many there were. Raises TransientError, and is tried again.

    A part that comes meanwhile waits for the row, does not find it, and is removed by who has written it.
    """
    with connection.transaction():
        abandoned = connection.execute(_ABANDONED, [ARRIVAL_TIMEOUT, UploadState.UPLOADING, _AT_ONCE]).fetchall()
        for arrival_id, organisation, dataset in abandoned:
            storage.delete_tree(arriving_folder(organisation, dataset, arrival_id))
        connection.execute(
            sql.SQL("DELETE FROM {} WHERE id::text = ANY (%s)").format(sql.Identifier(*ARRIVAL)),
            [[arrival_id for arrival_id, _, _ in abandoned]],
        )
    return len(abandoned)


def delete_arriving(connection: Connection, storage: Storage, organisation: str, dataset: str, version: str) -> int:
    """Delete the parts of what is on its way to a version, or with '' to the whole dataset; how many there were."""
    if not version:
        return storage.delete_tree(arriving_folder(organisation, dataset))
    found = connection.execute(
        sql.SQL("SELECT id::text FROM {} WHERE version_id::text = %s").format(sql.Identifier(*ARRIVAL)), [version]
    ).fetchall()
    return sum(storage.delete_tree(arriving_folder(organisation, dataset, arrival_id)) for (arrival_id,) in found)

"""After a restore: what database and storage say of one another, which may be from different times.

Whatever came after the backup is fetched and loaded by itself, since the registry does not know it. What does not mend
itself is put right here, or told: numbers that clients hold must not mean other rows, stored bytes must be those that
the registry names, and files of uploads that only one side has cannot be made again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Dataset
from dss_assets.storage import ObjectInfo, Storage
from dss_web.shared.contract import (
    KEPT_TABLE,
    REGISTRY,
    SOURCE_LISTING,
    TABLE_VERSION,
    UPLOAD_FILE,
    UPLOAD_PIPELINE,
    VERSION_NUMBER,
    UploadState,
)

_REGISTRY: Final = sql.Identifier(*REGISTRY)

# How many changes of tables the lost time may have had, at most: a thousand a second for eleven days.
_SKIPPED_NUMBERS: Final = 1_000_000_000

# Kept tables are called by their generation, and their rows never change: clients may go on with them.
_RENUMBER: Final = sql.SQL("""
    WITH numbers AS (SELECT setval({sequence}, nextval({sequence}) + %s) AS number)
    UPDATE {versions} SET version = number, generation = number FROM numbers
    WHERE base NOT IN (SELECT relation FROM {kept})
""").format(
    sequence=sql.Literal(".".join(VERSION_NUMBER)),
    versions=sql.Identifier(*TABLE_VERSION),
    kept=sql.Identifier(*KEPT_TABLE),
)
# Without version and digest a file is fetched again when its source offers it, and not loaded if it is the same bytes.
_FORGET_BYTES: Final = sql.SQL(
    "UPDATE {} SET version = '', offered_version = '', digest = '' WHERE source = %s AND file_name = ANY (%s)"
).format(_REGISTRY)
_LIST_NOW: Final = sql.SQL("UPDATE {} SET listed_at = NULL, next_attempt_at = NULL, attempts = 0").format(
    sql.Identifier(*SOURCE_LISTING)
)
_FILES: Final = sql.SQL("SELECT file_name, digest, size, updated_timestamp FROM {} WHERE source = %s").format(_REGISTRY)
_UPLOADS: Final = sql.SQL(
    "SELECT organisation, dataset, file.id::text, state <> ALL (%s) FROM {files} AS file"
    " JOIN {pipelines} AS pipeline ON pipeline.id = pipeline_id"
).format(files=sql.Identifier(*UPLOAD_FILE), pipelines=sql.Identifier(*UPLOAD_PIPELINE))
# Of these no file needs to be there.
_WITHOUT_FILE: Final = [UploadState.UPLOADING, UploadState.FAILED, UploadState.CANCELLED]


@dataclass(slots=True)
class Recovery:
    """What was found, as paths in the storage.

    `fetched_again` are published files whose bytes are gone, or others than the registry says. `unknown` are stored
    files that the database knows nothing of, `lost` uploads whose bytes are gone.
    """

    fetched_again: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = [
            ("Fetched again once their publishers are listed", self.fetched_again),
            ("Stored and not known; those of publishers are loaded again while they offer them", self.unknown),
            ("Uploads whose files are gone: their rows stay, and they cannot be restored", self.lost),
        ]
        lines = [f"{text}: {len(paths)}\n" + "".join(f"  {path}\n" for path in paths) for text, paths in told if paths]
        return "".join(lines) or "Database and storage agree.\n"


def recover(connection: Connection, storage: Storage, datasets: Sequence[Dataset]) -> Recovery:
    """Bring a restored database and a storage together, while nothing else runs. Twice is as good as once.

    Stored files are read where they are larger or smaller than the registry says, or were written after it was. Raises
    TransientError where the storage cannot be listed or read.
    """
    found = Recovery()
    with connection.transaction():
        connection.execute(_RENUMBER, [_SKIPPED_NUMBERS])
        connection.execute(_LIST_NOW)
    for dataset in datasets:
        wrong = list(_compare(connection, storage, dataset, found))
        connection.execute(_FORGET_BYTES, [dataset.key, wrong])
        found.fetched_again += [storage.dataset_path(dataset.organisation, dataset.name, name) for name in wrong]
    stored = {f"{storage.uploads_folder}/{file.name}" for file in storage.list_tree(storage.uploads_folder)}
    uploads = {
        storage.upload_path(organisation, name, identifier): is_needed
        for organisation, name, identifier, is_needed in connection.execute(_UPLOADS, [_WITHOUT_FILE])
    }
    found.unknown += sorted(stored - uploads.keys())
    found.lost += sorted(path for path, is_needed in uploads.items() if is_needed and path not in stored)
    return found


def _compare(connection: Connection, storage: Storage, dataset: Dataset, found: Recovery) -> Iterator[str]:
    """The files of a dataset whose stored bytes are not those that the registry names."""
    folder = storage.dataset_path(dataset.organisation, dataset.name)
    stored: dict[str, ObjectInfo] = {file.name: file for file in storage.list_folder(folder)}
    known = set()
    for name, digest, size, written_at in connection.execute(_FILES, [dataset.key]).fetchall():
        known.add(name)
        file = stored.get(name)
        if digest and (
            file is None
            or file.size != size
            or (file.modified > written_at and storage.digest(f"{folder}/{name}").digest != digest)
        ):
            yield name
    found.unknown += [f"{folder}/{name}" for name in sorted(stored.keys() - known)]

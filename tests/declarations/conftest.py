"""The journey of a file: from the storage folder or a publisher through ingestion to whole rows in Postgres."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from psycopg import sql
from psycopg.rows import dict_row

from dss_assets.database import Connection
from dss_assets.dataset import Dataset
from dss_assets.ingestion import Ingested, PublishedFiles
from dss_assets.sources import PublisherClient, list_files
from dss_assets.storage import Storage
from dss_web.shared.contract import HIDDEN_COLUMNS


@dataclass(frozen=True, slots=True)
class Journey:
    """A database and a storage, both empty at first."""

    connection: Connection
    storage: Storage

    def put(self, dataset: Dataset, file_name: str, content: bytes) -> None:
        """Put a file into the dataset's folder, as operators do."""
        self.storage.put(self.storage.dataset_path(dataset.organisation, dataset.name, file_name), [content])

    def ingest(self, dataset: Dataset, base_urls: Mapping[str, str] | None = None) -> list[Ingested]:
        """Ingest every file that the dataset's source offers, in the order of their names.

        `base_urls` are the servers that stand in for publishers, by the beginning of the URLs that are declared.
        """
        publishers = PublisherClient(dict(base_urls or {}))
        files = PublishedFiles(self.connection, dataset, publishers, self.storage)
        return [files.ingest(file.name, "a run") for file in list_files(dataset, publishers, self.storage)]

    def rows(self, dataset: Dataset, table: str) -> list[dict[str, Any]]:
        """All rows of a table by id, as its readers see them: without the loader's own columns."""
        with self.connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(sql.SQL("SELECT * FROM {} ORDER BY id").format(sql.Identifier(dataset.key, table)))
            return [{name: row[name] for name in row if name not in HIDDEN_COLUMNS} for row in rows]


@pytest.fixture
def journey(connection: Connection, storage: Storage) -> Journey:
    """An empty service."""
    return Journey(connection, storage)

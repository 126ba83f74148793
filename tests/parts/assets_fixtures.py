"""A database and a storage, and the one call that takes a file through both; the datasets database beside them."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dss_assets.database import Connection, Database
from dss_assets.dataset import Dataset
from dss_assets.ingestion import Ingested, ingest
from dss_assets.storage import Storage
from infra.local.postgres import Postgres

DATASETS_DATABASE = f"datasets_{os.getpid()}"

Ingest = Callable[[Dataset, str, bytes], Ingested]
Rows = list[tuple[Any, ...]]
Select = Callable[[str], Rows]


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with Database(database_url).connect("test") as connection:
        yield connection


@pytest.fixture
def datasets_url(postgres_server: Postgres) -> Iterator[str]:
    """The datasets database, empty."""
    postgres_server.create_database(DATASETS_DATABASE)
    yield postgres_server.url(DATASETS_DATABASE)
    postgres_server.drop_database(DATASETS_DATABASE)


@pytest.fixture
def storage(storage_url: str) -> Storage:
    return Storage(storage_url, "datasets", "uploads")


@pytest.fixture
def ingest_bytes(connection: Connection, storage: Storage) -> Ingest:
    """Keep bytes as a file of a dataset and load it."""

    def ingest_bytes(dataset: Dataset, file_name: str, content: bytes) -> Ingested:
        path = storage.dataset_path(dataset.organisation, dataset.name, file_name)
        return ingest(connection, storage, dataset, file_name, "a run", lambda _: (storage.put(path, [content]), "v1"))

    return ingest_bytes


@pytest.fixture
def select(connection: Connection) -> Callable[[str], Rows]:
    return lambda statement: connection.execute(statement.encode()).fetchall()

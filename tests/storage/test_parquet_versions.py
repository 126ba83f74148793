"""Served tables as Parquet files in the storage: what others read there is a state of the table, and nothing more."""

from dataclasses import replace
from typing import Final

import duckdb
import pyarrow.parquet
import pytest
from psycopg import sql

from dss_assets.catalogue import record_datasets
from dss_assets.database import Connection
from dss_assets.dataset import Dataset, Incremental
from dss_assets.datasets import EXPORTERS
from dss_assets.parquet_versions import LATEST, ServedTable, find_work, write_table
from dss_assets.storage import Storage
from tests.parts.assets_fixtures import Ingest
from tests.published import exporter_line, exporters_zip

FOLDER: Final = f"parquet/{EXPORTERS.key}"


@pytest.fixture
def storage(any_storage_url: str) -> Storage:
    return Storage(any_storage_url, "datasets", "uploads")


def load(ingest_bytes: Ingest, month: str, *companies: str, dataset: Dataset = EXPORTERS) -> None:
    lines = "\n".join(exporter_line(month, company, "84713000", "1") for company in companies)
    ingest_bytes(dataset, f"exporters{month}.zip", exporters_zip(exporters=lines))


def write_all(connection: Connection, storage: Storage, kept: int = 3) -> list[ServedTable]:
    """What the job does, without Dagster."""
    stale = find_work(connection, storage, kept).stale
    for table in stale:
        write_table(connection, storage, table)
    for path in find_work(connection, storage, kept).superfluous:
        storage.delete(path)
    return stale


def names(storage: Storage, table: str) -> list[str]:
    return [file.name for file in storage.list_folder(f"{FOLDER}/{table}")]


def test_each_version_is_a_file_that_others_read_without_us(
    connection: Connection, storage: Storage, ingest_bytes: Ingest, any_storage_url: str
) -> None:
    record_datasets(connection, [EXPORTERS])
    load(ingest_bytes, "201601", "One", "Two")
    (first, _) = write_all(connection, storage)
    load(ingest_bytes, "201602", "Three")
    assert [table.name for table in write_all(connection, storage)] == ["L0", "L1"]
    assert write_all(connection, storage) == []

    assert len(names(storage, "L1")) == 3
    for name, companies in ((f"{first.version}.parquet", 2), (LATEST, 3)):
        content = b"".join(storage.read(f"{FOLDER}/L1/{name}"))
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(content))
        assert table.num_rows == companies
    assert table.column_names[:2] == ["id", "data_source_row_id"]
    assert "datafile_created" not in table.column_names
    assert table.column("export_item_codes")[0].as_py() == ["84713000", "1"]
    if any_storage_url.startswith("file://"):
        path = f"{any_storage_url.removeprefix('file://')}/{FOLDER}/L1/{LATEST}"
        counted = duckdb.sql(f"SELECT count(*), min(company_name) FROM '{path}'")
        assert counted is not None
        assert counted.fetchall() == [(3, "one")]


def test_earlier_versions_go_when_there_are_too_many(
    connection: Connection, storage: Storage, ingest_bytes: Ingest
) -> None:
    record_datasets(connection, [EXPORTERS])
    for month in ("201601", "201602", "201603"):
        load(ingest_bytes, month, "One")
        write_all(connection, storage, kept=2)

    assert len(names(storage, "L1")) == 3, "two versions, and the latest by that name"


def test_what_breaks_off_is_written_again_and_the_file_before_it_stays(
    connection: Connection, storage: Storage, ingest_bytes: Ingest
) -> None:
    record_datasets(connection, [EXPORTERS])
    load(ingest_bytes, "201601", "One")
    write_all(connection, storage)
    before = b"".join(storage.read(f"{FOLDER}/L1/{LATEST}"))
    load(ingest_bytes, "201602", "Two")
    connection.execute(sql.SQL("ALTER VIEW {} RENAME TO hidden").format(sql.Identifier(EXPORTERS.key, "L1")))
    stale = [table for table in find_work(connection, storage, 3).stale if table.name == "L0"]
    assert len(stale) == 1
    with pytest.raises(Exception, match="does not exist"):
        write_table(connection, storage, ServedTable(EXPORTERS.key, "L1", 1))
    assert b"".join(storage.read(f"{FOLDER}/L1/{LATEST}")) == before
    connection.execute(
        sql.SQL("ALTER VIEW {} RENAME TO {}").format(sql.Identifier(EXPORTERS.key, "hidden"), sql.Identifier("L1"))
    )

    assert "L1" in [table.name for table in write_all(connection, storage)]


def test_restricted_and_withdrawn_datasets_are_not_there(
    connection: Connection, storage: Storage, ingest_bytes: Ingest
) -> None:
    record_datasets(connection, [EXPORTERS])
    load(ingest_bytes, "201601", "One")
    write_all(connection, storage)
    assert names(storage, "L1")

    connection.execute(
        "INSERT INTO operations.restricted_dataset (dataset, restricted_by) VALUES (%s, '')", [EXPORTERS.key]
    )
    write_all(connection, storage)

    assert storage.list_tree("parquet") == []


def test_a_value_that_parquet_cannot_have_is_told_in_place_of_the_file(
    connection: Connection, storage: Storage, ingest_bytes: Ingest
) -> None:
    plain = replace(EXPORTERS, l1=None, routes=(), dataflow_table="L0", checks=(), loading=Incremental())
    record_datasets(connection, [plain])
    load(ingest_bytes, "201601", "One", dataset=plain)
    table = sql.Identifier(plain.key, "L0")
    connection.execute(sql.SQL("ALTER TABLE {} ADD COLUMN day date DEFAULT '0044-03-15 BC'").format(table))

    write_all(connection, storage)

    (note,) = names(storage, "L0")
    assert b"column day" in b"".join(storage.read(f"{FOLDER}/L0/{note}"))
    assert write_all(connection, storage) == []

"""Personal data can go: a version or a dataset is deleted everywhere, and the record of it holds none of it."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from dss_assets import deletion
from dss_assets.errors import TransientError
from dss_assets.storage import Storage
from tests.conftest import add_hawk_client
from tests.parts.delivered import BY_DATAFLOW
from tests.parts.site import UPLOADER, Site
from tests.uploads.test_versions import Dataset

SECOND = "name,amount\nNobody,3\n"


def secret_of(dataset: Dataset) -> str:
    """A word that only the data of this dataset have."""
    return f"Zaphod of {dataset.name}"


def first_of(dataset: Dataset) -> str:
    return f"name,amount\n{secret_of(dataset)},1\n"


def ask(dataset: Dataset, file_id: str = "", name: str | None = None) -> str:
    """The page to which the form leads."""
    path = f"{dataset.path}version/{file_id}/delete/" if file_id else f"{dataset.path}delete/"
    return dataset.person.post(path, {"name": dataset.name if name is None else name}).text


def carry_out(dataset: Dataset, forgotten: list[str] | None = None) -> list[str]:
    """Do what the sensor does; the states in which the deletions of this dataset are then."""
    storage = Storage(dataset.site.storage_url, "datasets", "uploads")
    forgotten_or_new = forgotten if forgotten is not None else []
    return [
        str(deletion.delete(dataset.connection, storage, BY_DATAFLOW, asked, forgotten_or_new.extend))
        for asked in deletion.requested(dataset.connection)
        if asked.key == dataset.name
    ]


def files_of(dataset: Dataset) -> list[str]:
    folder = Path(urlsplit(dataset.site.storage_url).path)
    return [path.name for path in folder.rglob("*") if path.is_file() and dataset.name.partition(".")[2] in path.parts]


def occurrences(site: Site, word: str) -> list[str]:
    """The tables of the whole database that hold the word anywhere in a row."""
    with psycopg.connect(site.database_url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        return [
            f"{schema}.{table}"
            for schema, table in tables
            if connection.execute(
                sql.SQL("SELECT 1 FROM {} AS entry WHERE entry::text LIKE %s LIMIT 1").format(
                    sql.Identifier(schema, table)
                ),
                [f"%{word}%"],
            ).fetchone()
        ]


def test_a_version_goes_from_storage_tables_and_lists(dataset: Dataset) -> None:
    first = dataset.load(first_of(dataset), f"{secret_of(dataset)}.csv")
    second = dataset.load(SECOND)
    assert occurrences(dataset.site, secret_of(dataset)) != []

    page = ask(dataset, first)
    assert "Being deleted" in page
    assert "is being deleted. Nothing can be loaded" in dataset.get("").text
    forgotten: list[str] = []
    assert carry_out(dataset, forgotten) == ["done"]

    assert forgotten == [first], "what Dagster knows of it goes too"
    assert occurrences(dataset.site, secret_of(dataset)) == []
    assert files_of(dataset) == [second]
    assert dataset.get(f"version/{first}/").status_code == 404
    assert dataset.get(f"version/{second}/clean/").text == SECOND
    assert dataset.site.sql("SELECT file_name FROM operations.datafile_registry WHERE source = %s", dataset.name) == [
        (second,)
    ]
    ((by, counts, left),) = dataset.site.sql(
        "SELECT requested_by, counts, left_to_do FROM operations.deletion WHERE version = %s", first
    )
    assert (by, counts, left) == (
        UPLOADER.email,
        {"stored files": 1, "versions": 1, "tables": 1, "rows in tables": 1},
        "",
    )
    assert dataset.site.sql(
        "SELECT person, action FROM operations.upload_event WHERE version = %s AND after IS NULL AND before IS NOT NULL"
        " ORDER BY id DESC LIMIT 1",
        first,
    ) == [(UPLOADER.email, "delete")]
    dataset.load(SECOND)


def test_a_whole_dataset_goes_and_its_name_is_free_again(dataset: Dataset) -> None:
    dataset.load(first_of(dataset), f"{secret_of(dataset)}.csv")
    dataset.load(SECOND)
    dataset.load(first_of(dataset))
    storage = Storage(dataset.site.storage_url, "datasets", "uploads")
    folder = dataset.name.replace(".", "/")
    storage.put(f"superseded/{folder}/an id/a digest", [b"what it was before"])
    storage.put(f"uploads/{folder}/an id", [b"whose row was never written"])
    add_hawk_client(dataset.site.database_url, "sender", "k" * 20, [f"upload:{dataset.name}", "upload:dbt.others"])
    ask(dataset)
    assert carry_out(dataset) == ["done"]

    assert occurrences(dataset.site, secret_of(dataset)) == []
    assert files_of(dataset) == []
    assert dataset.site.sql("SELECT FROM pg_namespace WHERE nspname = %s", dataset.name) == []
    assert dataset.get("").status_code == 404
    assert dataset.site.sql("SELECT scope FROM hawk_users WHERE id = 'sender'") == [(["upload:dbt.others"],)]
    record = dataset.person.get("/upload/deletions/").text
    assert dataset.name in record
    ((number, counts),) = dataset.site.sql(
        "SELECT id, counts FROM operations.deletion WHERE organisation || '.' || dataset = %s", dataset.name
    )
    assert counts == {"stored files": 5, "versions": 3, "tables": 3, "rows in tables": 3}
    page = dataset.person.get(f"/upload/deletions/{number}/").text
    assert "What is left to do" in page
    assert f"&quot;dbt&quot;.&quot;{dataset.name.partition('.')[2]}&quot; in the datasets database" in page
    name = dataset.name.partition(".")[2]
    again = dataset.person.post("/upload/create/", {"organisation": "dbt", "dataset": name})
    assert "/created/" in again.url


def test_the_name_has_to_be_typed(dataset: Dataset) -> None:
    dataset.load(first_of(dataset))

    assert "Enter the name of the dataset" in ask(dataset, name="")
    assert "Nothing was deleted" in ask(dataset, name="dbt.other")
    assert (
        dataset.site.sql("SELECT FROM operations.deletion WHERE organisation || '.' || dataset = %s", dataset.name)
        == []
    )


def test_the_version_in_use_is_not_deleted_under_its_readers(dataset: Dataset) -> None:
    first = dataset.load(first_of(dataset))

    assert "This version is in use" in dataset.get(f"version/{first}/delete/").text
    # Somebody restored it after the page was shown.
    dataset.site.sql(
        "INSERT INTO operations.deletion (organisation, dataset, version, state, requested_by, requested_by_id)"
        " VALUES ('dbt', %s, %s, 'requested', '', '')",
        dataset.name.partition(".")[2],
        first,
    )
    assert carry_out(dataset) == ["refused"]
    assert dataset.get(f"version/{first}/clean/").text == first_of(dataset)
    assert (
        "it was not deleted"
        in dataset.person.get(
            f"/upload/deletions/{dataset.site.sql('SELECT max(id) FROM operations.deletion')[0][0]}/"
        ).text
    )


def test_deleting_waits_for_what_is_on_its_way(dataset: Dataset) -> None:
    first = dataset.load(first_of(dataset))
    dataset.load(SECOND)
    ask(dataset, first)
    dataset.site.sql("UPDATE pipeline_data_file SET state = 'processing_dss' WHERE id = %s", first)

    with pytest.raises(deletion.NotNow):
        carry_out(dataset)
    dataset.site.sql("UPDATE pipeline_data_file SET state = 'completed' WHERE id = %s", first)
    assert carry_out(dataset) == ["done"]


def test_what_the_database_refuses_is_tried_again_and_told(dataset: Dataset) -> None:
    dataset.load(first_of(dataset))
    ask(dataset)
    dataset.site.sql(f'CREATE VIEW public."on {dataset.name}" AS SELECT name FROM "{dataset.name}"."L0"')

    with pytest.raises(TransientError, match="depends on"):
        carry_out(dataset)
    assert occurrences(dataset.site, secret_of(dataset)) != []
    dataset.site.sql(f'DROP VIEW public."on {dataset.name}"')
    assert carry_out(dataset) == ["done"]
    assert occurrences(dataset.site, secret_of(dataset)) == []


def test_asking_twice_is_asking_once(dataset: Dataset) -> None:
    first = dataset.load(first_of(dataset))
    dataset.load(SECOND)
    ask(dataset, first)

    assert "has asked to have this deleted" in dataset.get(f"version/{first}/delete/").text
    assert carry_out(dataset) == ["done"]


def test_an_upload_that_begins_to_be_loaded_meanwhile_is_not_deleted(dataset: Dataset) -> None:
    first = dataset.load(first_of(dataset))
    ask(dataset)
    (asked,) = [asked for asked in deletion.requested(dataset.connection) if asked.key == dataset.name]

    def begin_meanwhile(_: Sequence[str]) -> None:
        dataset.site.sql("UPDATE pipeline_data_file SET state = 'processing_dss' WHERE id = %s", first)

    storage = Storage(dataset.site.storage_url, "datasets", "uploads")
    with pytest.raises(deletion.NotNow):
        deletion.delete(dataset.connection, storage, BY_DATAFLOW, asked, begin_meanwhile)
    assert dataset.site.sql("SELECT state FROM operations.deletion WHERE id = %s", asked.id) == [("requested",)]
    dataset.site.sql("UPDATE pipeline_data_file SET state = 'completed' WHERE id = %s", first)
    assert carry_out(dataset) == ["done"]

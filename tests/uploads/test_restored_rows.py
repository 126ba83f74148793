"""A version that was added to others is restored: from its kept table, or put together again from its files."""

import re

import pytest

from dss_assets import deletion
from dss_assets.database import Connection
from dss_assets.errors import InvalidFile
from dss_assets.storage import Storage
from dss_web.shared.contract import LoadMode
from tests.parts.delivered import BY_DATAFLOW
from tests.parts.site import Site, Visitor, id_in
from tests.uploads.modes import FIRST, MORE, choose, load, rows_of, version_row
from tests.uploads.test_versions import Dataset


@pytest.fixture
def dataset(site: Site, person: Visitor, connection: Connection) -> Dataset:
    """A dataset with three rows."""
    dataset = Dataset(site, person, connection, person.create_dataset())
    dataset.load(FIRST, "first.csv")
    return dataset


def restore(dataset: Dataset, file_id: str) -> None:
    assert "/uploaded/" in dataset.person.post(f"{dataset.path}restore/{file_id}/").url
    dataset.load_confirmed(file_id)


def test_an_appended_version_is_restored_from_its_kept_table(dataset: Dataset) -> None:
    appended = load(dataset, choose(dataset, MORE, LoadMode.APPEND))
    before = rows_of(dataset)
    dataset.load(FIRST)

    assert "The rows of this version are kept" in dataset.get(f"restore/{appended}/").text
    restore(dataset, appended)

    assert rows_of(dataset) == before
    assert version_row(dataset, appended, "rows, added, changed") == (6, 3, 0)


def test_a_version_is_put_together_again_from_all_files_that_it_is_made_of(dataset: Dataset) -> None:
    load(dataset, choose(dataset, "ref,name,amount\na4,glue,4\n", LoadMode.APPEND, name="second.csv"))
    updated = load(dataset, choose(dataset, MORE, LoadMode.UPDATE, "1", name="third.csv"))
    before = rows_of(dataset)
    for number in range(3):
        dataset.load(f"ref,name,amount\nx,y,{number}\n")

    page = dataset.get(f"restore/{updated}/").text
    assert "put together again from 3 files, in this order: first.csv, second.csv, third.csv" in page
    restore(dataset, updated)

    assert rows_of(dataset) == before
    tables = dataset.site.sql("SELECT count(*) FROM pg_tables WHERE schemaname = %s", dataset.name)
    assert tables == [(3,)], "the table in use and the two that are kept"


def delete(dataset: Dataset, file_id: str) -> None:
    dataset.person.post(f"{dataset.path}version/{file_id}/delete/", {"name": dataset.name})
    storage = Storage(dataset.site.storage_url, "datasets", "uploads")
    for asked in deletion.requested(dataset.connection):
        deletion.delete(dataset.connection, storage, BY_DATAFLOW, asked, lambda _: None)


def test_a_version_whose_base_was_deleted_says_that_it_cannot_be_put_together_again(dataset: Dataset) -> None:
    first = id_in(dataset.get("").text)
    appended = load(dataset, choose(dataset, MORE, LoadMode.APPEND))
    for number in range(3):
        dataset.load(f"ref,name,amount\nx,y,{number}\n")
    warning = dataset.get(f"version/{first}/delete/").text
    assert "The rows of this version are also in 1 later version that was added to it" in re.sub(r"\s+", " ", warning)
    delete(dataset, first)

    refused = dataset.person.http.post(
        f"{dataset.site.url}{dataset.path}restore/{appended}/",
        data={"csrfmiddlewaretoken": dataset.person.http.cookies["csrftoken"]},
    )

    assert refused.status_code == 409
    assert "a version to which they were added was deleted" in refused.text
    assert "Added to the rows of a version that was deleted" in dataset.get(f"version/{appended}/").text
    dataset.site.sql("UPDATE pipeline_data_file SET state = 'verified' WHERE id = %s", appended)
    with pytest.raises(InvalidFile, match="based on an earlier one"):
        dataset.load_confirmed(appended)
    assert rows_of(dataset, "amount") == [(2,)]

"""Versions that are added to the rows that are there, or replace them, as their person chooses."""

import requests

from dss_web.shared.contract import LoadMode
from tests.parts.site import id_in
from tests.uploads.test_versions import Dataset

FIRST = "ref,name,amount\na1,pens,1\na2,ink,2\na3,paper,3\n"
MORE = "ref,name,amount\na2,ink,20\na3,paper,3\na4,glue,4\n"


def choose(
    dataset: Dataset, content: str, mode: LoadMode, *keys: str, name: str = "more.csv", **fields: str
) -> requests.Response:
    """Upload a file and confirm its columns with this answer; the page that follows."""
    verify = f"{dataset.path}verify/{id_in(dataset.person.upload(dataset.path, content, name).url)}/"
    chosen = {f"key-{key}": "yes" for key in keys}
    return dataset.person.post(verify, {"mode": mode, **chosen, **fields})


def load(dataset: Dataset, page: requests.Response, **fields: str) -> str:
    """Load a version from the page with its numbers, as the sensor does; its id."""
    assert "/load/" in page.url, page.text
    file_id = id_in(page.url)
    loading = dataset.person.post(f"{dataset.path}load/{file_id}/", fields)
    assert "/uploaded/" in loading.url, loading.text
    dataset.load_confirmed(file_id)
    return file_id


def rows_of(dataset: Dataset, columns: str = "id, ref, name, amount") -> list[tuple[object, ...]]:
    return dataset.site.sql(f'SELECT {columns} FROM "{dataset.name}"."L0" ORDER BY id')


def version_row(dataset: Dataset, file_id: str, columns: str) -> tuple[object, ...]:
    (row,) = dataset.site.sql(f"SELECT {columns} FROM pipeline_data_file WHERE id = %s", file_id)
    return row

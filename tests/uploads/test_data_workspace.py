"""People find their table in Data Workspace under the names that the pages show, with the query that they show."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dss_assets import uploads
from dss_assets.database import Database
from dss_assets.storage import Storage
from infra.local.dataflow_pipeline import Pipeline
from infra.local.ports import free_port
from tests.conftest import add_hawk_client
from tests.parts.delivered import mark_delivered
from tests.parts.site import UPLOADER, Site, id_in, running_sso, running_web
from tests.parts.worker import running_worker

READER, KEY = "data-flow", "the key by which data-flow reads us"
PAGE = "https://data.example/tables/{schema}/{table}"


@pytest.fixture
def linked_site(database_url: str, storage_url: str, static_folder: Path, tmp_path: Path) -> Iterator[Site]:
    """A web app that knows where Data Workspace is."""
    port = free_port()
    with (
        running_sso(tmp_path, f"http://127.0.0.1:{port}") as sso_url,
        running_web(
            tmp_path, static_folder, database_url, storage_url, sso_url, port, DSS_DATA_WORKSPACE_URL=PAGE
        ) as site,
        running_worker(tmp_path, database_url, storage_url),
    ):
        yield site


def queries_on(text: str) -> list[str]:
    return [html.unescape(query) for query in re.findall(r"<code[^>]* data-query>([^<]+)</code>", text)]


def test_the_query_that_each_page_shows_runs_in_the_datasets_database(
    linked_site: Site, datasets_url: str, tmp_path: Path
) -> None:
    site, person = linked_site, linked_site.login(UPLOADER)
    add_hawk_client(site.database_url, READER, KEY, ["*"])
    created = person.post("/upload/create/", {"organisation": "DBT", "dataset": "1st.Export.Wins"})
    dataset = "/upload/data/dbt-1st_export_wins/"
    person.post(f"{dataset}about/personal-data/", {"may_hold_personal_data": "no"})
    file_id = id_in(person.upload(dataset, "name,amount\nPens,1\nInk,2\n").url)
    person.post(f"{dataset}verify/{file_id}/")
    with Database(site.database_url).connect("test") as connection:
        (upload,) = uploads.due_files(connection)
        uploads.ingest_upload(connection, Storage(site.storage_url, "datasets", "uploads"), upload, "a run")
        loaded = person.get(f"{dataset}uploaded/{file_id}/")
        pipeline = Pipeline(site.url, READER, KEY, datasets_url, tmp_path / "pages")
        assert pipeline.run(upload.key, uploads.TABLE, "20260101T000000") == 2
        mark_delivered(connection, file_id)
    done = person.get(f"{dataset}uploaded/{file_id}/")
    assert "Your data is ready" in done.text

    pages = [created, loaded, done, person.get(dataset)]

    assert {query for page in pages for query in queries_on(page.text)} == {'SELECT * FROM "dbt"."1st_export_wins"'}
    assert [len(queries_on(page.text)) for page in pages] == [1, 1, 1, 1]
    with psycopg.connect(datasets_url) as datasets:
        rows = datasets.execute(queries_on(done.text)[0].encode()).fetchall()
    assert rows == [(1, "Pens", 1), (2, "Ink", 2)]
    for page in pages:
        assert 'href="https://data.example/tables/dbt/1st_export_wins"' in page.text

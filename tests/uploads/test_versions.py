"""Going back: a version's page, its downloads, the comparison before a restoration, titles and the archive."""

from dataclasses import dataclass

import pytest
import requests

from dss_assets import uploads
from dss_assets.database import Connection
from dss_assets.storage import Storage
from tests.parts.delivered import mark_delivered
from tests.parts.site import Site, Visitor, id_in

MESSY = 'Größe;Name\r\n1,5;"=1+1"\r\n2;Zoë\r\n'.encode("cp1252")
FIRST = "name,amount\nPens,1\nInk,2\n"
SECOND = "name,amount,region\nPens,1,North\nPaper,3,South\n"


@dataclass
class Dataset:
    """A dataset in the browser, whose versions are loaded as the sensor does it."""

    site: Site
    person: Visitor
    connection: Connection
    path: str
    kept: int = 2

    def load(self, content: bytes | str, name: str = "table.csv") -> str:
        file_id = id_in(self.person.upload(self.path, content, name).url)
        self.person.post(f"{self.path}verify/{file_id}/", {"accept-changes": "yes", "mode": "replace"})
        self.load_confirmed(file_id)
        return file_id

    def load_confirmed(self, file_id: str) -> None:
        (upload,) = [upload for upload in uploads.due_files(self.connection) if upload.id == file_id]
        storage = Storage(self.site.storage_url, "datasets", "uploads")
        uploads.ingest_upload(self.connection, storage, upload, "a run", self.kept)
        mark_delivered(self.connection, file_id)

    def get(self, path: str) -> requests.Response:
        return self.person.get(self.path + path)

    @property
    def name(self) -> str:
        return "dbt." + self.path.removesuffix("/").rpartition("-")[2]


@pytest.fixture
def dataset(site: Site, person: Visitor, connection: Connection) -> Dataset:
    return Dataset(site, person, connection, person.create_dataset())


def test_the_original_comes_back_byte_by_byte_under_its_name(dataset: Dataset) -> None:
    file_id = dataset.load(MESSY, "Größen 2024.csv")

    response = dataset.get(f"version/{file_id}/original/")

    assert response.content == MESSY
    assert response.headers["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fen%202024.csv"
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Length"] == str(len(MESSY))
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\secret\\a.csv", "a.csv"),
        ('a";filename="b.html', "filename"),
        ("<script>.csv", "_script_.csv"),
        ("a\u202ecsv.exe", "a_csv.exe"),
    ],
)
def test_a_name_of_a_file_is_no_path_and_no_markup(dataset: Dataset, name: str, safe: str) -> None:
    file_id = dataset.load(FIRST)
    dataset.site.sql("UPDATE pipeline_data_file SET original_name = %s WHERE id = %s", name, file_id)

    header = dataset.get(f"version/{file_id}/original/").headers["Content-Disposition"]

    assert header.startswith("attachment; filename=")
    assert safe in header
    assert not set(header.partition("filename=")[2][1:-1]) & set('/\\"<>\u202e')
    assert "<script>" not in dataset.get(f"version/{file_id}/").text.replace("<script src", "")


def test_rows_come_back_as_clean_csv_of_the_version_in_use_and_of_those_that_are_kept(dataset: Dataset) -> None:
    first = dataset.load(MESSY.replace(b"Gr\xf6\xdfe", b"Size"), "messy.csv")
    second = dataset.load(FIRST)

    clean = dataset.get(f"version/{first}/clean/")

    assert clean.content.decode() == 'size,name\n"1,5",\'=1+1\n2,Zoë\n'
    assert dataset.get(f"version/{first}/clean/?formulas=keep").text == 'size,name\n"1,5",=1+1\n2,Zoë\n'
    assert clean.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert clean.headers["Content-Disposition"] == 'attachment; filename="messy.clean.csv"'
    assert dataset.get(f"version/{second}/clean/").text == FIRST
    assert "has an apostrophe before it" in dataset.get(f"version/{first}/").text


def test_a_version_that_is_no_longer_kept_has_its_original_alone(dataset: Dataset) -> None:
    first, *_ = [dataset.load(f"a\n{number}\n") for number in range(4)]

    page = dataset.get(f"version/{first}/")

    assert f"version/{first}/clean/" not in page.text
    assert "its file is loaded again" in page.text
    response = dataset.get(f"version/{first}/clean/")
    assert response.status_code == 404
    assert "The rows of this version are not there" in response.text
    assert dataset.get(f"version/{first}/original/").text == "a\n0\n"


def test_a_restoration_asks_first_with_what_would_change(dataset: Dataset) -> None:
    first = dataset.load(FIRST)
    dataset.load(SECOND)

    page = dataset.get(f"restore/{first}/").text

    assert 'The column <strong class="dss-break">region</strong> goes.' in page
    assert "1 stays the same, 1 goes and 1 is added" in page
    assert "so this takes a few seconds" in page
    assert "may stop working" in page


def test_a_version_that_is_kept_is_restored_without_its_file(dataset: Dataset) -> None:
    first = dataset.load(FIRST)
    dataset.load(SECOND)
    Storage(dataset.site.storage_url, "datasets", "uploads").delete(f"uploads/{dataset.name.replace('.', '/')}/{first}")

    dataset.person.post(f"{dataset.path}restore/{first}/")
    dataset.load_confirmed(first)

    assert dataset.get(f"version/{first}/clean/").text == FIRST
    assert dataset.site.sql("SELECT state, rows FROM pipeline_data_file WHERE id = %s", first) == [("completed", 2)]
    assert dataset.site.sql("SELECT state, rows FROM operations.datafile_registry WHERE file_name = %s", first) == [
        ("processed", 2)
    ]


def test_any_two_versions_are_compared(dataset: Dataset) -> None:
    first = dataset.load(FIRST.replace("1", "x"))
    second = dataset.load(SECOND)
    dataset.load(FIRST)

    page = dataset.get(f"compare/?before={first}&after={second}").text

    assert 'The type of <strong class="dss-break">amount</strong> changes from text to whole number.' in page
    assert 'The column <strong class="dss-break">region</strong> is added.' in page
    assert dataset.get("compare/?before=nonsense&after=").status_code == 422
    other = dataset.person.create_dataset()
    foreign = dataset.person.load(other, FIRST)
    assert dataset.get(f"compare/?before={first}&after={foreign}").status_code == 422


def test_a_dataset_gets_a_title_and_keeps_its_names(dataset: Dataset) -> None:
    dataset.load(FIRST)
    assert dataset.person.post(f"{dataset.path}about/title/", {"title": "Pens & <ink>"}).ok

    assert "Pens &amp; &lt;ink&gt;" in dataset.person.list_all()
    assert dataset.site.sql("SELECT title FROM pipeline WHERE organisation || '.' || dataset = %s", dataset.name) == [
        ("Pens & <ink>",)
    ]
    assert dataset.person.post(f"{dataset.path}about/title/", {"title": "x" * 101}).status_code == 422


def archive(dataset: Dataset) -> requests.Response:
    token = dataset.person.http.cookies["csrftoken"]
    return dataset.person.http.post(f"{dataset.site.url}{dataset.path}archive/", data={"csrfmiddlewaretoken": token})


def test_a_version_has_a_note_from_its_confirmation_on(dataset: Dataset) -> None:
    file_id = id_in(dataset.person.upload(dataset.path, FIRST).url)
    too_long = dataset.person.post(f"{dataset.path}verify/{file_id}/", {"note": "n" * 501})
    dataset.person.post(f"{dataset.path}verify/{file_id}/", {"note": " The first of <b>May</b> "})
    dataset.load_confirmed(file_id)
    version = f"version/{file_id}/"

    assert "The note must have 500 characters or fewer" in too_long.text
    assert "The first of &lt;b&gt;May&lt;/b&gt;" in dataset.get("").text
    note = f"{dataset.path}{version}note/"
    refused = dataset.person.submit(dataset.get(version), note, {"note": "n" * 501})
    assert (refused.status_code, "<title>Error: Version of" in refused.text) == (422, True)
    assert "The second" in dataset.person.submit(dataset.get(version), note, {"note": "The second"}).text
    assert dataset.site.sql(
        "SELECT action, before ->> 'note', after ->> 'note' FROM operations.upload_event"
        " WHERE version = %s AND action = 'note' ORDER BY id",
        file_id,
    ) == [
        ("note", "", "The first of <b>May</b>"),
        ("note", "The first of <b>May</b>", "The second"),
    ]


def test_an_archived_dataset_is_closed_and_comes_back(dataset: Dataset) -> None:
    first, _ = dataset.load(FIRST), dataset.load(SECOND)
    link = f'href="{dataset.path}"'
    assert archive(dataset).ok

    assert link not in dataset.person.list_all()
    assert link in dataset.person.list_all("/upload/?archived")
    assert "This dataset is archived" in dataset.get("").text
    assert dataset.get(f"version/{first}/clean/").text == FIRST, "it can still be read"
    closed = dataset.person.post(f"{dataset.path}restore/{first}/")
    assert (closed.status_code, "Nothing can be loaded" in closed.text) == (409, True)
    token = dataset.person.http.cookies["csrftoken"]
    refused = dataset.person.http.post(
        dataset.site.url + dataset.path,
        data={"csrfmiddlewaretoken": token},
        files={"file": ("a.csv", FIRST, "text/csv")},
    )
    assert (refused.status_code, "Take it out of the archive" in refused.text) == (422, True)

    assert archive(dataset).ok
    assert link in dataset.person.list_all()
    assert dataset.site.sql(
        "SELECT action FROM operations.upload_event WHERE dataset = %s AND action LIKE '%%archive%%' ORDER BY id",
        dataset.name,
    ) == [("archive",), ("take out of the archive",)]

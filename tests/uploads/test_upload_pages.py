"""The upload pages as a person without JavaScript uses them, over HTTP on the running web app."""

import re
import threading
import uuid
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import obstore
import pytest
import requests
from obstore.store import from_url

from infra.local.ports import free_port
from infra.local.postgres import Postgres
from tests.parts.site import LIMIT_MEGABYTES, STRANGER, UPLOADER, Site, Visitor, id_in, running_sso, running_web
from tests.parts.worker import running_worker

CSV = "Company Name,Exports,Founded\nAcme,12,2001-02-03\nZoë & Co,30,04/05/2006\n"


@pytest.fixture
def dataset(person: Visitor) -> str:
    """The path of a new dataset's page."""
    return person.create_dataset()


def state_of(site: Site, file_id: str) -> str:
    ((state,),) = site.sql("SELECT state FROM pipeline_data_file WHERE id = %s", file_id)
    return str(state)


def errors_on(page: requests.Response) -> list[str]:
    """What the page's error summary says; its status and title must say that something is wrong too."""
    assert page.status_code == 422
    assert "<title>Error: " in page.text
    return re.findall(r'<li><a href="#[^"]+">([^<]+)</a></li>', page.text)


def test_a_new_dataset_has_its_name_in_small_letters_with_underscores(site: Site, person: Visitor) -> None:
    name = f"D.{uuid.uuid4().hex[:8]}"
    page = person.post("/upload/create/", {"organisation": "DBT.UK", "dataset": name})
    stored = name.lower().replace(".", "_")
    assert urlsplit(page.url).path == f"/upload/created/dbt_uk-{stored}/"
    assert f"dbt_uk.{stored}" in page.text
    assert f"/upload/data/dbt_uk-{stored}/" in person.list_all()


@pytest.mark.parametrize(
    ("organisation", "dataset", "told"),
    [
        ("", "x", "Enter the organisation"),
        ("dbt", "", "Enter the dataset"),
        ("dbt", "export wins", "Dataset must only include letters a to z, numbers, underscores and full stops"),
        ("dbt", "ünï", "Dataset must only include letters a to z, numbers, underscores and full stops"),
        ("...", "x", "Organisation must include at least one letter or number"),
        ("pg_x", "x", "Organisation must not start with “pg_”, which the database keeps for itself"),
        ("o" * 32, "d" * 31, "The two names must have 62 characters or fewer together. They have 63."),
    ],
)
def test_a_name_that_does_not_do_is_refused_in_plain_words(
    person: Visitor, organisation: str, dataset: str, told: str
) -> None:
    assert errors_on(person.post("/upload/create/", {"organisation": organisation, "dataset": dataset})) == [told]


def test_the_name_of_a_published_dataset_is_refused(site: Site, person: Visitor) -> None:
    site.sql(
        "INSERT INTO operations.datafile_registry (source, file_name, state, created_timestamp, updated_timestamp)"
        " VALUES ('ons.postcode_directory', 'a.zip', 'processed', now(), now()), ('dit.spire.batch', 'b', 'failed',"
        " now(), now()) ON CONFLICT DO NOTHING"
    )
    site.sql('CREATE SCHEMA IF NOT EXISTS "hmrc.exporters"')
    for name in ("ons.postcode_directory", "dit.spire", "hmrc.exporters"):
        organisation, dataset = name.split(".")
        (told,) = errors_on(person.post("/upload/create/", {"organisation": organisation, "dataset": dataset}))
        assert told.startswith(f"{name} is the name of a dataset that this service publishes")


def test_a_dataset_is_created_once(site: Site, dataset: str) -> None:
    name = dataset.removesuffix("/").rpartition("-")[2]
    (told,) = errors_on(site.login(UPLOADER).post("/upload/create/", {"organisation": "DBT", "dataset": name}))
    assert told.startswith(f"There is already a dataset dbt.{name}")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_is_kept_byte_for_byte_with_what_is_needed_to_read_it(site: Site, encoding: str) -> None:
    upload_and_compare(site, encoding)


def test_a_file_is_kept_on_s3_as_well(
    postgres_server: Postgres, database_url: str, s3_storage_url: str, static_folder: Path, tmp_path: Path
) -> None:
    port = free_port()
    with (
        running_sso(tmp_path, f"http://127.0.0.1:{port}") as sso_url,
        running_web(tmp_path, static_folder, database_url, s3_storage_url, sso_url, port) as site,
        running_worker(tmp_path, site.database_url, site.storage_url),
    ):
        upload_and_compare(site, "utf-8")


def upload_and_compare(site: Site, encoding: str) -> None:
    """Upload a file, and expect its bytes in the storage, its facts in the database and its values on the page."""
    content = CSV.replace(",", ";").encode(encoding)
    person = site.login(UPLOADER)
    dataset = person.create_dataset()
    page = person.upload(dataset, content, "Exports 2024.csv")
    assert "“Company Name” in the file" in page.text
    assert "Zoë &amp; Co" in page.text
    assert site.sql(
        "SELECT encoding, delimiter, quote, column_names, column_types, size, digest, rows, original_name, uploaded_by"
        " FROM pipeline_data_file WHERE id = %s AND state = 'uploaded'",
        id_in(page.url),
    ) == [
        (
            "utf-8" if encoding == "utf-8-sig" else encoding,
            ";",
            '"',
            ["company_name", "exports", "founded"],
            ["text", "integer", "date"],
            len(content),
            sha256(content).hexdigest(),
            2,
            "Exports 2024.csv",
            UPLOADER.email,
        )
    ]
    name = dataset.removesuffix("/").rpartition("-")[2]
    kept = obstore.get(from_url(site.storage_url), f"uploads/dbt/{name}/{id_in(page.url)}").bytes().to_bytes()
    assert kept == content


def test_a_file_with_problems_is_kept_with_what_is_wrong(site: Site, person: Visitor, dataset: str) -> None:
    page = person.upload(dataset, "a,b,c\n1,2,3\n1,2\n1\n1,2,3,4\n1\n")
    assert "Your file could not be read" in page.text
    assert "Line 3 has 2 values, but there are 3 columns." in page.text
    assert state_of(site, id_in(page.url)) == "failed"


def test_nothing_is_kept_where_no_file_was_sent(person: Visitor, dataset: str) -> None:
    assert errors_on(person.upload(dataset, "")) == [
        "The file is empty. Check that you chose the right file, and that it was saved."
    ]
    assert errors_on(person.post(dataset)) == ["Choose a file"]
    assert "Versions" not in person.get(dataset).text


def test_a_file_over_the_limit_is_refused_with_the_limit(person: Visitor, dataset: str) -> None:
    row = "1,2\n"
    just_over = "a,b\n" + row * (LIMIT_MEGABYTES * 1024 * 1024 // len(row))
    (told,) = errors_on(person.upload(dataset, just_over))
    assert told.startswith("The file is larger than 1 MB.")
    assert "/verify/" in person.upload(dataset, just_over[: -2 * len(row)]).url


def test_a_type_that_does_not_fit_is_told_with_line_column_value_and_what_was_expected(
    site: Site, person: Visitor, dataset: str
) -> None:
    page = person.upload(dataset, 'code,when\n"a\nb",01/02/2024\n7,31/12/2024\n12 March,N/A\n')
    verify = urlsplit(page.url).path
    told = errors_on(person.post(verify, {"type-1": "integer", "type-2": "timestamp without time zone"}))
    assert told == [
        "Line 3 has “a\nb” in code, which is not a whole number (2 such values in all). Expected: a whole number "
        "from -2147483648 to 2147483647, such as 1250. Choose another type, or correct the file and upload it again."
    ]
    assert state_of(site, id_in(verify)) == "uploaded"
    assert errors_on(person.post(verify, {"type-1": "xml"})) == ["Choose a type for code from the list"]


def test_dates_are_read_with_the_day_first(site: Site, person: Visitor, dataset: str) -> None:
    page = person.upload(dataset, "when\n31/01/2024 and so on\n")
    assert errors_on(person.post(urlsplit(page.url).path, {"type-1": "date"}))
    page = person.upload(dataset, "when,x\n31 Jan 2024,1\n30.01.2024,2\n")
    assert "/uploaded/" in person.post(urlsplit(page.url).path, {"type-1": "date"}).url


def test_a_word_that_postgres_takes_for_a_date_is_none(site: Site, person: Visitor, dataset: str) -> None:
    page = person.upload(dataset, "when,x\n31/01/2024,1\ntoday,2\n")
    (told,) = errors_on(person.post(urlsplit(page.url).path, {"type-1": "date"}))
    assert told.startswith("Line 3 has “today” in when, which is not a date.")


def test_a_confirmed_version_waits_for_its_load_with_the_types_that_were_chosen(
    site: Site, person: Visitor, dataset: str
) -> None:
    page = person.upload(dataset, CSV)
    page = person.post(urlsplit(page.url).path, {"type-2": "numeric"})
    file_id = id_in(page.url)
    assert urlsplit(page.url).path == f"{dataset}uploaded/{file_id}/"
    assert site.sql(
        "SELECT state, column_types, started_processing_at IS NOT NULL FROM pipeline_data_file WHERE id = %s", file_id
    ) == [("verified", ["text", "numeric", "date"], True)]
    assert person.get(f"{dataset}verify/{file_id}/").url == page.url


def test_of_two_confirmations_at_once_one_wins(site: Site, person: Visitor, dataset: str) -> None:
    verify = urlsplit(person.upload(dataset, CSV).url).path
    people = [site.login(UPLOADER) for _ in range(4)]
    barrier = threading.Barrier(len(people))
    pages: list[requests.Response] = []
    kinds = ["text", "integer", "numeric", "text"]

    def confirm(visitor: Visitor, kind: str) -> None:
        barrier.wait()
        pages.append(visitor.post(verify, {"type-2": kind}))

    threads = [
        threading.Thread(target=confirm, args=(visitor, kind)) for visitor, kind in zip(people, kinds, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [urlsplit(page.url).path for page in pages] == [f"{dataset}uploaded/{id_in(verify)}/"] * 4
    assert site.log.read_text().count(f"confirmed {id_in(verify)}") == 1


def test_a_late_confirmation_does_not_disturb_what_is_under_way(site: Site, person: Visitor, dataset: str) -> None:
    verify = urlsplit(person.upload(dataset, CSV).url).path
    form = person.get(verify)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
    assert token
    site.sql("UPDATE pipeline_data_file SET state = 'processing_dss' WHERE id = %s", id_in(verify))
    page = person.http.post(site.url + verify, {"csrfmiddlewaretoken": token[1], "type-1": "text"})
    assert "/uploaded/" in page.url
    assert state_of(site, id_in(verify)) == "processing_dss"


def test_only_one_version_of_a_dataset_is_loaded_at_a_time(site: Site, person: Visitor, dataset: str) -> None:
    first, second = (urlsplit(person.upload(dataset, CSV).url).path for _ in range(2))
    person.post(first)
    page = person.post(second)
    assert (page.status_code, "Another version is being loaded" in page.text) == (409, True)
    assert state_of(site, id_in(second)) == "uploaded"
    site.sql("UPDATE pipeline_data_file SET state = 'processing_dataflow' WHERE id = %s", id_in(first))
    assert "/uploaded/" in person.post(second).url


def test_columns_that_are_missing_new_or_of_another_type_are_warned_about(person: Visitor, dataset: str) -> None:
    person.load(dataset, CSV)
    page = person.upload(dataset, "company_name,exports,region\nAcme,much,North\n")
    assert "are not the same as in the version in use" in page.text
    assert "Missing: founded" in page.text
    assert "New: region" in page.text
    assert "Changed: exports was “Whole number” and is now “Text”" in page.text
    same = person.upload(dataset, CSV)
    assert "Safe: all columns that people read now are there, with their types." in same.text


def test_an_older_version_is_restored(site: Site, person: Visitor, dataset: str) -> None:
    first, second = person.load(dataset, CSV), person.load(dataset, "a\n1\n")
    page = person.get(dataset)
    assert f"{dataset}restore/{first}/" in page.text
    assert f"{dataset}restore/{second}/" not in page.text
    site.sql("UPDATE pipeline_data_file SET started_processing_at = now() - interval '9 days' WHERE id = %s", first)
    assert urlsplit(person.post(f"{dataset}restore/{first}/").url).path == f"{dataset}uploaded/{first}/"
    assert site.sql(
        "SELECT state, column_names, started_processing_at > now() - interval '1 minute', processed_at"
        " FROM pipeline_data_file WHERE id = %s",
        first,
    ) == [("verified", ["company_name", "exports", "founded"], True, None)]
    assert state_of(site, second) == "completed"


@pytest.mark.parametrize(
    ("state", "progress", "shown"),
    [
        ("uploading", 10, "Receiving your file"),
        ("uploaded", 20, "Check the columns"),
        ("verified", 30, "Waiting for its turn"),
        ("processing_dss", 40, "Loading the rows"),
        ("processing_dataflow", 70, "The rows are loaded and wait to be copied"),
        ("completed", 100, "Your data is ready"),
        ("failed", 100, "Your data could not be loaded"),
        ("cancelled", 100, "This version was cancelled"),
    ],
)
def test_every_state_has_its_page_and_its_progress(
    site: Site, person: Visitor, dataset: str, state: str, progress: int, shown: str
) -> None:
    file_id = id_in(person.upload(dataset, CSV).url)
    site.sql("UPDATE pipeline_data_file SET state = %s WHERE id = %s", state, file_id)
    told = person.get(f"/upload/progress/{file_id}/").json()
    assert (sorted(told), told["state"], told["progress"]) == (["info", "progress", "state"], state, progress)
    for page in ("uploaded/{}/", "uploaded/{}/failed/", "verify/{}/", "restore/{}/"):
        if (state, page) != ("completed", "restore/{}/"):
            assert shown in person.get(dataset + page.format(file_id)).text


def test_the_failed_page_says_what_is_wrong_and_keeps_html_as_text(site: Site, person: Visitor, dataset: str) -> None:
    file_id = id_in(person.upload(dataset, CSV).url)
    site.sql(
        "UPDATE pipeline_data_file SET state = 'failed', error_message = %s WHERE id = %s",
        "Line 3: “<b>30</b>” in exports is not a whole number.",
        file_id,
    )
    assert "Line 3: “&lt;b&gt;30&lt;/b&gt;” in exports" in person.get(f"{dataset}uploaded/{file_id}/failed/").text


def test_a_storage_that_cannot_be_written_is_told_kindly_and_recorded(
    site: Site, person: Visitor, dataset: str
) -> None:
    name = dataset.removesuffix("/").rpartition("-")[2]
    folder = Path(site.storage_url.removeprefix("file://")) / "uploads" / "dbt"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("a file where the folder should be")
    page = person.upload(dataset, CSV)
    assert (page.status_code, "a problem with the service, not with your file" in page.text) == (503, True)
    assert "Could not write uploads/dbt" in site.log.read_text()
    assert ">Failed<" in person.get(dataset).text
    (folder / name).unlink()
    assert "/verify/" in person.upload(dataset, CSV).url


def test_nothing_is_shown_or_changed_without_login_access_and_token(site: Site, person: Visitor, dataset: str) -> None:
    file_id = id_in(person.upload(dataset, CSV).url)
    pages = ["/upload/", "/upload/create/", dataset, f"{dataset}verify/{file_id}/", f"/upload/progress/{file_id}/"]
    stranger = site.login(STRANGER)
    for page in pages:
        assert site.visitor().get(page, follow=False).headers["Location"].startswith("/login?next=")
        assert stranger.get(page, follow=False).status_code == 403
        assert requests.post(site.url + page, allow_redirects=False, timeout=10).status_code in {302, 403}
    refused = person.http.post(f"{site.url}{dataset}verify/{file_id}/")
    assert (refused.status_code, "This page has expired" in refused.text) == (403, True)
    assert state_of(site, file_id) == "uploaded"


def test_addresses_of_nothing_are_not_found(person: Visitor, dataset: str) -> None:
    other = person.create_dataset()
    file_id = id_in(person.upload(dataset, CSV).url)
    for path in ("/upload/data/no-such/", f"{other}verify/{file_id}/", f"/upload/progress/{uuid.uuid4()}/"):
        page = person.get(path)
        assert (page.status_code, "Page not found" in page.text) == (404, True)

"""Going back in Chromium: compare, restore, archive and delete, and no page puts up a barrier."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from dss_assets import deletion
from dss_assets.database import Connection, Database
from dss_assets.storage import Storage
from tests.parts.browser import DESK, choose_person, opened
from tests.parts.delivered import BY_DATAFLOW
from tests.parts.site import UPLOADER, Site
from tests.parts.tour import Tour
from tests.uploads.test_versions import Dataset


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK, accept_downloads=True))


@pytest.fixture
def without_javascript(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK, java_script_enabled=False))


@pytest.fixture
def connection(site: Site) -> Iterator[Connection]:
    with Database(site.database_url).connect("test") as connection:
        yield connection


@pytest.fixture
def dataset(site: Site, connection: Connection) -> Dataset:
    """A dataset with two versions, of which the first is kept."""
    person = site.login(UPLOADER)
    dataset = Dataset(site, person, connection, person.create_dataset())
    dataset.load(
        "company_name,exports,founded\n" + "".join(f"Company {n},{n},2003-02-01\n" for n in range(500)), "a.csv"
    )
    dataset.load("company_name,exports,region\nCompany 1,1,North\nAcme,12,North\n", "only_two.csv")
    return dataset


def carry_out(dataset: Dataset) -> None:
    storage = Storage(dataset.site.storage_url, "datasets", "uploads")
    for asked in deletion.requested(dataset.connection):
        deletion.delete(dataset.connection, storage, BY_DATAFLOW, asked, lambda _: None)


def test_a_person_compares_restores_and_downloads(page: Page, site: Site, dataset: Dataset) -> None:
    tour = Tour(page)
    page.goto(site.url + dataset.path)
    choose_person(page, site, UPLOADER)
    tour.look("dataset with versions", "**/upload/data/**")
    page.get_by_role("link", name="a.csv").click()
    tour.look("version", "**/version/**")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the original file").click()
    assert download.value.suggested_filename == "a.csv"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rows for a spreadsheet").click()
    assert download.value.suggested_filename == "a.clean.csv"
    assert download.value.path().read_text().startswith("company_name,exports,founded\nCompany 0,0,2003-02-01\n")

    page.get_by_role("button", name="Compare").click()
    tour.look("compare", "**/compare/**")
    expect(page.get_by_role("main")).to_contain_text("The column region goes.")
    page.go_back()
    page.get_by_role("link", name="Restore this version").click()
    tour.look("restore", "**/restore/**")
    expect(page.get_by_role("main")).to_contain_text("1 stays the same, 1 goes and 499 are added")
    page.get_by_role("button", name="Restore this version").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")
    (waiting,) = site.sql(
        "SELECT file.id::text FROM pipeline_data_file AS file JOIN pipeline ON pipeline.id = pipeline_id"
        " WHERE state = 'verified' AND organisation || '.' || dataset = %s",
        dataset.name,
    )
    dataset.load_confirmed(waiting[0])
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data is ready")

    assert tour.found == {}


def test_a_person_archives_and_deletes(page: Page, site: Site, dataset: Dataset) -> None:
    tour = Tour(page)
    page.goto(site.url + dataset.path)
    choose_person(page, site, UPLOADER)
    page.get_by_role("link", name="Manage this dataset").click()
    tour.look("manage", "**/manage/")
    page.get_by_role("link", name="Change title").click()
    page.get_by_label("What do people call this data?").fill("Companies that export")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/manage/")
    page.get_by_role("button", name="Archive this dataset").click()
    tour.look("archived dataset", "**/upload/data/**")
    page.goto(f"{site.url}/upload/?archived")
    tour.look("archived datasets")
    page.get_by_role("link", name="Companies that export").click()
    page.get_by_role("link", name="Manage this dataset").click()
    page.get_by_role("button", name="Take out of the archive").click()

    page.get_by_role("link", name="a.csv").click()
    page.get_by_role("link", name="delete this version for good").click()
    tour.look("delete a version", "**/delete/")
    page.get_by_role("button", name="Delete for good").click()
    tour.look_at_errors("delete without the name")
    page.get_by_label("Dataset name").fill(dataset.name)
    page.get_by_role("button", name="Delete for good").click()
    tour.look("being deleted", "**/deletions/**")
    carry_out(dataset)
    page.get_by_role("link", name="Reload this page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deleted")
    tour.look("deleted version")

    page.goto(f"{site.url}{dataset.path}delete/")
    tour.look("delete a dataset")
    page.get_by_label("Dataset name").fill(dataset.name)
    page.get_by_role("button", name="Delete for good").click()
    carry_out(dataset)
    page.reload()
    tour.look("deleted dataset")
    page.get_by_role("link", name="See all deletions").click()
    tour.look("deletions")
    expect(page.get_by_role("main")).to_contain_text(dataset.name)
    page.go_back()

    assert tour.found == {}


def test_all_of_it_works_without_javascript(without_javascript: Page, site: Site, dataset: Dataset) -> None:
    page = without_javascript
    page.goto(site.url + dataset.path)
    choose_person(page, site, UPLOADER)
    page.get_by_role("link", name="Compare two versions").click()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("main")).to_contain_text("What changes")
    page.goto(f"{site.url}{dataset.path}delete/")
    page.get_by_label("Dataset name").fill(dataset.name)
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Being deleted")
    carry_out(dataset)
    page.get_by_role("link", name="Reload this page").click()
    expect(page.get_by_role("main")).to_contain_text("What is left to do")

"""A new dataset in Chromium, from nothing to its first file and to what its columns mean. No page puts up a barrier."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dss_assets.database import Connection, Database
from tests.parts.browser import DESK, await_outcome, choose_person, opened, set_up, upload
from tests.parts.site import READER, UPLOADER, Site, id_in
from tests.parts.tour import Tour
from tests.uploads.test_versions import Dataset

CSV = "company_name,exports\nAcme,12\n"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK))


@pytest.fixture
def without_javascript(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK, java_script_enabled=False))


@pytest.fixture
def connection(site: Site) -> Iterator[Connection]:
    with Database(site.database_url).connect("test") as connection:
        yield connection


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "companies.csv"
    path.write_text(CSV)
    return path


def name_dataset(page: Page, site: Site, name: str) -> str:
    """Create a dataset, and return its path."""
    page.goto(f"{site.url}/upload/create/")
    choose_person(page, site, UPLOADER)
    page.get_by_label("Organisation").fill("dbt")
    page.get_by_label("Dataset", exact=True).fill(name)
    page.get_by_role("button", name="Create dataset").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your dataset")
    return f"/upload/data/dbt-{name}/"


def test_a_person_sets_up_a_dataset_task_by_task(page: Page, site: Site) -> None:
    tour = Tour(page)
    path = name_dataset(page, site, "set_up")
    tour.look("tasks of a new dataset", "**/created/**")
    expect(page.get_by_role("link", name="Upload the first file")).to_have_count(0)

    page.get_by_role("link", name="Title").click()
    tour.look("question in a line", "**/title/")
    page.get_by_label("What do people call this data?").fill("Companies that export")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="What it is about").click()
    tour.look("question in several lines", "**/description/")
    page.get_by_label("What is this data about?").fill("Each row is a company.")
    page.get_by_role("link", name="Back").click()
    page.get_by_role("link", name="What it is about").click()
    expect(page.get_by_label("What is this data about?")).to_have_value("")
    page.get_by_label("What is this data about?").fill("Each row is a company.\nOnly those that export.")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Contact").click()
    expect(page.get_by_label("Whom can people ask about this data?")).to_have_value(UPLOADER.email)
    page.get_by_label("Whom can people ask about this data?").fill("the export team")
    page.get_by_role("button", name="Save").click()
    tour.look_at_errors("question with an error")
    expect(page).to_have_title(re.compile("^Error: "))
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Whom can people ask about this data?")).to_be_focused()
    page.get_by_label("Whom can people ask about this data?").fill("exports@example.gov.uk")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Licence").click()
    page.get_by_label("Another licence").check()
    tour.look("question with options", "**/licence/")
    page.get_by_role("button", name="Save").click()
    tour.look_at_errors("licence without a name")
    page.get_by_label("Name of the licence").fill("Ordnance Survey, internal")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Personal data").click()
    page.get_by_role("button", name="Save").click()
    tour.look_at_errors("personal data without an answer")
    page.get_by_label("Yes", exact=True).check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Classification").click()
    tour.look("classification", "**/classification/")
    page.get_by_label("OFFICIAL-SENSITIVE").check()
    page.get_by_role("button", name="Save").click()
    tour.look("tasks with answers", "**/created/**")
    expect(page.get_by_role("main").get_by_text("Completed")).to_have_count(7)

    page.get_by_role("link", name="Upload the first file").click()
    tour.look("dataset before its first file", f"**{path}")

    assert tour.found == {}
    assert site.sql(
        "SELECT title, description, contact, licence, classification FROM pipeline WHERE slug = 'dbt-set_up'"
    ) == [
        (
            "Companies that export",
            "Each row is a company.\nOnly those that export.",
            "exports@example.gov.uk",
            "Ordnance Survey, internal",
            "OFFICIAL-SENSITIVE",
        )
    ]


def test_a_person_says_what_the_columns_of_a_loaded_file_mean(
    page: Page, site: Site, connection: Connection, file: Path
) -> None:
    tour = Tour(page)
    path = name_dataset(page, site, "with_columns")
    page.goto(f"{site.url}{path}")
    tour.look("dataset that awaits a word about personal data")
    page.get_by_role("link", name="Say whether it may hold personal data").click()
    page.get_by_label("Yes", exact=True).check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Upload the first file").click()
    upload(page, file)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")
    page.get_by_role("button", name="Confirm and load the data").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")
    Dataset(site, site.login(UPLOADER), connection, path).load_confirmed(id_in(page.url))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data is ready")

    page.get_by_role("link", name="Say what the columns mean").click()
    tour.look("columns", "**/columns/")
    page.get_by_label("Names of columns and what they mean").fill("exports\tIn million pounds\n")
    page.get_by_role("button", name="Fill in the list").click()
    expect(page.get_by_role("region", name="Not saved yet")).to_be_visible()
    tour.look("columns filled in")
    page.get_by_role("button", name="Fill in the list").click()
    page.get_by_label("Names of columns and what they mean").fill("nothing")
    page.get_by_role("button", name="Fill in the list").click()
    tour.look_at_errors("columns with a list of something else")
    page.get_by_label("What company_name means").fill("As it is registered")
    page.get_by_role("button", name="Save").click()
    tour.look("dataset that may hold personal data", f"**{path}")
    expect(page.get_by_role("main")).to_contain_text("This dataset may hold personal data")
    page.get_by_role("link", name="Manage this dataset").click()
    tour.look("manage a described dataset", "**/manage/")
    page.get_by_role("link", name="Change contact").click()
    page.get_by_role("link", name="Back").click()
    page.wait_for_url("**/manage/")
    page.goto(f"{site.url}/logout")
    page.goto(f"{site.url}{path}columns/")
    choose_person(page, site, READER)
    expect(page.get_by_role("main")).to_contain_text("As it is registered")
    tour.look("columns for readers")

    assert tour.found == {}


def test_all_of_it_works_without_javascript_and_over_the_end_of_a_session(
    without_javascript: Page, site: Site, connection: Connection, file: Path
) -> None:
    page = without_javascript
    path = name_dataset(page, site, "without_scripts")
    page.get_by_role("link", name="Licence").click()
    page.get_by_label("Another licence").check()
    page.get_by_label("Name of the licence").fill("Mine")
    site.sql("DELETE FROM django_session")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Important")).to_contain_text("You had been signed out")
    expect(page.get_by_label("Name of the licence")).to_have_value("Mine")
    page.get_by_role("button", name="Save").click()
    set_up(page)
    upload(page, file)
    page.get_by_role("button", name="Confirm and load the data").click()
    Dataset(site, site.login(UPLOADER), connection, path).load_confirmed(id_in(page.url))
    await_outcome(page)
    page.goto(f"{site.url}{path}columns/")
    page.get_by_label("What exports means").fill("In million pounds")
    site.sql("DELETE FROM django_session")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("What exports means")).to_have_value("In million pounds")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**{path}")

    assert site.sql(
        "SELECT name, description FROM operations.column_description WHERE description <> ''"
        " AND pipeline_id = (SELECT id FROM pipeline WHERE slug = 'dbt-without_scripts')"
    ) == [("exports", "In million pounds")]

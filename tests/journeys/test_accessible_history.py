"""The pages about going back keep to WCAG 2.2 AA, as far as can be told: versions, the archive, deletion."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.parts.browser import DESK, choose_person, opened
from tests.parts.site import UPLOADER, Site, Visitor
from tests.parts.tour import Tour

FIRST = "name,amount,a_column_with_a_very_long_name_that_nobody_would_want_to_type\nPens,1,x\nInk,2,y\n"
SECOND = "name,amount,region\nPens,1.5,North\nPaper,3,South\n"
LONG_NAME = "Quarterly_returns_of_all_regional_offices_and_their_subsidiaries_2024_final_FINAL_v3.csv"


@pytest.fixture
def owner(site: Site) -> Visitor:
    return site.login(UPLOADER)


@pytest.fixture
def dataset(owner: Visitor) -> str:
    return owner.create_dataset()


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    """A page of the owner."""
    for page in opened(chromium.new_context(viewport=DESK)):
        page.goto(f"{site.url}/upload/mail/")
        choose_person(page, site, UPLOADER)
        page.wait_for_url(f"{site.url}/**")
        yield page


def test_pages_about_versions_put_up_no_barrier(site: Site, owner: Visitor, dataset: str, page: Page) -> None:
    tour = Tour(page)
    first = owner.load(dataset, FIRST)
    site.sql("UPDATE pipeline_data_file SET original_name = %s WHERE id = %s", LONG_NAME, first)
    owner.load(dataset, SECOND)
    page.goto(f"{site.url}{dataset}version/{first}/")
    tour.look("version")
    page.get_by_label("Note on this version").fill("n" * 501)
    page.get_by_role("button", name="Save note").click()
    tour.look_at_errors("version with a note that is too long")
    page.get_by_role("button", name="Compare").click()
    tour.look("compare", "**/compare/**")
    page.goto(f"{site.url}{dataset}compare/?before=x&after=y")
    tour.look_at_errors("compare with errors")
    page.goto(f"{site.url}{dataset}version/{first}/clean/")
    tour.look("version whose rows are not kept")
    page.goto(f"{site.url}{dataset}restore/{first}/")
    tour.look("restore an earlier version with other columns")

    assert tour.found == {}


def test_pages_that_are_wrong_or_refused_put_up_no_barrier(
    site: Site, owner: Visitor, dataset: str, page: Page
) -> None:
    tour = Tour(page)
    owner.load(dataset, FIRST)
    owner.load(dataset, SECOND)
    page.goto(f"{site.url}{dataset}about/title/")
    page.get_by_label("What do people call this data?").fill("A title " * 40)
    page.get_by_role("button", name="Save").click()
    tour.look_at_errors("title with errors")
    page.goto(f"{site.url}{dataset}manage/")
    page.get_by_role("button", name="Archive this dataset").click()
    page.goto(f"{site.url}{dataset}manage/")
    tour.look("manage an archived dataset")
    page.goto(f"{site.url}{dataset}delete/")
    page.get_by_role("button", name="Delete for good").click()
    tour.look_at_errors("delete a dataset with errors")
    page.get_by_label("Dataset name").fill(dataset.split("/")[3].replace("-", "."))
    page.get_by_role("button", name="Delete for good").click()
    page.wait_for_url("**/deletions/**")
    deletion = page.url
    page.goto(f"{site.url}{dataset}delete/")
    tour.look("delete a dataset that is being deleted")
    refused = "UPDATE operations.deletion SET state = 'refused', finished_at = now(), error_message = %s WHERE id = %s"
    site.sql(
        refused,
        "The version has been put into use meanwhile. Nothing was deleted.",
        deletion.split("/deletions/")[1][:-1],
    )
    page.goto(deletion)
    tour.look("deletion that was refused")

    assert tour.found == {}


def test_a_version_of_a_dataset_that_is_gone_leads_to_a_page_that_says_so(site: Site, page: Page) -> None:
    tour = Tour(page)
    page.goto(f"{site.url}/upload/data/dbt-gone/version/{uuid.uuid4()}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    tour.look("page not found for somebody who is signed in")

    assert tour.found == {}

"""The front page, the list and the search, as people use them in a browser; without JavaScript as well."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.catalogue.shelf import Shelf
from tests.parts.browser import choose_person, opened
from tests.parts.site import READER, Site
from tests.parts.tour import Tour


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context())


def test_from_the_front_page_to_a_dataset_no_barrier_is_in_the_way(page: Page, site: Site, shelf: Shelf) -> None:
    tour = Tour(page)
    page.goto(site.url)
    page.get_by_role("button", name="Sign in").click()
    choose_person(page, site, READER)
    tour.look("front page", f"{site.url}/")

    page.get_by_role("searchbox").fill("silly walks")
    page.keyboard.press("Enter")
    tour.look("search in the catalogue", "**/datasets/?q=silly+walks**")
    expect(page.locator("mark").first).to_be_visible()
    page.get_by_label("Organisation").select_option("dairy")
    page.get_by_role("button", name="Apply").click()
    tour.look("nothing found in the catalogue", "**organisation=dairy**")
    page.get_by_role("link", name="without filters").click()
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Datasets").click()
    tour.look("list of the catalogue", "**/datasets/")
    page.get_by_role("link", name="Silly walks of ministers").click()
    page.wait_for_url("**/datasets/walks/silly_walks/")

    assert tour.found == {}


def test_the_list_is_searched_without_javascript(chromium: Browser, site: Site, shelf: Shelf) -> None:
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site.url}/datasets/")
    choose_person(page, site, READER)
    page.get_by_role("searchbox").fill("whitehall")
    page.get_by_label("State").select_option("late")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("link", name="Silly walks of ministers")).to_be_visible()
    page.context.close()

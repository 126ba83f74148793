"""The pages on which people decide who may see a dataset, and follow it, as people meet them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import add_hawk_client
from tests.parts.browser import choose_person, opened
from tests.parts.site import COLLEAGUE, UPLOADER, Site
from tests.parts.tour import Tour


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context())


def test_the_pages_of_access_and_of_following_are_accessible(site: Site, page: Page) -> None:
    add_hawk_client(site.database_url, "reads-all-of-it", "the key of a program", ["*"])
    organisation, dataset = site.login(UPLOADER).create_dataset().split("/")[3].split("-", 1)
    here = f"{site.url}/datasets/{organisation}/{dataset}"
    tour = Tour(page)
    page.goto(f"{here}/people/")
    choose_person(page, site, UPLOADER)
    page.get_by_role("button", name="Give access").click()
    tour.look_at_errors("who can see it with an error")
    page.get_by_label("A person").check()
    page.get_by_label("Email address, group or id").fill(COLLEAGUE.email)
    page.get_by_role("button", name="Give access").click()
    expect(page.get_by_role("link", name="Take back")).to_be_visible()
    page.get_by_role("link", name="Restrict it").click()
    tour.look("restrict", "**/restriction/")
    page.get_by_role("button", name="Restrict").click()
    tour.look("who can see it", "**/people/")
    page.get_by_role("link", name="Take back").click()
    tour.look("take back", "**/people/*/")
    page.goto(f"{here}/follow/")
    tour.look("follow", "**/follow/")
    page.get_by_role("link", name="Send messages to a program").click()
    page.get_by_label("Address").fill("https://example.com/hook")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Keep this secret now")).to_be_visible()
    tour.look("webhooks", "**/webhooks/")
    page.goto(f"{here}/follow/")
    page.get_by_role("link", name="Make one").click()
    page.get_by_role("button", name="Make an address").click()
    expect(page.get_by_role("button", name="End the address")).to_be_visible()
    tour.look("followed", "**/followed/")
    assert tour.found == {}

"""The pages about who may do what keep to WCAG 2.2 AA, as far as axe-core can tell, and the people find their way."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from infra.local.sso.people import Person
from tests.parts.browser import DESK, choose_person, create_dataset, opened
from tests.parts.site import ADMINISTRATOR, COLLEAGUE, READER, STRANGER, Site
from tests.parts.tour import Tour


class Pictures(Tour):
    """Pictures of the administration, whose pages are Django's: axe-core is not asked, which applies inline styles."""

    def look(self, state: str, url: str = "**") -> None:
        """Take a picture of the page, if they are wanted."""
        self._page.wait_for_url(url)
        expect(self._page.get_by_role("heading", level=1)).to_be_visible()
        self._pictures(state)


@pytest.fixture
def browse(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """Opens a browser for one more person."""
    running: list[Iterator[Page]] = []

    def begin() -> Page:
        pages = opened(chromium.new_context(viewport=DESK))
        running.append(pages)
        return next(pages)

    yield begin
    for pages in running:
        assert next(pages, None) is None


def log_in(page: Page, site: Site, person: Person, path: str = "/upload/") -> None:
    page.goto(site.url + path)
    choose_person(page, site, person)
    page.wait_for_url(f"{site.url}/**")


def test_an_owner_lets_somebody_upload_and_the_others_read_why_they_may_not(
    site: Site, browse: Callable[[], Page]
) -> None:
    owner, colleague, reader = browse(), browse(), browse()
    found = []
    create_dataset(owner, site, "shared_by_owner")
    path = "/upload/data/dbt-shared_by_owner/"

    # The colleague sees the dataset, no form, and whom to ask.
    tour = Tour(colleague)
    log_in(colleague, site, COLLEAGUE, path)
    tour.look("dataset of others")
    expect(colleague.get_by_role("main")).to_contain_text("ask one of its owners to add you")
    colleague.goto(f"{site.url}{path}people/")
    tour.look("people for owners only")
    found.append(tour.found)

    tour = Tour(owner)
    owner.goto(site.url + path)
    owner.get_by_role("link", name="Decide who can upload").click()
    tour.look("people")
    owner.get_by_role("button", name="Save").click()
    tour.look_at_errors("people, errors")
    owner.get_by_label("Email address").fill(COLLEAGUE.email)
    owner.get_by_label("Upload to this dataset").check()
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_role("row").filter(has_text=COLLEAGUE.email)).to_contain_text("Upload")
    owner.get_by_label("Email address").fill("somebody.new@example.gov.uk")
    owner.get_by_label("Own it").check()
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_role("row").filter(has_text="somebody.new")).to_contain_text("Has not signed in yet")
    tour.look("people, several")
    owner.get_by_role("link", name="Remove somebody.new@example.gov.uk").click()
    tour.look("remove a person")
    owner.get_by_role("button", name="Remove").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text("People")
    owner.get_by_role("link", name="Remove ursula.uploader@example.gov.uk").click()
    owner.get_by_role("button", name="Remove").click()
    tour.look_at_errors("remove the last owner")
    found.append(tour.found)

    colleague.goto(site.url + path)
    expect(colleague.get_by_role("button", name="Upload and check")).to_be_visible()

    tour = Tour(reader)
    log_in(reader, site, READER, path)
    tour.look("dataset for a reader")
    expect(reader.get_by_role("button", name="Upload and check")).to_have_count(0)
    reader.goto(f"{site.url}/upload/")
    tour.look("datasets for a reader")
    expect(reader.get_by_role("button", name="Create a dataset")).to_have_count(0)
    reader.goto(f"{site.url}/upload/create/")
    tour.look("only reads")
    found.append(tour.found)

    assert found == [{}, {}, {}]


def test_people_without_access_and_barred_people_read_what_to_do(site: Site, browse: Callable[[], Page]) -> None:
    stranger, barred = browse(), browse()
    tour = Tour(stranger)
    log_in(stranger, site, STRANGER)
    tour.look("no access, how to ask")
    assert tour.found == {}

    bar = "UPDATE accounts_user SET is_active = %s WHERE user_id = %s"
    site.login(COLLEAGUE)
    site.sql(bar, False, COLLEAGUE.user_id)
    try:
        tour = Tour(barred)
        log_in(barred, site, COLLEAGUE)
        tour.look("barred")
    finally:
        site.sql(bar, True, COLLEAGUE.user_id)
    expect(barred.get_by_role("heading", level=1)).to_have_text("You are barred from this service")
    assert tour.found == {}


def test_a_person_switches_mail_off(site: Site, browse: Callable[[], Page]) -> None:
    page = browse()
    tour = Tour(page)
    log_in(page, site, READER, "/upload/mail/")
    tour.look("mail")
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("You get no emails")
    expect(page.get_by_label("No", exact=True)).to_be_checked()
    tour.look("mail, off")
    assert site.sql("SELECT wants_mail FROM accounts_user WHERE user_id = %s", READER.user_id) == [(False,)]
    page.get_by_label("Yes").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("You get emails")
    assert tour.found == {}


def test_the_administration_shows_a_key_once(site: Site, browse: Callable[[], Page]) -> None:
    page = browse()
    log_in(page, site, ADMINISTRATOR, "/admin/hawk/hawkclient/add/")
    page.get_by_label("Id:").fill("looked.at")
    page.get_by_label("Scope:").fill("Get Data")
    page.get_by_role("button", name="Save", exact=True).click()
    tour = Pictures(page)
    tour.look("admin, a scope that is none")
    page.get_by_label("Scope:").fill("get_table_data")
    page.get_by_role("button", name="Save", exact=True).click()
    tour.look("admin, a key")
    page.goto(f"{site.url}/admin/hawk/hawkclient/looked.at/change/")
    tour.look("admin, a client")
    page.get_by_role("link", name="Make a new key").click()
    tour.look("admin, rotate a key")
    page.goto(f"{site.url}/admin/hawk/hawkclient/")
    page.get_by_role("checkbox", name="Select this object for an action - looked.at").check()
    page.get_by_label("Action:").select_option("Revoke all keys of the selected clients")
    page.get_by_role("button", name="Go").click()
    tour.look("admin, revoke keys")
    page.get_by_role("button", name="Revoke all keys").click()
    expect(page.get_by_role("main")).to_contain_text("Revoked 1 key")

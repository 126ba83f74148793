"""A session that ends while a page is open loses nothing: neither the file that was chosen nor what was entered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.parts.browser import DESK, create_dataset, opened, upload
from tests.parts.site import Site

CONFIRM = "Confirm and load the data"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK))


@pytest.fixture
def without_javascript(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK, java_script_enabled=False))


def session_keys(page: Page) -> list[str]:
    return [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid"]


def end_session(site: Site, page: Page) -> None:
    """Let the session here end, while the one at SSO goes on."""
    site.sql("DELETE FROM django_session WHERE session_key = ANY (%s)", session_keys(page))


def sign_in_again(page: Page) -> None:
    """Follow the link of the message to the login in a new tab, and come back."""
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Sign in again (opens in new tab)").click()
    expect(popup.value.get_by_role("heading", level=1)).to_have_text("You are signed in")
    popup.value.close()


def test_a_file_is_still_chosen_after_a_login_in_another_tab(site: Site, page: Page, files: Path) -> None:
    create_dataset(page, site, "ended_at_upload")
    page.wait_for_url("**/upload/data/**")
    end_session(site, page)

    upload(page, files / "first.csv")

    expect(page.get_by_role("alert")).to_contain_text("You have been signed out. Your file is still chosen")
    expect(page.locator("[data-problem]:focus")).to_be_visible()
    sign_in_again(page)
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")


def test_a_session_that_ends_while_the_file_is_sent_keeps_it_chosen(site: Site, page: Page, files: Path) -> None:
    create_dataset(page, site, "ended_while_sent")
    page.wait_for_url("**/upload/data/**")
    # The session is there when it is asked for, and gone when the file is on its way.
    keys = session_keys(page)

    def send(route: Route) -> None:
        if route.request.method == "POST":
            site.sql("DELETE FROM django_session WHERE session_key = ANY (%s)", keys)
        route.continue_()

    page.route("**/upload/data/**", send)

    upload(page, files / "first.csv")

    expect(page.get_by_role("alert")).to_contain_text("You have been signed out. Your file is still chosen")
    expect(page.get_by_role("button", name="Upload and check")).to_be_enabled()


def test_chosen_types_stay_on_the_page_while_the_person_logs_in_again(site: Site, page: Page, files: Path) -> None:
    create_dataset(page, site, "ended_at_confirmation")
    upload(page, files / "first.csv")
    page.get_by_label("Type of exports").select_option("Decimal number")
    end_session(site, page)

    page.get_by_role("button", name=CONFIRM).click()

    expect(page.get_by_role("alert")).to_contain_text("Your answers are still here, and nothing has changed")
    sign_in_again(page)
    expect(page.get_by_label("Type of exports")).to_have_value("numeric")
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")
    assert site.sql(
        "SELECT column_types FROM pipeline_data_file AS file JOIN pipeline ON pipeline.id = pipeline_id"
        " WHERE dataset = 'ended_at_confirmation'"
    ) == [(["text", "numeric", "date"],)]


def test_chosen_types_survive_the_login_without_javascript(site: Site, without_javascript: Page, files: Path) -> None:
    page = without_javascript
    create_dataset(page, site, "ended_without_javascript")
    upload(page, files / "first.csv")
    verify = page.url
    page.get_by_label("Type of exports").select_option("Decimal number")
    end_session(site, page)

    page.get_by_role("button", name=CONFIRM).click()

    expect(page).to_have_url(verify)
    expect(page.get_by_role("region", name="Important")).to_contain_text(
        "You had been signed out, so nothing was saved"
    )
    expect(page.get_by_label("Type of exports")).to_have_value("numeric")
    expect(page.get_by_label("Type of founded")).to_have_value("date")
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")


def test_names_of_a_new_dataset_survive_the_login_without_javascript(site: Site, without_javascript: Page) -> None:
    page = without_javascript
    create_dataset(page, site, "before_names")
    page.goto(f"{site.url}/upload/create/")
    page.get_by_label("Organisation").fill("dbt")
    page.get_by_label("Dataset", exact=True).fill("kept_names")
    end_session(site, page)

    page.get_by_role("button", name="Create dataset").click()

    expect(page.get_by_label("Dataset", exact=True)).to_have_value("kept_names")
    page.get_by_role("button", name="Create dataset").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your dataset")


def test_no_button_is_dead_on_a_page_that_comes_back(site: Site, page: Page, files: Path) -> None:
    create_dataset(page, site, "came_back")
    upload(page, files / "first.csv")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")

    page.go_back()

    expect(page.get_by_role("button", name="Upload and check")).to_be_enabled()
    # As the browser shows a page from its memory: as it was when it was left.
    page.evaluate("document.querySelector('button[type=submit]').disabled = true")
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.get_by_role("button", name="Upload and check")).to_be_enabled()

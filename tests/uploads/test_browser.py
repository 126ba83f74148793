"""The pages in Chromium, with JavaScript and without."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.parts.browser import DESK, accept_changes, create_dataset, opened, set_state, upload, upload_and_confirm
from tests.parts.site import Site


@pytest.fixture
def with_javascript(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK))


@pytest.fixture
def without_javascript(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK, java_script_enabled=False))


def test_a_file_that_cannot_be_read_is_read_in_another_way(site: Site, with_javascript: Page, files: Path) -> None:
    page = with_javascript
    create_dataset(page, site, "read_again")

    # The fault is shown, and the file is kept. What is entered wrong is told without leaving the page, with the focus.
    upload(page, files / "ragged.csv")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your file could not be read")
    expect(page.get_by_role("main")).to_contain_text("Line 3 has 2 values, but there are 3 columns")
    page.get_by_label("Last line of the data").fill("two")
    page.get_by_role("button", name="Read it again like this").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the number of a line")
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    page.get_by_label("Last line of the data").fill("2")
    page.get_by_role("button", name="Read it again like this").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")


def test_a_person_uploads_is_told_of_faults_replaces_and_restores(
    site: Site, with_javascript: Page, files: Path
) -> None:
    page = with_javascript
    create_dataset(page, site, "with_javascript")

    # Columns: names, values, inferred types; one that cannot be is refused, another is taken.
    upload(page, files / "first.csv")
    row = page.locator(".dss-columns").get_by_role("row").filter(has_text="company_name")
    expect(row).to_contain_text("“Company Name” in the file")
    expect(row).to_contain_text("Company 0")
    expect(page.get_by_label("Type of founded")).to_have_value("date")
    page.get_by_label("Type of company_name").select_option("Date")
    page.get_by_role("button", name="Confirm and load the data").click()
    page.get_by_role("link", name="Line 2 has “Company 0” in company_name, which is not a date").click()
    expect(page.get_by_label("Type of company_name")).to_be_focused()
    page.get_by_label("Type of company_name").select_option("Text")
    page.get_by_label("Type of exports").select_option("Decimal number")
    page.get_by_role("button", name="Confirm and load the data").click()

    # Progress goes on by itself.
    info = page.locator("[data-progress-info]")
    expect(info).to_have_text("Waiting for its turn")
    set_state(site, page, "processing_dataflow")
    expect(info).to_have_text("The rows are loaded and wait to be copied to Data Workspace")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data is loaded")
    set_state(site, page, "completed")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data is ready")
    expect(page.get_by_role("main")).to_contain_text('"dbt"."with_javascript"')
    first = page.url

    # A second version with other columns, which fails and says why.
    page.get_by_role("link", name="Back to dbt.with_javascript").click()
    upload(page, files / "second.csv")
    expect(page.get_by_role("main")).to_contain_text("Missing: founded")
    expect(page.get_by_role("main")).to_contain_text("New: region")
    accept_changes(page)
    page.get_by_role("button", name="Confirm and load the data").click()
    page.wait_for_url("**/uploaded/**")
    set_state(site, page, "failed", error_message="Line 2: “North” in region is not a date.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data could not be loaded")
    expect(page.get_by_role("main")).to_contain_text("Line 2: “North” in region is not a date.")

    # Once more, done; then the first is restored.
    page.get_by_role("button", name="Upload the file again").click()
    upload_and_confirm(page, files / "second.csv")
    set_state(site, page, "completed")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data is ready")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data is ready")
    page.get_by_role("link", name="Back to dbt.with_javascript").click()
    page.get_by_role("link", name="Restore the version").click()
    page.get_by_role("button", name="Restore this version").click()
    expect(page).to_have_url(first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")
    page.get_by_role("link", name="Sign out").click()
    expect(page).to_have_url(f"{site.sso_url}/logout/")


def test_all_of_it_works_without_javascript(site: Site, without_javascript: Page, files: Path) -> None:
    page = without_javascript
    create_dataset(page, site, "without_javascript")
    upload(page, files / "ragged.csv")
    expect(page.get_by_role("main")).to_contain_text("Line 3 has 2 values")
    page.get_by_role("button", name="Upload the file again").click()
    upload(page, files / "first.csv")
    page.get_by_label("Type of exports").select_option("Decimal number")
    page.get_by_role("button", name="Confirm and load the data").click()
    expect(page.get_by_role("main")).to_contain_text("Waiting for its turn")
    set_state(site, page, "processing_dss")
    page.get_by_role("link", name="reload it now").click()
    expect(page.get_by_role("main")).to_contain_text("Loading the rows")
    set_state(site, page, "completed")
    # The page loads itself again.
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data is ready")
    page.get_by_role("link", name="Back to dbt.without_javascript").click()
    upload_and_confirm(page, files / "second.csv")
    set_state(site, page, "completed")
    page.get_by_role("link", name="Back to dbt.without_javascript").click()
    page.get_by_role("link", name="Restore the version").click()
    page.get_by_role("button", name="Restore this version").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")


def test_a_session_that_ended_while_the_page_was_open_leads_through_the_login_and_back(
    site: Site, with_javascript: Page, files: Path
) -> None:
    page = with_javascript
    create_dataset(page, site, "ended_session")
    upload_and_confirm(page, files / "first.csv")
    progress = page.url
    (key,) = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid"]
    with page.expect_request(lambda request: request.url.startswith(site.sso_url)):
        site.sql("DELETE FROM django_session WHERE session_key = %s", key)
    # SSO still knows the person, so nobody is asked anything.
    expect(page).to_have_url(progress)
    set_state(site, page, "completed")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data is ready")

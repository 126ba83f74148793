"""Every page in every state keeps to WCAG 2.2 AA, as far as axe-core can tell."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from infra.local.ports import free_port
from tests.parts.browser import (
    UNKNOWN_HOST,
    await_outcome,
    barriers,
    choose_person,
    create_dataset,
    set_state,
    upload,
    upload_and_confirm,
)
from tests.parts.site import ADMINISTRATOR, STRANGER, UPLOADER, Site, id_in, running_sso, running_web
from tests.parts.tour import Tour
from tests.parts.worker import running_worker

# data-flow has failed three times over the table of every version that is loaded.
FAILED_COPY = """
    WITH run AS (
        INSERT INTO operations.dataflow_run (schema_name, table_name, state, attempt, requested_at, finished_at)
        VALUES ('dbt.companies', 'L0', 'failed', 3, now(), now()) RETURNING id
    )
    INSERT INTO operations.datafile_registry
        (source, file_name, state, dataflow_run_id, created_timestamp, updated_timestamp)
    SELECT 'dbt.companies', file.id::text, 'processed', run.id, now(), now()
    FROM pipeline_data_file AS file, run WHERE file.state = 'processing_dataflow'
"""
LONG_REASON = "Line 2: “North” in region is not a date. " * 10


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a browser that nobody has used."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def own_site(database_url: str, storage_url: str, static_folder: Path, tmp_path: Path) -> Iterator[Site]:
    """A web app over an empty database, which the test may break."""
    port = free_port()
    with (
        running_sso(tmp_path, f"http://127.0.0.1:{port}") as sso_url,
        running_web(tmp_path, static_folder, database_url, storage_url, sso_url, port) as site,
        running_worker(tmp_path, site.database_url, site.storage_url),
    ):
        yield site


@pytest.mark.stand_in
def test_barriers_are_found(page: Page) -> None:
    page.set_content('<html><title>x</title><main><h1>x</h1><input><div style="width: 900px">wide</div></main></html>')

    found = {barrier.partition(":")[0] for barrier in barriers(page)}

    assert {"label at 320 pixels", "html-has-lang at 1200 pixels", "wider than the screen at 320 pixels"} <= found


def state_of_login(page: Page, site: Site) -> str:
    """Begin a login, and look at the login server's page; the state that has to come back from there."""
    page.goto(f"{site.url}/upload/")
    page.wait_for_url(f"{site.sso_url}/**")
    (authorise,) = parse_qs(urlsplit(page.url).query)["next"]
    (state,) = parse_qs(urlsplit(authorise).query)["state"]
    return state


def test_pages_before_the_login_put_up_no_barrier(page: Page, site: Site) -> None:
    tour = Tour(page)
    page.goto(site.url)
    tour.look("start")
    page.get_by_role("link", name="Accessibility statement").click()
    tour.look("accessibility statement", "**/accessibility/")
    page.get_by_role("link", name="Privacy notice").click()
    tour.look("privacy notice", "**/privacy/")
    page.get_by_role("link", name="Cookies").last.click()
    tour.look("cookies", "**/cookies/")
    page.goto(f"{site.url}/login/authorised")
    tour.look("login with an unknown state")
    state = state_of_login(page, site)
    tour.look("login server")
    page.goto(f"{site.url}/login/authorised?error=access_denied&state={state}")
    tour.look("login denied")
    page.goto(f"{site.url}/login/authorised?code=made-up&state={state_of_login(page, site)}")
    tour.look("login server failed")
    page.goto(f"http://{UNKNOWN_HOST}:{urlsplit(site.url).port}/")
    tour.look("400")

    assert tour.found == {}


def test_pages_for_people_without_access_put_up_no_barrier(page: Page, site: Site) -> None:
    tour = Tour(page)
    page.goto(f"{site.url}/upload/")
    choose_person(page, site, STRANGER)
    tour.look("no access", f"{site.url}/**")
    page.goto(f"{site.url}/operations/refused/")
    tour.look("no access to the Dagster UI")

    assert tour.found == {}


def look_at_a_check_under_way(page: Page, site: Site, tour: Tour) -> None:
    """From the check page and back to it, as if a worker were in the middle of the check."""
    verify = page.url
    site.sql(
        "UPDATE operations.upload_task SET outcome = '', claim = gen_random_uuid(), bytes_done = bytes_total / 2,"
        " heartbeat_at = now() + interval '1 day' WHERE version_id = %s",
        id_in(verify),
    )
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checking your file")
    tour.look("checking")
    site.sql("UPDATE operations.upload_task SET outcome = 'done', claim = NULL")
    page.wait_for_url(verify)


def test_pages_from_a_dataset_to_its_columns_put_up_no_barrier(page: Page, own_site: Site, files: Path) -> None:
    site, tour = own_site, Tour(page)
    page.goto(f"{site.url}/upload/")
    choose_person(page, site, UPLOADER)
    tour.look("no datasets", "**/upload/")
    page.goto(f"{site.url}/upload/create/")
    tour.look("create")
    page.get_by_role("button", name="Create dataset").click()
    tour.look_at_errors("create with errors")
    page.goto(f"{site.url}/logout")
    create_dataset(page, site, "companies")
    page.wait_for_url("**/upload/data/**")
    dataset = page.url
    page.go_back()
    tour.look("created", "**/created/**")
    page.goto(dataset)
    tour.look("dataset without versions")
    page.get_by_role("button", name="Upload and check").click()
    tour.look_at_errors("upload without a file")
    page.goto(dataset)
    upload(page, files / "ragged.csv")
    tour.look("file that cannot be read", "**/failed/")
    page.get_by_label("Last line of the data").fill("the end")
    page.get_by_role("button", name="Read it again like this").click()
    tour.look_at_errors("file that cannot be read, with errors")
    page.goto(dataset)
    (files / "large.csv").write_text("a,b\n" + "1,2\n" * 300_000)
    upload(page, files / "large.csv")
    expect(page.get_by_role("alert")).to_contain_text("It can have up to 1 MB")
    tour.look("upload of a file that is too large")
    page.goto(dataset)
    upload(page, files / "first.csv")
    tour.look("verify", "**/verify/**")
    look_at_a_check_under_way(page, site, tour)
    page.get_by_label("Type of company_name").select_option("Date")
    page.get_by_role("button", name="Confirm and load the data").click()
    tour.look_at_errors("verify with errors")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Confirm and load the data").click()
    expect(page.get_by_role("alert").first).to_contain_text("You have been signed out")
    tour.look("verify after the session has ended")
    page.goto(f"{site.url}/upload/signed-in/")
    tour.look("signed in in a new tab", "**/signed-in/")
    site.sql("INSERT INTO pipeline (organisation, dataset, slug) VALUES ('order', 'orders', 'order-orders')")
    page.goto(f"{site.url}/upload/data/order-orders/")
    tour.look("dataset that cannot be copied")

    assert tour.found == {}


def test_pages_about_versions_that_were_cancelled_or_wait_to_be_copied_put_up_no_barrier(
    page: Page, own_site: Site, files: Path
) -> None:
    site, tour = own_site, Tour(page)
    create_dataset(page, site, "companies")
    page.wait_for_url("**/upload/data/**")
    dataset = page.url
    upload_and_confirm(page, files / "first.csv")
    first = page.url
    page.get_by_role("button", name="Cancel this version").click()
    tour.look("cancel", "**/cancel/**")
    page.get_by_role("button", name="Cancel this version").click()
    page.wait_for_url(first)
    tour.look("cancelled")
    page.get_by_role("button", name="Check the columns again").click()
    page.get_by_role("button", name="Confirm and load the data").click()
    page.get_by_role("button", name="Cancel this version").click()
    set_state(site, page, "processing_dataflow")
    page.get_by_role("button", name="Cancel this version").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It was too late to cancel")
    tour.look("too late to cancel")
    page.goto(first)
    tour.look("waiting to be copied")
    site.sql(FAILED_COPY)
    page.goto(first)
    tour.look("copying has failed")
    page.get_by_role("button", name="Try to copy it now").click()
    expect(page.locator("[data-progress-info]")).to_have_text(
        "The rows are loaded and wait to be copied to Data Workspace"
    )
    set_state(site, page, "completed")
    await_outcome(page)
    page.goto(dataset)
    upload_and_confirm(page, files / "second.csv")
    set_state(site, page, "completed")
    await_outcome(page)
    page.goto(first)
    expect(page.get_by_role("heading", level=1)).to_have_text("This version was replaced")
    tour.look("replaced")
    page.goto(dataset)
    upload_and_confirm(page, files / "second.csv")
    set_state(site, page, "processing_dataflow")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data is loaded")
    page.goto(dataset)
    upload(page, files / "second.csv")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")
    page.goto(dataset)
    tour.look("dataset with versions in many states")

    assert tour.found == {}


def test_pages_from_the_confirmation_on_put_up_no_barrier(page: Page, own_site: Site, files: Path) -> None:
    site, tour = own_site, Tour(page)
    create_dataset(page, site, "companies")
    page.wait_for_url("**/upload/data/**")
    dataset = page.url
    upload_and_confirm(page, files / "first.csv")
    tour.look("waiting", "**/uploaded/**")
    first = page.url
    page.goto(dataset)
    upload(page, files / "second.csv")
    tour.look("verify columns that have changed", "**/verify/**")
    with page.expect_response(lambda response: response.status == 409):
        page.get_by_role("button", name="Confirm and load the data").click()
    tour.look("busy")
    page.goto(first)
    set_state(site, page, "processing_dataflow")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data is loaded")
    tour.look("copying to Data Workspace")
    set_state(site, page, "completed")
    await_outcome(page)
    tour.look("done")
    page.goto(dataset)
    upload_and_confirm(page, files / "second.csv")
    set_state(site, page, "failed", error_message=LONG_REASON)
    tour.look("failed", "**/failed/")
    page.goto(dataset)
    tour.look("dataset with versions")
    page.goto(first.replace("uploaded", "restore"))
    tour.look("restore")
    page.goto(f"{site.url}/upload/")
    tour.look("datasets")

    assert tour.found == {}


def test_answers_that_were_kept_over_the_login_put_up_no_barrier(
    chromium: Browser, own_site: Site, files: Path
) -> None:
    site = own_site
    without_javascript = chromium.new_context(java_script_enabled=False)
    page = without_javascript.new_page()
    create_dataset(page, site, "companies")
    upload(page, files / "first.csv")
    site.sql("DELETE FROM django_session")
    page.get_by_role("button", name="Confirm and load the data").click()
    expect(page.get_by_role("region", name="Important")).to_contain_text("You had been signed out")
    # axe-core is JavaScript itself.
    other = chromium.new_context(storage_state=without_javascript.storage_state()).new_page()
    tour = Tour(other)
    other.goto(page.url)
    expect(other.get_by_role("region", name="Important")).to_be_visible()
    tour.look("verify with answers that were kept")
    without_javascript.close()
    other.context.close()

    assert tour.found == {}


def test_pages_about_what_went_wrong_put_up_no_barrier(page: Page, own_site: Site, files: Path) -> None:
    site, tour = own_site, Tour(page)
    create_dataset(page, site, "companies")
    page.wait_for_url("**/upload/data/**")
    dataset = page.url
    folder = Path(site.storage_url.removeprefix("file://")) / "uploads" / "dbt"
    folder.mkdir(parents=True)
    (folder / "companies").write_text("a file where the folder should be")
    with page.expect_response(lambda response: response.status == 503):
        upload(page, files / "first.csv")
    tour.look("storage unavailable")
    page.goto(f"{site.url}/nowhere")
    tour.look("404")
    page.goto(f"{site.url}/upload/mail/")
    page.get_by_label("Yes").evaluate("(radio) => radio.checked = false")
    page.get_by_role("button", name="Save").click()
    tour.look_at_errors("mail with errors")
    page.goto(f"{site.url}/admin/")
    tour.look("403")
    page.goto(f"{site.url}/upload/create/")
    page.context.clear_cookies(name="csrftoken")
    with page.expect_response(lambda response: response.status == 403):
        page.get_by_role("button", name="Create dataset").click()
    tour.look("expired form")
    site.sql("ALTER TABLE pipeline RENAME TO gone")
    page.goto(dataset)
    tour.look("500")

    assert tour.found == {}


def test_the_administration_puts_up_no_barrier(page: Page, site: Site) -> None:
    tour = Tour(page)
    page.goto(f"{site.url}/admin/")
    choose_person(page, site, ADMINISTRATOR)
    tour.look("administration", "**/admin/")
    # The lists behind it are Django's own: the links of their filters are smaller than target-size (2.5.8) asks.

    assert tour.found == {}

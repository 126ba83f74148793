"""The upload pages in Chromium, with JavaScript and without, and what every page owes to those who cannot see it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from tests.conftest import REPOSITORY
from tests.parts.site import STRANGER, UPLOADER, Site, id_in

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
FIRST = "Company Name,Exports,Founded\n" + "".join(f"Company {i},{i},{i % 28 + 1:02d}/02/2003\n" for i in range(500))
SECOND = "company_name,exports,region\nAcme,12,North\n"
RAGGED = "a,b,c\n1,2,3\n1,2\n"
PHONE: ViewportSize = {"width": 375, "height": 700}
DESK: ViewportSize = {"width": 1200, "height": 800}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def with_javascript(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK))


@pytest.fixture
def without_javascript(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK, java_script_enabled=False))


def opened(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test if anything was blocked by the content security policy, or any script failed."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, content in {"first.csv": FIRST, "second.csv": SECOND, "ragged.csv": RAGGED}.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def choose_person(page: Page, site: Site, first_name: str) -> None:
    page.wait_for_url(f"{site.sso_url}/**")
    page.get_by_role("button", name=first_name).click()


def create_dataset(page: Page, site: Site, name: str) -> None:
    """From the start page through the login to the page of a new dataset."""
    page.goto(site.url)
    page.get_by_role("button", name="Start now").click()
    choose_person(page, site, UPLOADER.first_name)
    page.get_by_role("button", name="Create a dataset").click()
    page.get_by_label("Organisation").fill("DBT")
    page.get_by_label("Dataset", exact=True).fill(name)
    page.get_by_role("button", name="Create dataset").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dataset created")
    page.get_by_role("button", name="Upload a file").click()


def set_state(site: Site, page: Page, state: str, **values: str) -> None:
    """Do the assets half's part for the version whose page is shown."""
    site.sql(
        "UPDATE pipeline_data_file SET state = %s, error_message = %s, processed_at = clock_timestamp() WHERE id = %s",
        state, values.get("error_message"), id_in(page.url),
    )  # fmt: skip


def upload(page: Page, file: Path) -> None:
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload and check").click()


def upload_and_confirm(page: Page, file: Path) -> None:
    upload(page, file)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")
    page.get_by_role("button", name="Confirm and load the data").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")


def test_a_person_uploads_is_told_of_faults_replaces_and_restores(
    site: Site, with_javascript: Page, files: Path
) -> None:
    page = with_javascript
    create_dataset(page, site, "with_javascript")

    # The fault is shown without leaving the page, and has the focus.
    upload(page, files / "ragged.csv")
    expect(page.get_by_role("alert")).to_contain_text("Line 3 has 2 values, but the first line names 3 columns")
    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    assert page.title().startswith("Error: ")

    # Columns: names, values, inferred types; one that cannot be is refused, another is taken.
    upload(page, files / "first.csv")
    row = page.get_by_role("row").filter(has_text="company_name")
    expect(row).to_contain_text("“Company Name” in the file")
    expect(row).to_contain_text("Company 0")
    expect(page.get_by_label("Type of founded")).to_have_value("date")
    page.get_by_label("Type of company_name").select_option("Date")
    page.get_by_role("button", name="Confirm and load the data").click()
    page.get_by_role("link", name="Line 2 has “Company 0” in company_name, which is not a date").click()
    assert page.evaluate("document.activeElement.id") == "id_type-1"
    page.get_by_label("Type of company_name").select_option("Text")
    page.get_by_label("Type of exports").select_option("Decimal number")
    page.get_by_role("button", name="Confirm and load the data").click()

    # Progress goes on by itself.
    expect(page.get_by_role("status")).to_have_text("Waiting for its turn")
    set_state(site, page, "processing_dataflow")
    expect(page.get_by_role("status")).to_have_text("Copying the data to Data Workspace")
    set_state(site, page, "completed")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data are ready")
    expect(page.get_by_role("main")).to_contain_text('"dbt.with_javascript"."L0"')
    first = page.url

    # A second version with other columns, which fails and says why.
    page.get_by_role("link", name="Back to dbt.with_javascript").click()
    upload(page, files / "second.csv")
    expect(page.get_by_role("main")).to_contain_text("missing: founded")
    expect(page.get_by_role("main")).to_contain_text("new: region")
    page.get_by_role("button", name="Confirm and load the data").click()
    page.wait_for_url("**/uploaded/**")
    set_state(site, page, "failed", error_message="Line 2: “North” in region is not a date.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data could not be loaded")
    expect(page.get_by_role("main")).to_contain_text("Line 2: “North” in region is not a date.")

    # Once more, done; then the first is restored.
    page.get_by_role("button", name="Upload a corrected file").click()
    upload_and_confirm(page, files / "second.csv")
    set_state(site, page, "completed")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data are ready")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data are ready")
    page.get_by_role("link", name="Back to dbt.with_javascript").click()
    page.get_by_role("link", name="Restore the version").click()
    page.get_by_role("button", name="Restore this version").click()
    expect(page).to_have_url(first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")
    page.get_by_role("link", name="Log out").click()
    expect(page).to_have_url(f"{site.sso_url}/logout/")


def test_all_of_it_works_without_javascript(site: Site, without_javascript: Page, files: Path) -> None:
    page = without_javascript
    create_dataset(page, site, "without_javascript")
    upload(page, files / "ragged.csv")
    expect(page.get_by_role("alert")).to_contain_text("Line 3 has 2 values")
    upload(page, files / "first.csv")
    page.get_by_label("Type of exports").select_option("Decimal number")
    page.get_by_role("button", name="Confirm and load the data").click()
    expect(page.get_by_role("main")).to_contain_text("Waiting for its turn")
    set_state(site, page, "processing_dss")
    page.get_by_role("link", name="look again now").click()
    expect(page.get_by_role("main")).to_contain_text("Loading the rows")
    set_state(site, page, "completed")
    # The page loads itself again.
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data are ready", timeout=15_000)
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
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data are ready", timeout=15_000)


def test_the_documentation_is_read_through_its_contents_and_its_code_is_copied(
    site: Site, with_javascript: Page
) -> None:
    page = with_javascript
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site.url}/api/docs")
    page.get_by_role("navigation", name="Contents").get_by_role("link", name="Read your first table").click()
    expect(page).to_have_url(f"{site.url}/api/docs#first-table")
    expect(page.get_by_role("heading", name="Read your first table")).to_be_in_viewport()
    page.get_by_role("button", name="Copy read_table.py").click()
    expect(page.get_by_role("button", name="Copied read_table.py")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == (REPOSITORY / "dss_web/docs/examples/read_table.py").read_text()


def test_the_documentation_is_whole_without_javascript(site: Site, without_javascript: Page) -> None:
    page = without_javascript
    page.goto(f"{site.url}/api/docs")
    page.get_by_role("link", name="401 Unauthorized").first.click()
    expect(page.get_by_role("heading", name="401 Unauthorized")).to_be_in_viewport()
    assert page.get_by_role("button", name="Copy").count() == 0


# What is wrong with a page for those who use it with a keyboard or a screen reader, in words.
BARRIERS = """() => {
  const found = [];
  const visible = (element) => element.getClientRects().length > 0;
  if (document.documentElement.lang !== "en") found.push("no language");
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
  if (document.querySelectorAll("main").length !== 1) found.push("not one main");
  if (!document.title.endsWith(" Data Store Service")) found.push("title: " + document.title);
  if (document.documentElement.scrollWidth > window.innerWidth) found.push("wider than the screen");
  if (document.querySelector("[style], [onclick], script:not([src]), style")) found.push("inline script or style");
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  if (new Set(ids).size !== ids.length) found.push("an id twice");
  const headings = [...document.querySelectorAll("main h1, main h2, main h3")].map((element) => +element.tagName[1]);
  headings.forEach((level, i) => i && level > headings[i - 1] + 1 && found.push("a heading level left out"));
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, progress"))
    if (visible(field) && !field.labels?.length && !field.ariaLabel) found.push("no label: " + field.id);
  for (const named of document.querySelectorAll("[aria-describedby], [aria-labelledby], label[for]"))
    for (const attribute of ["aria-describedby", "aria-labelledby", "for"])
      for (const id of (named.getAttribute(attribute) || "").split(" ").filter(Boolean))
        if (!document.getElementById(id)) found.push(attribute + " of nothing: " + id);
  for (const link of document.querySelectorAll("a, button"))
    if (visible(link) && !(link.textContent.trim() || link.querySelector("title"))) found.push("a link without text");
  for (const link of document.querySelectorAll(".govuk-error-summary a"))
    if (!document.querySelector(link.getAttribute("href"))) found.push("an error that leads nowhere");
  for (const table of document.querySelectorAll("table"))
    if (!table.caption || !table.querySelector("th[scope=row]")) found.push("a table without caption or row headers");
  return found;
}"""


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_no_page_puts_up_a_barrier(chromium: Browser, site: Site, files: Path, viewport: ViewportSize) -> None:
    context = chromium.new_context(viewport=viewport)
    page = context.new_page()
    barriers: dict[str, list[str]] = {}

    def look(name: str) -> None:
        if found := page.evaluate(BARRIERS):
            barriers[name] = found

    page.goto(site.url)
    look("start")
    name = f"barriers_{viewport['width']}"
    create_dataset(page, site, name)
    dataset = page.url
    look("dataset without versions")
    page.get_by_role("button", name="Upload and check").click()
    look("dataset with an error")
    upload(page, files / "first.csv")
    page.wait_for_url("**/verify/**")
    look("verify")
    page.get_by_label("Type of company_name").select_option("Date")
    page.get_by_role("button", name="Confirm and load the data").click()
    look("verify with an error")
    page.get_by_label("Type of company_name").select_option("Text")
    page.get_by_role("button", name="Confirm and load the data").click()
    page.wait_for_url("**/uploaded/**")
    look("progress")
    version = page.url
    set_state(site, page, "failed", error_message="Line 2 is wrong. " * 10)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data could not be loaded")
    look("failed")
    set_state(site, page, "completed")
    page.goto(version)
    look("done")
    for path in ("/upload/", "/upload/create/", f"/upload/created/dbt-{name}/", "/nowhere", "/login/authorised"):
        page.goto(site.url + path)
        look(path)
    page.get_by_role("button", name="Log in again").click()
    page.goto(f"{site.url}/upload/create/")
    page.get_by_role("button", name="Create dataset").click()
    look("create with errors")
    page.goto(dataset)
    look("dataset")
    page.goto(version.replace("uploaded", "restore"))
    look("restore")
    page.goto(f"{site.url}/logout")
    page.goto(f"{site.url}/upload/")
    choose_person(page, site, STRANGER.first_name)
    look("no access")
    context.close()
    assert barriers == {}


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_documentation_is_found_from_the_start_page_and_puts_up_no_barrier(
    chromium: Browser, site: Site, viewport: ViewportSize
) -> None:
    context = chromium.new_context(viewport=viewport)
    page = context.new_page()
    page.goto(site.url)
    page.get_by_role("link", name="API documentation").click()
    page.wait_for_url("**/api/docs")
    expect(page.get_by_role("heading", level=1)).to_have_text("API documentation")
    found = page.evaluate(BARRIERS)
    context.close()
    assert found == []

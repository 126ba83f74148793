"""Chromium on our pages: what people do there, and whether axe-core finds a barrier."""

from collections.abc import Iterator
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from infra.local.sso.people import Person
from tests.parts.proxy import NAME
from tests.parts.site import UPLOADER, Site, id_in

# What WCAG 1.4.10 asks of pages: as narrow as that, nothing is read sideways.
PHONE: ViewportSize = {"width": 320, "height": 700}
DESK: ViewportSize = {"width": 1200, "height": 800}
# A name of the web app's machine that is none of the web app's names.
UNKNOWN_HOST = "elsewhere.example"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {UNKNOWN_HOST} 127.0.0.1, MAP {NAME} 127.0.0.1",
]

# Every rule of WCAG 2.2, levels A and AA, and what axe-core recommends besides. The rule for the size of targets has to
# be asked for by name. GOV.UK's design system puts back links before <main>, outside all landmarks (region).
RULES = ["best-practice", "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": RULES},
    "rules": {"target-size": {"enabled": True}, "region": {"enabled": False}},
    "resultTypes": ["violations"],
}
# Of its long report only what is wrong comes over to us.
LOOK_WITH_AXE = """(options) => axe.run(document, options).then(({violations}) =>
  violations.map(({id, help, nodes}) => ({id, help, nodes: nodes.map(({html}) => html)})))"""
# What WCAG asks for and axe-core has no rule for: reflow (1.4.10), and an error summary whose links lead to the fields.
UNCHECKED_BY_AXE = """() => [
  ...(document.documentElement.scrollWidth > window.innerWidth ? ["wider than the screen"] : []),
  ...[...document.querySelectorAll(".govuk-error-summary a[href^='#']")]
    .filter((link) => !document.querySelector(link.getAttribute("href")))
    .map((link) => "an error that leads nowhere: " + link.textContent),
]"""


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
    assert complaints == [], complaints


def barriers(page: Page) -> list[str]:
    """What is wrong with the page for people with disabilities, on a desk and on a phone: WCAG 2.2 AA."""
    found = []
    page.evaluate(AXE_SCRIPT)
    for viewport in (PHONE, DESK):
        page.set_viewport_size(viewport)
        violations = page.evaluate(LOOK_WITH_AXE, AXE_OPTIONS)
        where = f"at {viewport['width']} pixels"
        found += [
            f"{violation['id']} {where}: {violation['help']}: {html}"
            for violation in violations
            for html in violation["nodes"]
        ]
        found += [f"{barrier} {where}" for barrier in page.evaluate(UNCHECKED_BY_AXE)]
    return found


def choose_person(page: Page, site: Site, person: Person) -> None:
    """Log in as this person, on the page of the login server to which the browser is being sent."""
    page.wait_for_url(f"{site.sso_url}/**")
    page.get_by_role("button", name=person.first_name).click()


def create_dataset(page: Page, site: Site, name: str) -> None:
    """From the front page through the login to the page of a new dataset."""
    page.goto(site.url)
    page.get_by_role("button", name="Sign in").click()
    choose_person(page, site, UPLOADER)
    page.get_by_role("link", name="Upload data").click()
    page.get_by_role("button", name="Create a dataset").click()
    page.get_by_label("Organisation").fill("DBT")
    page.get_by_label("Dataset", exact=True).fill(name)
    page.get_by_role("button", name="Create dataset").click()
    set_up(page)


def set_up(page: Page) -> None:
    """From the tasks of a new dataset to its page, by the one question that comes before its first file."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your dataset")
    page.get_by_role("link", name="Personal data").click()
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Upload the first file").click()


def set_state(site: Site, page: Page, state: str, **values: str) -> None:
    """Do the assets half's part for the version whose page is shown."""
    site.sql(
        "UPDATE pipeline_data_file SET state = %s, error_message = %s, loaded_at = CASE WHEN %s THEN clock_timestamp()"
        " ELSE loaded_at END, processed_at = clock_timestamp() WHERE id = %s",
        state,
        values.get("error_message"),
        state in {"processing_dataflow", "completed"},
        id_in(page.url),
    )


def await_outcome(page: Page) -> None:
    """Wait until a progress page has given way to the page of what has become of the version.

    It does so by itself, which has a visit to another address that begins at the same moment end at either of them.
    """
    # The foot tells a page that has come whole from one that has only begun to.
    expect(page.locator("body:not(:has([data-progress])) footer")).to_be_visible()


def upload(page: Page, file: Path) -> None:
    """Send a file from a dataset's page."""
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload and check").click()


def accept_changes(page: Page) -> None:
    """Agree to what the version changes for others, where the page of the check asks for that."""
    for box in page.locator("#id_accept-changes").all():
        box.check()


def upload_and_confirm(page: Page, file: Path) -> None:
    """Send a file and confirm its columns as they were read."""
    upload(page, file)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")
    accept_changes(page)
    page.get_by_role("button", name="Confirm and load the data").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")

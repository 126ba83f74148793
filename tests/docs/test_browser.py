"""The documentation in Chromium: read, searched, copied from, and a request signed in it."""

import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import REPOSITORY, add_hawk_client
from tests.docs.page import addresses
from tests.parts.browser import DESK, PHONE, choose_person, opened
from tests.parts.site import READER, Site
from tests.parts.tour import Tour

ID, KEY = "in.a.browser", "the key that stays in the browser: ü'+/=#"
# About eight screens of a desk: what is longer, nobody looks through.
LONGEST_PIXELS = 6500


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK))


@pytest.fixture
def without_javascript(chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK, java_script_enabled=False))


def test_it_is_found_from_the_start_page_and_read_through_its_contents(site: Site, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(site.url)
    page.get_by_role("link", name="API documentation").click()
    page.wait_for_url("**/api/docs")
    contents = page.get_by_role("navigation", name="Contents")
    contents.get_by_role("link", name="Read your first table").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Read your first table")
    expect(contents.get_by_role("link", name="Read your first table").first).to_have_attribute("aria-current", "page")
    page.get_by_role("button", name="Copy read_table.py").click()
    expect(page.get_by_role("button", name="Copied read_table.py")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == (REPOSITORY / "dss_web/docs/examples/read_table.py").read_text()
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Use a client or a library")


def test_a_link_into_the_former_page_leads_to_the_same_place(site: Site, page: Page, without_javascript: Page) -> None:
    page.goto(f"{site.url}/api/docs#get_table_data")
    page.wait_for_url(f"{site.url}/api/docs/reference/tables#get_table_data")
    expect(page.locator("#get_table_data")).to_be_in_viewport()
    without_javascript.goto(f"{site.url}/api/docs#a-worked-example")
    link = without_javascript.locator("#a-worked-example").get_by_role("link")
    expect(link).to_be_in_viewport()
    link.click()
    expect(without_javascript.get_by_role("heading", name="A worked example")).to_be_in_viewport()


def test_it_is_whole_without_javascript(site: Site, without_javascript: Page) -> None:
    page = without_javascript
    page.goto(f"{site.url}/api/docs")
    page.get_by_label("Search the documentation").fill("nonce used")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for “nonce used”")
    page.get_by_role("link", name="When a request is refused").click()
    expect(page.locator("#refused")).to_be_in_viewport()
    page.goto(f"{site.url}/api/docs/reference/tables")
    page.get_by_role("link", name="401 Unauthorized").first.click()
    expect(page.get_by_role("heading", name="401 Unauthorized")).to_be_in_viewport()
    assert page.get_by_role("button", name="Copy").count() == 0
    page.goto(f"{site.url}/api/docs/sign")
    expect(page.get_by_role("main")).to_contain_text("This page needs JavaScript")
    expect(page.get_by_label("Key")).to_be_hidden()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/table-structure/signed%20here/t?b=%2B+1&a='{2}'", ""),
        ("PUT", "/api/v1/uploads/signed.here/0f8a6c1e-5b7d-4f0e-9a2b-3c4d5e6f7a8b/parts/0", "é's"),
    ],
)
def test_a_request_is_signed_without_the_key_leaving_the_browser(
    site: Site, page: Page, method: str, path: str, body: str
) -> None:
    add_hawk_client(site.database_url, ID, KEY, ["*", "upload:signed.here"])
    site.sql('CREATE SCHEMA IF NOT EXISTS "signed here"')
    site.sql('CREATE TABLE IF NOT EXISTS "signed here".t (id int PRIMARY KEY)')
    page.goto(f"{site.url}/api/docs/sign?method={method}&url={quote(site.url + path, safe='')}")
    requested: list[str] = []
    page.on("request", lambda request: requested.append(f"{request.method} {request.url}"))
    icon = page.locator("link[rel=icon]").get_attribute("href")

    page.get_by_label("Id", exact=True).fill(ID)
    page.get_by_label("Key").fill(KEY)
    if body:
        page.get_by_text("The request has a body").click()
        page.get_by_label("Content-Type").fill("application/octet-stream")
        page.get_by_label("Body").fill(body)
    page.get_by_label("URL").press("Enter")
    expect(page.locator("#signed")).to_be_focused()
    header = page.locator("#header").inner_text()
    curl = page.locator("#curl").inner_text()

    assert header.startswith(f'Hawk id="{ID}", ts="')
    assert "--globoff --path-as-is" in curl
    assert header in curl
    headers = {"Authorization": header} | ({"Content-Type": "application/octet-stream"} if body else {})
    answer = send(site, method, path, headers, body)
    # There is no such upload, which only a client is told whose signature, with its hash, is right.
    assert answer.status == (404 if body else 200), answer.read()
    assert answer.getheader("Server-Authorization")
    # A browser may take its time to ask for the icon.
    assert set(requested) <= {f"GET {site.url}{icon}"}, "the page asks for nothing while it has the key"
    assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
    page.reload()
    expect(page.get_by_label("Key")).to_have_value("")


def send(site: Site, method: str, path: str, headers: dict[str, str], body: str) -> HTTPResponse:
    """The answer to a request whose path goes over the wire as it was signed."""
    connection = HTTPConnection(urlsplit(site.url).netloc, timeout=30)
    connection.request(method, path, body.encode() or None, headers)
    return connection.getresponse()


def test_the_curl_command_works(site: Site, page: Page) -> None:
    add_hawk_client(site.database_url, ID, KEY, ["*"])
    page.goto(f"{site.url}/api/docs/sign")
    page.get_by_label("Id", exact=True).fill(ID)
    page.get_by_label("Key").fill(KEY)
    page.get_by_label("URL").fill(f"{site.url}/api/v1/get-postcode-data/?postcode=it's")
    page.get_by_role("button", name="Sign the request").click()
    expect(page.locator("#signed")).to_be_visible()

    command = page.locator("#curl").inner_text()
    status = subprocess.run(
        ["/bin/sh", "-c", f"{command} --silent --output /dev/null --write-out '%{{http_code}}'"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert status in {"200", "404"}, "404 where no postcodes are loaded: the signature is right"


def test_what_cannot_be_signed_is_explained_at_its_field(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/api/docs/sign")
    page.get_by_role("button", name="Sign the request").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter your id")
    page.get_by_role("link", name="Enter your id").click()
    page.keyboard.type(ID)
    page.get_by_label("Key").fill(KEY)
    page.get_by_label("URL").fill("https://dss.example/a b")
    page.get_by_role("button", name="Sign the request").click()
    expect(page.get_by_role("alert")).to_contain_text("must be percent-encoded")


def test_no_page_is_so_long_that_nobody_finds_anything_on_it(site: Site, page: Page) -> None:
    lengths = {}
    for address in ("/api/docs", *addresses(site.url)):
        page.goto(site.url + address)
        lengths[address] = page.evaluate("document.documentElement.scrollHeight")
    assert {address: length for address, length in lengths.items() if length > LONGEST_PIXELS} == {}


def test_its_pages_put_up_no_barrier(site: Site, page: Page) -> None:
    tour = Tour(page)
    page.goto(f"{site.url}/api/docs")
    tour.look("API documentation")
    page.goto(f"{site.url}/api/docs/guide/get-a-key")
    tour.look("API: get a key")
    page.goto(f"{site.url}/api/docs/guide/sign")
    tour.look("API: sign requests")
    page.goto(f"{site.url}/api/docs/reference/tables")
    tour.look("API: table routes")
    page.goto(f"{site.url}/api/docs/reference/uploads")
    tour.look("API: upload routes")
    page.goto(f"{site.url}/api/docs/reference/responses")
    tour.look("API: responses")
    page.goto(f"{site.url}/api/docs/reference/errors")
    tour.look("API: errors")
    page.goto(f"{site.url}/api/docs/search?q=page-size")
    tour.look("API: search")
    page.goto(f"{site.url}/api/docs/search?q=zeppelin")
    tour.look("API: search without results")
    page.goto(f"{site.url}/api/docs/sign")
    tour.look("API: sign a request")
    page.set_viewport_size(PHONE)
    page.get_by_label("Id", exact=True).fill(ID)
    page.get_by_label("Key").fill(KEY)
    page.get_by_role("button", name="Sign the request").click()
    expect(page.locator("#signed")).to_be_visible()
    tour.look("API: a signed request")
    page.goto(f"{site.url}/api/docs/changelog")
    tour.look("API: changes")
    page.goto(f"{site.url}/api/docs/tables")
    tour.look("API: tables for people who are not logged in")
    page.get_by_role("link", name="Log in to see the tables").click()
    choose_person(page, site, READER)
    tour.look("API: tables", "**/api/docs/tables")

    assert tour.found == {}

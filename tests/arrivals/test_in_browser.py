"""An upload in Chromium: what breaks off goes on where it was, and the person sees how far it is and can cancel it."""

import hashlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from infra.local.postgres import Postgres
from tests.parts.arriving import MEBIBYTE, table
from tests.parts.browser import DESK, choose_person, opened, set_up, upload
from tests.parts.proxied_site import running_proxied_site
from tests.parts.service import Service, start_again
from tests.parts.site import UPLOADER, Site, id_in
from tests.parts.tour import Tour
from tests.parts.waiting import PATIENCE_SECONDS

UPLOAD, CANCEL = "Upload and check", "Cancel the upload"
# So that six parts take four seconds, in which something can happen.
BYTES_A_SECOND = 1_500_000
PARTS = 6
PUT = re.compile(r"/parts/(\d+)/$")


@pytest.fixture(scope="module")
def app_and_site(
    postgres_server: Postgres, migrated_template: str, static_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Site]]:
    folder = tmp_path_factory.mktemp("sending")
    with running_proxied_site(
        postgres_server, migrated_template, "sending", static_folder, folder, DSS_UPLOAD_PART_MEGABYTES="1"
    ) as (app, _, site):
        yield app, site


@pytest.fixture
def site(app_and_site: tuple[Service, Site]) -> Site:
    return app_and_site[1]


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    """The page of a new dataset, of a person whose line is slow."""
    for page in opened(chromium.new_context(viewport=DESK, ignore_https_errors=True)):
        page.goto(f"{site.url}/upload/create/")
        choose_person(page, site, UPLOADER)
        page.get_by_label("Organisation").fill("dbt")
        page.get_by_label("Dataset", exact=True).fill(f"sent_{site.sql('SELECT count(*) FROM pipeline')[0][0]}")
        page.get_by_role("button", name="Create dataset").click()
        set_up(page)
        slow(page)
        yield page


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of six parts."""
    path = tmp_path / "sent.csv"
    path.write_bytes(table(PARTS - 0.5))
    return path


def slow(page: Page) -> None:
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": BYTES_A_SECOND}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", conditions)


def sent_parts(page: Page) -> list[int]:
    """The parts that the page sends from now on, as they are sent."""
    numbers: list[int] = []

    def note(url: str) -> None:
        if found := PUT.search(url):
            numbers.append(int(found[1]))

    page.on("request", lambda request: note(request.url))
    return numbers


def wait_for_parts(site: Site, page: Page, count: int) -> None:
    """Until so many parts of the file have arrived."""
    dataset = page.url.rstrip("/").rpartition("/")[2]
    query = (
        "SELECT count(*) FROM operations.arrived_part AS part JOIN operations.arrival ON arrival.id = arrival_id"
        " JOIN pipeline ON pipeline.id = pipeline_id WHERE slug = %s"
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while site.sql(query, dataset)[0][0] < count:
        assert time.monotonic() < deadline, "the parts do not come"
        # Playwright's own pause: the page's requests go through this process.
        page.wait_for_timeout(50)


def expect_check(site: Site, page: Page, file: Path) -> None:
    """The page of the check of the whole file, which the storage has as it was sent."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert site.sql("SELECT digest FROM pipeline_data_file WHERE id = %s", id_in(page.url)) == [(digest,)]


def test_it_is_shown_how_far_the_upload_is(site: Site, page: Page, file: Path) -> None:
    upload(page, file)

    bar = page.get_by_label("Uploading sent.csv")
    expect(bar).to_be_visible()
    wait_for_parts(site, page, 2)
    assert float(bar.evaluate("bar => bar.value")) >= 2 * MEBIBYTE
    expect(page.locator("#upload-detail")).to_contain_text(re.compile(r"[2-5](\.\d)? of 5\.5 MB"))
    expect(page.locator("#upload-detail")).to_contain_text("Less than a minute left")
    expect(page.locator("[data-announce]")).not_to_be_empty()
    expect(page.get_by_role("button", name=UPLOAD)).to_be_disabled()
    expect_check(site, page, file)


def test_an_upload_in_progress_has_no_barrier(page: Page, file: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    large.write_bytes(table(80))
    upload(page, large)
    expect(page.get_by_label("Uploading large.csv")).to_be_visible()
    expect(page.locator("#upload-detail")).to_contain_text("left")
    tour = Tour(page)

    tour.look("upload in progress")

    assert tour.found == {}
    page.get_by_role("button", name=CANCEL).click()


def test_it_goes_on_when_the_network_is_back(site: Site, page: Page, file: Path) -> None:
    sent = sent_parts(page)
    upload(page, file)
    wait_for_parts(site, page, 2)

    page.context.set_offline(True)

    expect(page.locator("#upload-detail")).to_contain_text("You have no internet connection")
    page.context.set_offline(False)
    expect_check(site, page, file)
    assert sorted(set(sent)) == list(range(PARTS))
    assert len(sent) <= PARTS + 2, "only what broke off is sent again"


def test_it_goes_on_when_the_service_has_started_again(
    app_and_site: tuple[Service, Site], page: Page, file: Path
) -> None:
    app, site = app_and_site
    sent = sent_parts(page)
    upload(page, file)
    wait_for_parts(site, page, 2)

    app.process.stop()
    try:
        expect(page.locator("#upload-detail")).to_contain_text("The connection broke")
    finally:
        start_again(app)

    expect_check(site, page, file)
    assert sent.count(0) == 1, "what has arrived is not sent again"


def test_the_same_file_chosen_again_after_a_reload_goes_on(site: Site, page: Page, file: Path) -> None:
    upload(page, file)
    wait_for_parts(site, page, 3)
    page.reload()
    sent = sent_parts(page)

    upload(page, file)

    expect_check(site, page, file)
    assert 0 not in sent
    assert sent[-1] == PARTS - 1


def test_another_file_of_that_name_and_size_is_not_mixed_with_it(site: Site, page: Page, file: Path) -> None:
    upload(page, file)
    wait_for_parts(site, page, 3)
    page.reload()
    content = file.read_bytes()
    file.write_bytes(content[:100].replace(b"name", b"word") + content[100:])

    upload(page, file)

    expect_check(site, page, file)


def test_a_cancelled_upload_leaves_a_form_that_works(site: Site, page: Page, file: Path) -> None:
    upload(page, file)
    wait_for_parts(site, page, 2)

    page.get_by_role("button", name=CANCEL).click()

    expect(page.locator("[data-status]")).to_have_text("The upload is cancelled.")
    button = page.get_by_role("button", name=UPLOAD)
    expect(button).to_be_enabled()
    expect(button).to_be_focused()
    name = page.url.rstrip("/").rpartition("-")[2]
    for _ in range(50):
        if not site.sql(
            "SELECT FROM operations.arrival JOIN pipeline ON pipeline.id = pipeline_id WHERE dataset = %s", name
        ):
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError("the parts stay")
    button.click()
    expect_check(site, page, file)


def test_two_tabs_with_one_file_make_one_version(site: Site, page: Page, file: Path) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    slug = page.url.rstrip("/").rpartition("/")[2]
    upload(page, file)
    upload(other, file)

    expect_check(site, page, file)
    expect_check(site, other, file)
    assert page.url == other.url
    assert site.sql(
        "SELECT count(*) FROM pipeline_data_file JOIN pipeline ON pipeline.id = pipeline_id WHERE slug = %s", slug
    ) == [(1,)]


def test_a_part_damaged_on_the_way_is_sent_again(site: Site, page: Page, file: Path) -> None:
    damaged: list[int] = []

    def damage(route: Route) -> None:
        body = route.request.post_data_buffer
        if damaged or body is None:
            return route.continue_()
        damaged.append(len(body))
        return route.continue_(post_data=b"x" + body[1:])

    page.route("**/parts/1/", damage)
    upload(page, file)

    expect_check(site, page, file)
    assert damaged == [MEBIBYTE]


def test_a_line_that_dies_without_a_word_is_given_up(site: Site, page: Page, file: Path) -> None:
    swallowed: list[str] = []

    def swallow(route: Route) -> None:
        if swallowed:
            route.continue_()
        swallowed.append(route.request.url)

    page.clock.install()
    page.route("**/parts/2/", swallow)
    upload(page, file)
    wait_for_parts(site, page, 2)
    page.wait_for_timeout(1_000)

    page.clock.fast_forward(61_000)

    expect_check(site, page, file)
    assert len(swallowed) == 2


def test_a_browser_without_digests_sends_the_whole_file(site: Site, page: Page, file: Path) -> None:
    page.add_init_script("Object.defineProperty(window.crypto, 'subtle', { value: undefined })")
    page.reload()
    sent = sent_parts(page)

    upload(page, file)

    expect(page.get_by_label("Uploading sent.csv")).to_be_visible()
    expect_check(site, page, file)
    assert sent == []


def test_a_session_that_ends_in_the_middle_costs_nothing(site: Site, page: Page, file: Path) -> None:
    keys = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "__Host-session"]

    def end_session(route: Route) -> None:
        site.sql("DELETE FROM django_session WHERE session_key = ANY (%s)", keys)
        route.continue_()

    page.route("**/parts/2/", end_session, times=1)
    upload(page, file)
    expect(page.get_by_role("alert")).to_contain_text("You have been signed out. Your file is still chosen")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Sign in again (opens in new tab)").click()
    expect(popup.value.get_by_role("heading", level=1)).to_have_text("You are signed in")
    popup.value.close()
    sent = sent_parts(page)

    page.get_by_role("button", name=UPLOAD).click()

    expect_check(site, page, file)
    assert 0 not in sent


def test_a_file_that_changes_under_way_is_told(page: Page, file: Path, site: Site) -> None:
    upload(page, file)
    wait_for_parts(site, page, 2)

    file.write_bytes(table(PARTS))

    expect(page.get_by_role("alert")).to_contain_text("The file was changed, moved or deleted after you chose it")
    expect(page.get_by_role("button", name=UPLOAD)).to_be_enabled()

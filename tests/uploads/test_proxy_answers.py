"""Whatever a proxy answers to a form, the person reads what happened and what to do, and can send it again."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from infra.local.postgres import Postgres
from tests.parts.browser import DESK, choose_person, opened, set_up, upload
from tests.parts.proxied_site import running_proxied_site
from tests.parts.proxy import Proxy, running_nginx
from tests.parts.service import Service, start_again
from tests.parts.site import UPLOADER, Site

LOCATION = "    location /upload/ {"
# What is between the browser and the service answers the form for a new dataset itself.
ANSWERED = """    location = /upload/create/ {{
        if ($request_method = POST) {{ {} }}
        proxy_pass http://data_store_service;
    }}
"""
UPLOAD, CREATE, CONFIRM = "Upload and check", "Create dataset", "Confirm and load the data"


@pytest.fixture(scope="module")
def app_and_proxy(
    postgres_server: Postgres, migrated_template: str, static_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Proxy, Site]]:
    # The person does not wait two minutes for the answer, and neither does the test.
    patience = ("proxy_read_timeout 120s", "proxy_read_timeout 2s")
    folder = tmp_path_factory.mktemp("answers")
    with running_proxied_site(
        postgres_server, migrated_template, "answers", static_folder, folder, patience
    ) as app_proxy_and_site:
        yield app_proxy_and_site


@pytest.fixture
def page(chromium: Browser, app_and_proxy: tuple[Service, Proxy, Site]) -> Iterator[Page]:
    """A page of a person who is logged in. Cookies know no ports: they are so at any proxy of this name."""
    _, _, site = app_and_proxy
    for page in opened(chromium.new_context(viewport=DESK, ignore_https_errors=True)):
        page.goto(f"{site.url}/upload/")
        choose_person(page, site, UPLOADER)
        page.wait_for_url(f"{site.url}/**")
        yield page


def create_dataset(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/upload/create/")
    page.get_by_label("Organisation").fill("dbt")
    page.get_by_label("Dataset", exact=True).fill(name)
    page.get_by_role("button", name=CREATE).click()


@pytest.mark.parametrize(
    ("answer", "told", "advice"),
    [
        ("return 413;", "too large for the network", "divide the file"),
        ("return 502;", "The service cannot be reached at the moment. Nothing has changed", "Wait a minute"),
        ('return 503 \'{"error": "x"}\';', "The service cannot be reached at the moment", f"select “{CREATE}” again"),
        ("return 504;", "may have happened all the same", "Reload this page to see"),
        ("return 200 '<h1>Welcome to the hotel</h1>';", "not one of this service (status 200)", "Wait a minute"),
        ("return 444;", "The connection broke", "Check your internet connection"),
    ],
    ids=["413", "502", "503 in JSON", "504", "the page of a hotel", "no answer"],
)
def test_each_answer_of_a_proxy_is_told_with_what_to_do(
    app_and_proxy: tuple[Service, Proxy, Site], page: Page, tmp_path: Path, answer: str, told: str, advice: str
) -> None:
    app, _, site = app_and_proxy
    replaced = (LOCATION, ANSWERED.format(answer) + LOCATION)
    with running_nginx(tmp_path / "nginx", app.url, replacing=replaced) as proxy:
        create_dataset(page, proxy.url, "told")
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text(told)
        expect(alert).to_contain_text(advice)
        expect(page).to_have_title(re.compile("^Error: "))
        expect(page.get_by_label("Dataset", exact=True)).to_have_value("told")
        expect(page.get_by_role("button", name=CREATE)).to_be_enabled()
    assert site.sql("SELECT FROM pipeline WHERE dataset = 'told'") == []


def test_a_file_too_large_for_the_proxy_is_told_and_can_be_replaced(
    app_and_proxy: tuple[Service, Proxy, Site], page: Page, files: Path, tmp_path: Path
) -> None:
    app, _, site = app_and_proxy
    large = files / "large.csv"
    large.write_text("a,b\n" + "1,2\n" * 1_000_000)
    create_dataset(page, site.url, "too_large")
    set_up(page)
    with running_nginx(tmp_path / "nginx", app.url, replacing=("_size 600m", "_size 1m")) as proxy:
        page.goto(f"{proxy.url}/upload/data/dbt-too_large/")
        upload(page, large)
        expect(page.get_by_role("alert")).to_contain_text("too large for the network between you and the service")
        upload(page, files / "first.csv")
        expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")


def test_a_file_is_sent_again_once_the_service_is_back(
    app_and_proxy: tuple[Service, Proxy, Site], page: Page, files: Path
) -> None:
    app, _, site = app_and_proxy
    create_dataset(page, site.url, "was_away")
    set_up(page)
    page.locator("input[type=file]").set_input_files(files / "first.csv")
    app.process.stop()
    try:
        page.get_by_role("button", name=UPLOAD).click()
        alert = page.get_by_role("alert")
        # It tries again by itself for half a minute.
        expect(alert).to_contain_text(
            "The service cannot be reached at the moment. Nothing has changed.", timeout=60_000
        )
        expect(alert).to_contain_text(f"select “{UPLOAD}” again: your file is still chosen")
    finally:
        start_again(app)
    page.get_by_role("button", name=UPLOAD).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_answer_that_takes_too_long_leads_to_what_has_happened(
    app_and_proxy: tuple[Service, Proxy, Site], page: Page, files: Path
) -> None:
    _, _, site = app_and_proxy
    create_dataset(page, site.url, "slow")
    set_up(page)
    upload(page, files / "first.csv")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")
    with psycopg.connect(site.database_url) as holder:
        holder.execute("SELECT FROM pipeline WHERE dataset = 'slow' FOR UPDATE")
        page.get_by_role("button", name=CONFIRM).click()
        expect(page.get_by_role("alert")).to_contain_text("Reload this page to see.")
        expect(page.get_by_role("button", name=CONFIRM)).to_be_enabled()
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")


def test_a_progress_page_says_that_the_service_is_away_and_goes_on(
    app_and_proxy: tuple[Service, Proxy, Site], page: Page, files: Path
) -> None:
    app, _, site = app_and_proxy
    create_dataset(page, site.url, "followed")
    set_up(page)
    upload(page, files / "first.csv")
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")
    app.process.stop()
    try:
        problem = page.locator("[data-progress-problem]")
        expect(problem).to_contain_text("The service cannot be reached at the moment")
    finally:
        start_again(app)
    expect(problem).to_have_text("")
    expect(page.locator("[data-progress-info]")).to_have_text("Waiting for its turn")


def test_a_check_that_takes_longer_than_a_proxy_waits_is_followed_and_cancelled(
    app_and_proxy: tuple[Service, Proxy, Site], page: Page, tmp_path: Path
) -> None:
    _, _, site = app_and_proxy
    # Few bytes that take half a minute to check.
    (tmp_path / "long.csv.gz").write_bytes(gzip.compress(b"name,amount\n" + b"1,2\n" * 30_000_000, 1))
    create_dataset(page, site.url, "takes_long")
    set_up(page)
    upload(page, tmp_path / "long.csv.gz")
    expect(page.get_by_role("heading", level=1)).to_have_text("Checking your file")
    page.wait_for_timeout(3000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Checking your file")
    page.get_by_role("button", name="Cancel this version").click()
    page.get_by_role("button", name="Cancel this version").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This version was cancelled")

"""In Chromium: from the front page to a file that is checked in four clicks, and no page of a dataset is a barrier."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet
import pytest
from playwright.sync_api import Browser, Page

from dss_web.catalogue import preview
from tests.catalogue.conftest import Publishing
from tests.parts.browser import DESK, choose_person, opened
from tests.parts.published import Published
from tests.parts.site import READER, UPLOADER, Site
from tests.parts.tour import Tour

FIRST = "name,amount,a_column_with_a_very_long_name_that_nobody_would_want_to_type\nPens,1,x\nInk,2,y\n"
SECOND = "name,amount,region\nPens,1.5,North\nPaper,3,South\n"


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    """A page of a reader, at the front page."""
    for page in opened(chromium.new_context(viewport=DESK, accept_downloads=True)):
        page.goto(f"{site.url}/login")
        choose_person(page, site, READER)
        page.wait_for_url(f"{site.url}/")
        yield page


def test_four_clicks_lead_from_the_front_page_to_a_parquet_file_that_is_checked(
    publishing: Publishing, page: Page, tmp_path: Path
) -> None:
    dataset = publishing(2500)
    page.reload()
    href = dataset.path

    page.locator(f"main a[href='{href}']").first.click()
    page.get_by_role("link", name="Download", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Parquet").click()
    download.value.save_as(tmp_path / download.value.suggested_filename)
    page.get_by_role("link", name="Show my downloads").click()

    (file,) = tmp_path.iterdir()
    assert file.name.startswith(f"{dataset.key}.L1.version-")
    assert page.locator("[data-sha256]").first.text_content() == hashlib.sha256(file.read_bytes()).hexdigest()
    assert pyarrow.parquet.read_table(file).num_rows == dataset.rows


def test_the_pages_of_a_published_dataset_put_up_no_barrier(publishing: Publishing, page: Page) -> None:
    dataset = publishing(preview.WINDOW + 10)
    site = dataset.site
    tour = Tour(page)

    def visit(path: str, dataset: Published = dataset) -> None:
        page.goto(f"{site.url}{dataset.path}{path}")

    site.sql(
        "INSERT INTO operations.dataflow_run (schema_name, table_name, state, requested_at, finished_at)"
        " VALUES (%s, 'L1', 'success', now(), now())",
        dataset.key,
    )
    visit("")
    tour.look("about a dataset")
    visit("rows/?filter=company.eq=nobody&sort=")
    tour.look("rows of which a part was looked at")
    visit("rows/?filter=amount.lte=many")
    tour.look_at_errors("rows with a filter that is wrong")
    visit("versions/")
    tour.look("what was loaded into a dataset")
    visit("files/")
    tour.look("files of a dataset")
    visit("use/")
    tour.look("how to use a dataset")
    with page.expect_download():
        page.evaluate(f"location.href = '{dataset.path}download/file/?format=csv'")
    visit("download/?filter=postcode.eq=LS1 3")
    tour.look("download of a dataset")
    visit("download/receipts/")
    tour.look("downloads of a person")

    dataset.execute('DROP TABLE {schema}."L0" CASCADE')
    visit("rows/")
    tour.look("rows of a dataset without a table")

    assert tour.found == {}


def test_the_pages_of_an_uploaded_dataset_put_up_no_barrier(site: Site, page: Page) -> None:
    owner = site.login(UPLOADER)
    upload = owner.create_dataset()
    for content in (FIRST, SECOND):
        owner.load(upload, content)
    site.sql("UPDATE pipeline SET may_hold_personal_data = true WHERE slug = %s", upload.split("/")[3])
    address = f"{site.url}/datasets/dbt/{upload.split('/')[3].removeprefix('dbt-')}/"
    tour = Tour(page)

    page.goto(address)
    tour.look("about an uploaded dataset")
    page.goto(f"{address}versions/")
    tour.look("versions of an uploaded dataset")

    assert tour.found == {}

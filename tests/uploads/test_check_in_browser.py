"""The check of an upload in Chromium: each of its states without a barrier, by keyboard and without JavaScript."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.parts.browser import DESK, await_outcome, create_dataset, opened, set_state, upload, upload_and_confirm
from tests.parts.site import Site
from tests.parts.tour import Tour
from tests.workbooks import xlsx

CONFIRM = "Confirm and load the data"
READ_AGAIN = "Read it again like this"
MESSY = (
    "Sales of 2024\n\nTown Name;Sold;When;Paid;Open\nHull;12;03/04/2024;£1,200.50;yes\nLeeds;-;05/06/2024;£30.00;no\n"
    "York;n/k;07/08/2024;£12.10;yes\n\nSource: the shop\n"
)


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK, java_script_enabled=request.param))


@pytest.fixture
def seen(chromium: Browser) -> Iterator[Page]:
    """A page that is looked at by axe-core, which is JavaScript itself."""
    yield from opened(chromium.new_context(viewport=DESK))


def test_a_messy_file_is_put_right_and_loaded(site: Site, page: Page, tmp_path: Path) -> None:
    (tmp_path / "messy.csv").write_text(MESSY, encoding="utf-8")
    name = f"messy_{uuid.uuid4().hex[:6]}"
    create_dataset(page, site, name)
    upload(page, tmp_path / "messy.csv")

    # How it is read is changed, and the preview follows.
    page.get_by_text("Change how the file is read").click()
    page.get_by_label("Last line of the data").fill("5")
    page.get_by_role("button", name=READ_AGAIN).click()
    expect(page.get_by_role("region", name="The first rows as they will be loaded")).not_to_contain_text("York")
    page.get_by_role("button", name="Go back to what was detected").click()
    preview = page.get_by_role("region", name="The first rows as they will be loaded")
    expect(preview).to_contain_text("York")

    # A bad value keeps the file from being loaded, and is listed.
    page.get_by_label("Type of sold").select_option("Whole number")
    page.get_by_label("“-” is an empty value").check()
    page.get_by_label("Name of column 1", exact=True).fill("town")
    page.get_by_label("Leave out column 5").check()
    page.get_by_label("“03/04/2024” becomes “2024-03-04”").check()
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("alert")).to_contain_text("Line 6 has “n/k” in sold, which is not a whole number.")
    expect(page.get_by_label("Name of column 1", exact=True)).to_have_value("town")
    expect(page.get_by_role("table", name="All of them")).to_contain_text("n/k")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download it as CSV").click()
    assert "York" in Path(download.value.path()).read_text(encoding="utf-8-sig")

    page.get_by_label("Type of sold").select_option("Text")
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")
    assert site.sql(
        "SELECT column_names, column_types FROM pipeline_data_file AS file JOIN pipeline ON pipeline.id = pipeline_id"
        " WHERE dataset = %s",
        name,
    ) == [(["town", "sold", "when", "paid"], ["text", "text", "date", "text"])]


def test_a_question_is_answered_before_anything_is_loaded(site: Site, page: Page, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("1,2.5\n2,3.5\n3,4.5\n")
    create_dataset(page, site, f"asked_{uuid.uuid4().hex[:6]}")
    upload(page, tmp_path / "rows.csv")
    page.get_by_role("button", name=CONFIRM).click()
    page.get_by_role("link", name="Answer the question").click()
    page.get_by_label("No, the first line is a row").check()
    page.get_by_role("button", name=READ_AGAIN, exact=True).click()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")


def test_a_breaking_change_needs_a_tick(site: Site, page: Page, files: Path) -> None:
    create_dataset(page, site, f"breaking_{uuid.uuid4().hex[:6]}")
    page.wait_for_url("**/upload/data/**")
    dataset = page.url
    upload_and_confirm(page, files / "first.csv")
    set_state(site, page, "completed")
    await_outcome(page)
    page.goto(dataset)
    upload(page, files / "second.csv")
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("alert")).to_contain_text("Tick the box if this version is to replace the one in use")
    page.locator("#id_accept-changes").check()
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")


def test_who_only_wants_to_know_keeps_what_was_found(site: Site, page: Page, files: Path) -> None:
    create_dataset(page, site, f"only_check_{uuid.uuid4().hex[:6]}")
    upload(page, files / "first.csv")
    page.get_by_role("link", name="Only check, do not load").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What was found")
    with page.expect_download():
        page.get_by_role("link", name="download it as JSON").click()
    page.get_by_role("button", name="Finish without loading").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This version was cancelled")


def test_no_state_of_the_check_puts_up_a_barrier(site: Site, seen: Page, tmp_path: Path) -> None:
    page, tour = seen, Tour(seen)
    (tmp_path / "messy.csv").write_text(MESSY, encoding="utf-8")
    (tmp_path / "book.xlsx").write_bytes(xlsx({"Notes": [["a", "b"], ["x", "y"]], "Data": [["town"], ["Hull"]]}))
    (tmp_path / "polish.csv").write_bytes("miasto,rok\nŁódź,2020\nGdańsk,2021\nKraków,2022\n".encode("cp1250"))
    create_dataset(page, site, "states_of_the_check")
    page.wait_for_url("**/upload/data/**")
    dataset = page.url
    upload(page, tmp_path / "messy.csv")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")
    tour.look("check, messy")
    page.get_by_text("Change how the file is read").click()
    tour.look("check, change how it is read")
    page.get_by_label("Names of the columns").fill("first")
    page.get_by_role("button", name=READ_AGAIN).click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the number of a line")
    tour.look("check, cannot be read so")
    page.get_by_label("Type of sold").select_option("Whole number")
    page.get_by_label("Name of column 1", exact=True).fill("Town!")
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be the name of column 1")
    tour.look("check, wrong name")
    page.get_by_label("Name of column 1", exact=True).fill("town")
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("alert")).to_contain_text("which is not a whole number")
    tour.look("check, bad values")
    page.goto(dataset)
    upload(page, tmp_path / "book.xlsx")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("alert")).to_contain_text("Which sheet")
    tour.look("check, workbook")
    page.goto(dataset)
    upload(page, tmp_path / "polish.csv")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")
    tour.look("check, encodings")

    assert tour.found == {}


def test_no_comparison_puts_up_a_barrier(site: Site, seen: Page, files: Path) -> None:
    page, tour = seen, Tour(seen)
    create_dataset(page, site, "comparisons_of_the_check")
    page.wait_for_url("**/upload/data/**")
    dataset = page.url
    upload_and_confirm(page, files / "first.csv")
    set_state(site, page, "completed")
    await_outcome(page)
    page.goto(dataset)
    upload(page, files / "first.csv")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")
    tour.look("check, safe")
    page.get_by_role("link", name="Only check, do not load").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What was found")
    tour.look("report")
    page.goto(dataset)
    upload(page, files / "second.csv")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("alert")).to_contain_text("Tick the box")
    tour.look("check, wrong file")

    assert tour.found == {}

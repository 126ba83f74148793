"""Files that keep the rows that are there, in Chromium: appended, updated, seen before the load, and restored."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from dss_assets.database import Connection, Database
from infra.local.dataflow_pipeline import Pipeline
from infra.local.postgres import Postgres
from tests.conftest import add_hawk_client
from tests.parts.browser import DESK, await_outcome, choose_person, opened, upload
from tests.parts.site import ADMINISTRATOR, UPLOADER, Site, id_in
from tests.parts.tour import Tour
from tests.uploads.test_versions import Dataset

CONFIRM = "Confirm and load the data"
FIRST = "ref,name,amount\na1,pens,1\na2,ink,2\na3,paper,3\n"
MORE = "ref,name,amount\na2,ink,20\na3,paper,3\na4,glue,4\n"
READER, KEY = "data-flow of load modes", "the key by which data-flow reads us"


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium.new_context(viewport=DESK, java_script_enabled=request.param))


@pytest.fixture
def seen(chromium: Browser) -> Iterator[Page]:
    """A page that is looked at by axe-core, which is JavaScript itself."""
    yield from opened(chromium.new_context(viewport=DESK))


@pytest.fixture
def connection(site: Site) -> Iterator[Connection]:
    with Database(site.database_url).connect("test") as connection:
        yield connection


@pytest.fixture
def dataset(site: Site, connection: Connection) -> Dataset:
    """A dataset with three rows."""
    person = site.login(UPLOADER)
    dataset = Dataset(site, person, connection, person.create_dataset())
    dataset.load(FIRST, "first.csv")
    return dataset


@pytest.fixture
def datasets_url(postgres_server: Postgres) -> Iterator[str]:
    """The datasets database, empty."""
    postgres_server.create_database("datasets_of_modes")
    yield postgres_server.url("datasets_of_modes")
    postgres_server.drop_database("datasets_of_modes")


def begin(page: Page, dataset: Dataset, folder: Path, content: str, name: str = "more.csv") -> None:
    """Log in, and upload a file up to the page of its check."""
    (folder / name).write_text(content)
    page.goto(dataset.site.url + dataset.path)
    if page.url.startswith(dataset.site.sso_url):
        choose_person(page, dataset.site, UPLOADER)
    upload(page, folder / name)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the columns")


def see_numbers(page: Page) -> None:
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What will happen")


def load(page: Page, dataset: Dataset) -> str:
    """Load the version whose numbers are shown, as the sensor does; its id."""
    page.get_by_role("button", name="Load the data").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")
    file_id = id_in(page.url)
    dataset.load_confirmed(file_id)
    await_outcome(page)
    return file_id


def rows_of(dataset: Dataset, columns: str = "id, ref, amount") -> list[tuple[object, ...]]:
    return dataset.site.sql(f'SELECT {columns} FROM "{dataset.name}"."L0" ORDER BY id')


def test_a_file_is_appended(page: Page, dataset: Dataset, tmp_path: Path) -> None:
    begin(page, dataset, tmp_path, MORE)
    page.get_by_label("Keep them, and add the rows of the file").check()
    see_numbers(page)
    expect(page.get_by_role("main")).to_contain_text(
        "adds 3 rows, changes none, leaves 3 as they are, and removes none"
    )
    expect(page.get_by_role("main")).to_contain_text("1 row of the file is there already with the same values")
    file_id = load(page, dataset)

    assert rows_of(dataset) == [(1, "a1", 1), (2, "a2", 2), (3, "a3", 3), (4, "a2", 20), (5, "a3", 3), (6, "a4", 4)]
    page.goto(f"{dataset.site.url}{dataset.path}version/{file_id}/")
    expect(page.get_by_role("main")).to_contain_text("Added to the rows of the version of")
    expect(page.get_by_role("main")).to_contain_text("3 added, none removed")


def test_rows_are_updated_by_a_key_and_reach_the_datasets_database(
    page: Page, dataset: Dataset, datasets_url: str, tmp_path: Path
) -> None:
    add_hawk_client(dataset.site.database_url, READER, KEY, ["*"])
    pipeline = Pipeline(dataset.site.url, READER, KEY, datasets_url, tmp_path / "pages")
    assert pipeline.run(dataset.name, "L0", "20260101T000000") == 3
    begin(page, dataset, tmp_path, MORE)
    page.get_by_label("Update them by a key, and add those that are new").check()
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the columns by which rows are updated")
    page.get_by_label("ref", exact=True).check()
    see_numbers(page)
    expect(page.get_by_role("main")).to_contain_text("adds 1 row, changes 1, leaves 2 as they are, and removes none")
    load(page, dataset)

    assert pipeline.run(dataset.name, "L0", "20260102T000000") == 4
    organisation, name = dataset.name.split(".")
    with psycopg.connect(datasets_url) as datasets:
        rows = datasets.execute(f'SELECT id, ref, name, amount FROM "{organisation}"."{name}" ORDER BY id'.encode())
        assert rows.fetchall() == [
            (1, "a1", "pens", 1),
            (2, "a2", "ink", 20),
            (3, "a3", "paper", 3),
            (4, "a4", "glue", 4),
        ]
    begin(page, dataset, tmp_path, FIRST)
    expect(page.get_by_label("Update them by a key, and add those that are new")).to_be_checked()
    expect(page.get_by_label("ref", exact=True)).to_be_checked()


def test_a_person_sees_what_another_one_has_loaded_meanwhile(page: Page, dataset: Dataset, tmp_path: Path) -> None:
    begin(page, dataset, tmp_path, MORE)
    page.get_by_label("Keep them, and add the rows of the file").check()
    see_numbers(page)
    other = Dataset(dataset.site, dataset.site.login(ADMINISTRATOR), dataset.connection, dataset.path)
    other.load("ref,name,amount\nb1,rulers,9\n")

    page.get_by_role("button", name="Load the data").click()
    expect(page.get_by_role("alert")).to_contain_text("Another version has come into use")
    expect(page.get_by_role("main")).to_contain_text("adds 3 rows, changes none, leaves 1 as it is")
    assert len(rows_of(dataset)) == 1
    load(page, dataset)

    assert rows_of(dataset, "ref") == [("b1",), ("a2",), ("a3",), ("a4",)]


def test_an_appended_version_is_restored_with_and_without_its_kept_table(
    page: Page, dataset: Dataset, tmp_path: Path
) -> None:
    begin(page, dataset, tmp_path, MORE)
    page.get_by_label("Keep them, and add the rows of the file").check()
    see_numbers(page)
    appended = load(page, dataset)
    expected = rows_of(dataset)

    for others, told in (
        (1, "are kept, so this takes a few seconds"),
        (3, "from 2 files, in this order: first.csv, more.csv"),
    ):
        for number in range(others):
            dataset.load(f"ref,name,amount\nx,y,{number}\n")
        page.goto(f"{dataset.site.url}{dataset.path}restore/{appended}/")
        expect(page.get_by_role("main")).to_contain_text(told)
        page.get_by_role("button", name="Restore this version").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Loading your data")
        dataset.load_confirmed(appended)
        await_outcome(page)
        assert rows_of(dataset) == expected


def test_rows_that_do_not_fit_are_left_out_after_they_were_seen(page: Page, dataset: Dataset, tmp_path: Path) -> None:
    begin(page, dataset, tmp_path, "ref,name,amount\na4,glue,4\na5,tape,many\n")
    page.get_by_label("Keep them, and add the rows of the file").check()
    page.get_by_label("Type of amount").select_option("Whole number")
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("alert")).to_contain_text("Line 3 has “many” in amount")
    page.get_by_label("Load the other 1 row, without this one").check()
    see_numbers(page)
    expect(page.get_by_role("main")).to_contain_text("without 1 that is left out because a value does not fit")
    load(page, dataset)

    assert rows_of(dataset)[-1] == (4, "a4", 4)
    page.goto(dataset.site.url + dataset.path)
    expect(page.get_by_role("table")).to_contain_text("1 left out")


def test_no_state_of_a_load_that_keeps_rows_puts_up_a_barrier(seen: Page, dataset: Dataset, tmp_path: Path) -> None:
    page, tour = seen, Tour(seen)
    begin(page, dataset, tmp_path, "ref,name,amount,note\na2,ink,20.5,new\na2,ink,x,new\n")
    tour.look("the question what happens to the rows")
    page.get_by_label("Update them by a key, and add those that are new").check()
    tour.look("the columns of a key")
    page.get_by_role("button", name=CONFIRM).click()
    tour.look_at_errors("no key")
    page.get_by_label("ref", exact=True).check()
    page.get_by_label("Type of amount").select_option("Decimal number")
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("alert")).to_contain_text("which is not a decimal number")
    tour.look_at_errors("rows that can be left out")
    page.get_by_label("Load the other 1 row, without this one").check()
    see_numbers(page)
    tour.look("what will happen", "**/load/**")
    page.get_by_role("button", name="Load the data").click()
    tour.look_at_errors("types that change without a tick")
    page.get_by_label("Change the type of amount for everybody").check()
    updated = load(page, dataset)
    page.goto(f"{dataset.site.url}{dataset.path}version/{updated}/")
    tour.look("version that was updated")
    page.goto(dataset.site.url + dataset.path)
    tour.look("dataset with a version that was updated")
    (first,) = dataset.site.sql("SELECT based_on::text FROM pipeline_data_file WHERE id = %s", updated)
    page.goto(f"{dataset.site.url}{dataset.path}version/{first[0]}/delete/")
    tour.look("deletion of a version that others took over")

    assert tour.found == {}
    assert rows_of(dataset, "ref, amount::text, note")[1] == ("a2", "20.5", "new")

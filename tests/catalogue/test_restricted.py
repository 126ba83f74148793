"""Of a dataset that is not for everybody, others find no trace in lists, the search, its numbers and the front page."""

from collections.abc import Iterator

import pytest

from tests.catalogue.shelf import Shelf
from tests.parts.site import ADMINISTRATOR, COLLEAGUE, READER, UPLOADER, Site, Visitor

# Where its names, its words or its numbers could be.
PAGES = (
    "/",
    "/datasets/",
    "/datasets/?q=recipes",
    "/datasets/?q=recpes",
    "/datasets/?q=secret_recipes",
    "/datasets/?q=cheese+knee",
    "/datasets/?organisation=dairy",
    "/datasets/?state=late",
    "/datasets/?state=attention",
    "/datasets/?sort=changed",
)


def pages(visitor: Visitor) -> str:
    return "".join(visitor.get(path).text for path in PAGES)


@pytest.mark.parametrize("person", [READER, UPLOADER, COLLEAGUE], ids=lambda person: person.first_name)
def test_others_find_no_trace_of_it(site: Site, shelf: Shelf, person: object) -> None:
    visitor = site.login(person)  # type: ignore[arg-type]
    # What they typed themselves is repeated to them.
    found = pages(visitor).replace("secret_recipes", "", 4)
    assert "Recipes of ministers" not in found
    assert "/datasets/dairy/secret_recipes/" not in found
    assert "Search for “recipes”" not in found
    page = visitor.get("/datasets/").text
    assert ">dairy (1)</option>" in page
    assert ">Late (1)</option>" in page
    assert "<mark" not in visitor.get("/datasets/?q=recipes").text


def test_administrators_and_those_who_were_given_it_find_it(site: Site, shelf: Shelf) -> None:
    administrator, reader = site.login(ADMINISTRATOR), site.login(READER)
    assert ">dairy (2)</option>" in administrator.get("/datasets/").text
    site.sql(
        "INSERT INTO operations.dataset_grant (dataset, kind, grantee, given_by)"
        " VALUES ('dairy.secret_recipes', 'person', %s, '')",
        READER.email.lower(),
    )
    for visitor in (administrator, reader):
        assert "/datasets/dairy/secret_recipes/" in visitor.get("/datasets/?q=recipes").text
        assert "/datasets/dairy/secret_recipes/" in visitor.get("/").text
    site.sql("DELETE FROM operations.dataset_grant WHERE dataset = 'dairy.secret_recipes'")


@pytest.fixture
def restricted_upload(site: Site) -> Iterator[str]:
    """The name of an uploaded dataset that is its owner's alone."""
    name = site.login(UPLOADER).create_dataset().split("/")[3].removeprefix("dbt-")
    site.sql("INSERT INTO operations.restricted_dataset (dataset, restricted_by) VALUES (%s, '')", f"dbt.{name}")
    yield name
    site.sql("DELETE FROM operations.restricted_dataset WHERE dataset = %s", f"dbt.{name}")


def test_an_upload_that_is_not_for_everybody_is_in_the_lists_of_its_owner_alone(
    site: Site, restricted_upload: str
) -> None:
    for path in ("/upload/", "/datasets/?kind=uploaded", f"/datasets/?q={restricted_upload}"):
        listed = f"{restricted_upload}/"
        assert listed in site.login(UPLOADER).list_all(path), path
        assert listed not in site.login(COLLEAGUE).list_all(path), path

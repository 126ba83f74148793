"""Values that the version in use has and the file has no longer are told before the file replaces it."""

import re
from html import unescape

import pytest
import requests

from dss_assets.database import Connection
from dss_web.shared.contract import LoadMode
from tests.parts.site import UPLOADER, Site, Visitor
from tests.uploads.modes import choose, load
from tests.uploads.test_versions import Dataset

HEADER = "region,open,sold\n"
FIRST = HEADER + "North,yes,1\nSouth,no,2\nNorth,yes,3\nSouth,no,4\nEast,yes,5\nEast,no,6\n"


@pytest.fixture
def dataset(site: Site, connection: Connection) -> Dataset:
    person: Visitor = site.login(UPLOADER)
    dataset = Dataset(site, person, connection, person.create_dataset())
    dataset.load(FIRST)
    return dataset


def told_on(page: requests.Response) -> list[str]:
    return [unescape(one) for one in re.findall(r"<li>([^<]* no longer there)</li>", page.text)]


def test_values_that_are_no_longer_there_are_told_and_hinder_nothing(dataset: Dataset) -> None:
    page = dataset.person.upload(dataset.path, HEADER + "East,yes,10\nEast,no,11\nWest,yes,12\n")

    assert told_on(page) == ["region: North, South are no longer there"]
    assert "Safe: all columns that people read now are there" in page.text
    report = dataset.person.get(page.url.replace("/verify/", "/report/") + "json/").json()
    assert report["compared_with_the_version_in_use"]["values_no_longer_there"] == {"region": ["North", "South"]}


def test_values_are_compared_as_they_are_loaded(dataset: Dataset) -> None:
    page = dataset.person.upload(dataset.path, HEADER + " North,true,1\nSouth ,false,2\nEast,true,3\n")

    assert told_on(page) == ["region: North, South are no longer there"], "blanks of a text are part of its values"


def test_names_of_rows_are_not_missed(dataset: Dataset) -> None:
    dataset.load("name,region\n" + "".join(f"Company {number},North\n" for number in range(50)))

    page = dataset.person.upload(dataset.path, "name,region\nCompany 1,North\nCompany 2,North\n")

    assert told_on(page) == []


def test_the_values_of_all_files_that_were_appended_are_known(dataset: Dataset) -> None:
    load(dataset, choose(dataset, HEADER + "West,yes,7\nWest,no,8\n", LoadMode.APPEND))

    page = dataset.person.upload(dataset.path, FIRST)

    # What was chosen last is proposed again: the page speaks of replacing where that is chosen.
    report = dataset.person.get(page.url.replace("/verify/", "/report/") + "json/").json()
    assert report["compared_with_the_version_in_use"]["values_no_longer_there"] == {"region": ["West"]}


def test_of_rows_that_were_updated_nothing_is_claimed(dataset: Dataset) -> None:
    load(dataset, choose(dataset, HEADER + "West,yes,1\nWest,no,2\n", LoadMode.UPDATE, "3"))

    page = dataset.person.upload(dataset.path, HEADER + "East,yes,1\nEast,no,2\n")

    assert told_on(page) == []

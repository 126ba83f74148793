"""Listings of publishers: read whole, or refused."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dss_assets.dataset import Dataset
from dss_assets.datasets import EXPORTERS, POSTCODE_DIRECTORY, REFERENCE_POSTCODES
from dss_assets.errors import TransientError
from dss_assets.sources import PublisherClient, list_files
from dss_assets.storage import Storage
from infra.local.http import Fault
from infra.local.publisher import Listing, Publisher

PUBLISHED = {
    "ons/postcode_directory": ["ONSPD_MAY_2019_UK.zip", "ONSPD_AUG_2019_UK.zip", "notes.txt"],
    "hmrc/exporters": ["exporters1601.zip", "exporters1602.zip", "imports1601.zip"],
}


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Publisher]:
    for dataset, names in PUBLISHED.items():
        (tmp_path / dataset).mkdir(parents=True)
        for name in names:
            (tmp_path / dataset / name).write_bytes(b"PK" + name.encode())
    with Publisher(tmp_path, settle_seconds=0) as publisher:
        yield publisher


@pytest.fixture
def publishers(publisher: Publisher) -> PublisherClient:
    return PublisherClient(publisher.base_urls)


def test_an_arcgis_search_is_read_over_all_its_pages_without_what_else_it_finds(
    publishers: PublisherClient, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dss_assets.dataset.catalogues.PAGE_ITEMS", 2)

    remote_files = list_files(POSTCODE_DIRECTORY, publishers, storage)

    assert [remote_file.name for remote_file in remote_files] == ["ONSPD_AUG_2019_UK.zip", "ONSPD_MAY_2019_UK.zip"]
    assert b"".join(publishers.fetch(remote_files[1].name, remote_files[1].url)) == b"PKONSPD_MAY_2019_UK.zip"


def test_links_are_read_from_all_pages_and_known_by_their_file_name(
    publishers: PublisherClient, storage: Storage
) -> None:
    remote_files = list_files(EXPORTERS, publishers, storage)

    assert [remote_file.name for remote_file in remote_files] == ["exporters1601.zip", "exporters1602.zip"]
    assert b"".join(publishers.fetch(remote_files[0].name, remote_files[0].url)) == b"PKexporters1601.zip"


def test_of_two_items_with_one_name_the_newer_is_taken(
    publisher: Publisher, publishers: PublisherClient, storage: Storage
) -> None:
    """A publisher that corrects a release keeps the item with the mistake beside it."""
    items = [
        {"id": "newer", "type": "CSV Collection", "title": "ONS Postcode Directory (May 2019)", "modified": 2},
        {"id": "older", "type": "CSV Collection", "title": "ONS Postcode Directory (May 2019)", "modified": 1},
    ]
    publisher.faults["search"] = Fault(body=json.dumps({"results": items, "total": 2, "nextStart": -1}).encode())

    [file] = list_files(POSTCODE_DIRECTORY, publishers, storage)

    assert "/newer/" in file.url


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("ONS Postcode Directory (November  2024) for the UK", "ONSPD_NOV_2024_UK.zip"),
        ("ONS Postcode Directory (AUGUST 2026)", "ONSPD_AUG_2026_UK.zip"),
        ("ONS Postcode Directory (Sept. 2026) for the United Kingdom", "ONSPD_SEP_2026_UK.zip"),
        ("ONS Postcode Directory August 2026 v2", "ONSPD_AUG_2026_UK.zip"),
        ("ONS Postcode Directory (August, 2026) for the UK (V2)", "ONSPD_AUG_2026_UK.zip"),
    ],
)
def test_an_edition_is_known_by_its_title_however_people_type_it(
    title: str, name: str, publisher: Publisher, publishers: PublisherClient, storage: Storage
) -> None:
    items = [{"id": "a", "type": "CSV Collection", "title": title, "modified": 1}]
    publisher.faults["search"] = Fault(body=json.dumps({"results": items, "total": 1, "nextStart": -1}).encode())

    assert [file.name for file in list_files(POSTCODE_DIRECTORY, publishers, storage)] == [name]


@pytest.mark.parametrize("dataset", [POSTCODE_DIRECTORY, EXPORTERS], ids=lambda dataset: dataset.key)
def test_a_changed_file_has_another_version(
    dataset: Dataset, publisher: Publisher, publishers: PublisherClient, storage: Storage
) -> None:
    before = list_files(dataset, publishers, storage)
    assert list_files(dataset, publishers, storage) == before
    file = publisher.folder / dataset.organisation / dataset.name / before[0].name
    file.write_bytes(b"PK and something else")

    after = list_files(dataset, publishers, storage)

    assert after[0].version != before[0].version
    assert after[1] == before[1]


@pytest.mark.parametrize("dataset", [POSTCODE_DIRECTORY, EXPORTERS], ids=lambda dataset: dataset.key)
@pytest.mark.parametrize(
    ("listing", "reason"),
    [
        (Listing.CUT_SHORT, "was cut short"),
        (Listing.EMPTY, "holds no file that matches"),
        (Listing.MATCHING_NOTHING, "holds no file that matches"),
    ],
)
def test_a_listing_that_may_not_be_whole_is_refused(
    dataset: Dataset, listing: Listing, reason: str, publisher: Publisher, publishers: PublisherClient, storage: Storage
) -> None:
    publisher.listing = listing

    with pytest.raises(TransientError, match=reason):
        list_files(dataset, publishers, storage)


@pytest.mark.parametrize("dataset", [POSTCODE_DIRECTORY, EXPORTERS], ids=lambda dataset: dataset.key)
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(status=500), "answered with 500 .*not with 200"),
        (Fault(status=404), "answered with 404"),
        (Fault(delay_seconds=2), "not answered: .*[Tt]imed out"),
        (Fault(sent_bytes=20), "broke off"),
    ],
    ids=["500", "404", "slow", "broken off"],
)
def test_a_listing_that_fails_is_refused_with_its_url(
    dataset: Dataset,
    fault: Fault,
    reason: str,
    publisher: Publisher,
    publishers: PublisherClient,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dss_assets.sources.http.READ_SECONDS", 0.5)
    publisher.faults["/"] = fault

    with pytest.raises(TransientError, match=rf"{publisher.url}.*{reason}"):
        list_files(dataset, publishers, storage)


def test_an_html_page_in_place_of_a_listing_is_refused(
    publisher: Publisher, publishers: PublisherClient, storage: Storage
) -> None:
    publisher.faults["search"] = Fault(body=b"<html>Sorry</html>")

    with pytest.raises(TransientError, match="did not answer as its declaration says"):
        list_files(POSTCODE_DIRECTORY, publishers, storage)


def test_a_publisher_that_is_down_is_told_with_its_url(
    publisher: Publisher, publishers: PublisherClient, storage: Storage
) -> None:
    publisher.stop()

    with pytest.raises(TransientError, match=rf"{publisher.url}.* was not answered"):
        list_files(EXPORTERS, publishers, storage)


def test_a_folder_of_the_storage_is_listed_without_what_tools_leave_there(
    publishers: PublisherClient, storage: Storage
) -> None:
    assert list_files(REFERENCE_POSTCODES, publishers, storage) == []
    for name in ("b.csv", "a.csv", ".DS_Store", "datafile_register.csv", "readme.txt"):
        storage.put(storage.dataset_path("dit", "reference_postcodes", name), [b"x"])

    remote_files = list_files(REFERENCE_POSTCODES, publishers, storage)

    assert [(remote_file.name, remote_file.url) for remote_file in remote_files] == [("a.csv", ""), ("b.csv", "")]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(body=b"<!DOCTYPE html><html>Sorry</html>"), "200 with an HTML page instead of the file"),
        (Fault(body=b"no zip"), "text/html that is no zip"),
        (Fault(status=404), "404"),
        (Fault(sent_bytes=5), "broke off"),
    ],
    ids=["error page", "no zip", "404", "broken off"],
)
def test_a_file_that_does_not_come_whole_is_not_taken(
    fault: Fault, reason: str, publisher: Publisher, publishers: PublisherClient, storage: Storage
) -> None:
    remote_file = list_files(EXPORTERS, publishers, storage)[0]
    publisher.faults["/media/"] = fault

    with pytest.raises(TransientError, match=reason):
        list(publishers.fetch(remote_file.name, remote_file.url))

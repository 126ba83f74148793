"""The publishers' stand-in, asked by the code that asks the real ones."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from dss_assets.dataset import Dataset
from dss_assets.datasets import ACCOUNTS, EXPORTERS, POSTCODE_DIRECTORY
from dss_assets.errors import TransientError
from dss_assets.sources import PublisherClient, RemoteFile, list_files
from dss_assets.storage import Storage
from infra.local.accounts_samples import write_accounts
from infra.local.http import Fault
from infra.local.publisher import Listing, Publisher
from infra.local.samples import write_exporters, write_onspd

pytestmark = pytest.mark.stand_in

SEARCH = "www.arcgis.com/sharing/rest/search"
UKTRADEINFO = "www.uktradeinfo.com/trade-data/latest-bulk-data-sets/"


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Publisher]:
    write_onspd(tmp_path / "ons/postcode_directory/ONSPD_MAY_2024_UK.zip", 5, "MAY", 2024)
    for month in ("2404", "2405"):
        write_exporters(tmp_path / f"hmrc/exporters/exporters{month}.zip", 5, month)
    with Publisher(tmp_path, settle_seconds=0) as publisher:
        yield publisher


@pytest.fixture
def storage(storage_url: str) -> Storage:
    return Storage(storage_url, "datasets", "uploads")


def _names(remote_files: list[RemoteFile]) -> list[str]:
    return [remote_file.name for remote_file in remote_files]


def test_the_service_finds_the_ons_release_among_stray_items(publisher: Publisher, storage: Storage) -> None:
    publishers = PublisherClient(publisher.base_urls)

    [remote_file] = list_files(POSTCODE_DIRECTORY, publishers, storage)

    assert remote_file.name == "ONSPD_MAY_2024_UK.zip"
    kept = (publisher.folder / "ons/postcode_directory" / remote_file.name).read_bytes()
    assert b"".join(publishers.fetch(remote_file.name, remote_file.url)) == kept


def test_the_service_finds_the_daily_accounts_and_neither_monthly_nor_other_files(
    publisher: Publisher, storage: Storage
) -> None:
    for name in ("Accounts_Bulk_Data-2024-06-01.zip", "Accounts_Bulk_Data-2024-06-02.zip", "Accounts_Monthly_Data.zip"):
        write_accounts(publisher.folder / "companies_house/accounts_legacy" / name, 2)
    publishers = PublisherClient(publisher.base_urls)

    remote_files = list_files(ACCOUNTS, publishers, storage)

    assert _names(remote_files) == ["Accounts_Bulk_Data-2024-06-01.zip", "Accounts_Bulk_Data-2024-06-02.zip"]
    for remote_file in remote_files:
        kept = (publisher.folder / "companies_house/accounts_legacy" / remote_file.name).read_bytes()
        assert b"".join(publishers.fetch(remote_file.name, remote_file.url)) == kept


def test_the_service_finds_the_newest_exporters_and_those_of_the_archive(
    publisher: Publisher, storage: Storage
) -> None:
    publishers = PublisherClient(publisher.base_urls)

    remote_files = list_files(EXPORTERS, publishers, storage)

    assert _names(remote_files) == ["exporters2404.zip", "exporters2405.zip"]
    for remote_file in remote_files:
        kept = (publisher.folder / "hmrc/exporters" / remote_file.name).read_bytes()
        assert b"".join(publishers.fetch(remote_file.name, remote_file.url)) == kept


def test_a_search_is_given_in_pages(publisher: Publisher) -> None:
    starts, titles, start = [], [], 1
    while start != -1:
        page = requests.get(
            f"{publisher.url}/{SEARCH}",
            {"q": '"ONS Postcode Directory"', "f": "json", "num": "3", "start": str(start)},
            timeout=5,
        ).json()
        starts.append(start)
        titles += [item["title"] for item in page["results"]]
        start = page["nextStart"]

    assert starts == [1, 4]
    assert len(titles) == page["total"] == 5
    assert titles.count("ONS Postcode Directory May 2024") == 1


def test_a_release_of_the_same_name_has_another_path(publisher: Publisher) -> None:
    def path() -> str:
        page = requests.get(f"{publisher.url}/{UKTRADEINFO}", timeout=5).text
        found = re.search(r'href="([^"]*exporters2405\.zip)"', page)
        assert found is not None
        return found[1]

    before = path()
    os.utime(publisher.folder / "hmrc/exporters/exporters2405.zip", (1, 1))

    assert path() != before
    assert requests.head(publisher.url + path(), timeout=5).status_code == 200
    assert requests.head(publisher.url + before, timeout=5).status_code == 404


def test_head_says_of_a_file_what_get_says(publisher: Publisher, storage: Storage) -> None:
    url = list_files(EXPORTERS, PublisherClient(publisher.base_urls), storage)[0].url
    head, get = requests.head(url, timeout=5), requests.get(url, timeout=5)

    names = ("ETag", "Last-Modified", "Content-Length")
    assert [head.headers[name] for name in names] == [get.headers[name] for name in names]
    assert int(head.headers["Content-Length"]) == len(get.content)
    assert head.content == b""


def test_a_file_that_is_being_copied_is_not_offered(tmp_path: Path) -> None:
    folder = tmp_path / "hmrc/exporters"
    for name in ("exporters2401.zip", ".exporters2402.zip", "exporters2403.zip.part", "exporters2404.zip"):
        write_exporters(folder / name, 1, "2401")
        os.utime(folder / name, (1, 1))
    os.utime(folder / "exporters2404.zip", (time.time() + 3600, time.time() + 3600))
    publisher = Publisher(tmp_path)

    assert [file.name for file in publisher.published("hmrc/exporters")] == ["exporters2401.zip"]


@pytest.mark.parametrize("listing", [Listing.CUT_SHORT, Listing.EMPTY, Listing.MATCHING_NOTHING])
@pytest.mark.parametrize("dataset", [POSTCODE_DIRECTORY, EXPORTERS], ids=lambda dataset: dataset.key)
def test_a_listing_can_be_made_one_that_the_service_refuses(
    publisher: Publisher, storage: Storage, dataset: Dataset, listing: Listing
) -> None:
    publisher.listing = listing

    with pytest.raises(TransientError):
        list_files(dataset, PublisherClient(publisher.base_urls), storage)


def test_a_fault_goes_after_its_number_of_times(publisher: Publisher) -> None:
    publisher.faults["/search"] = Fault(status=503, times=2)
    url = f"{publisher.url}/{SEARCH}"

    assert [requests.get(url, timeout=5).status_code for _ in range(3)] == [503, 503, 200]


def test_a_file_can_break_off_before_its_announced_end(publisher: Publisher, storage: Storage) -> None:
    publishers = PublisherClient(publisher.base_urls)
    [remote_file] = list_files(POSTCODE_DIRECTORY, publishers, storage)
    publisher.faults["/data"] = Fault(sent_bytes=100)

    with pytest.raises(TransientError, match="broke off"):
        list(publishers.fetch(remote_file.name, remote_file.url))


def test_a_publisher_that_stopped_refuses_and_comes_back_at_the_same_place(publisher: Publisher) -> None:
    url = f"{publisher.url}/{SEARCH}"
    with requests.Session() as session:
        session.get(url, timeout=5)
        publisher.stop()
        with pytest.raises(requests.ConnectionError):
            session.get(url, timeout=5)
        publisher.start()
        assert session.get(url, timeout=5).status_code == 200

"""A file that its publisher replaces in place."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dss_assets.dataset import Dataset, FixedUrl
from dss_assets.datasets import REFERENCE_POSTCODES
from dss_assets.errors import TransientError
from dss_assets.sources import PublisherClient, RemoteFile, fetch_file, list_files
from dss_assets.storage import Storage
from tests.parts.unruly import Answer, Framing, UnrulyPublisher
from tests.parts.unruly_fixtures import UNRULY

PATH = "/pp-complete.csv?download=1"
SOURCE = FixedUrl(url=UNRULY + PATH, stored_as="prices.csv", every=timedelta(hours=6))
PRICES: Dataset = replace(REFERENCE_POSTCODES, source=SOURCE)


def test_it_is_known_by_its_stored_name_and_by_what_the_server_says(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers[PATH] = Answer(b"a,b\n", headers={"ETag": '"one"'})

    [file] = list_files(PRICES, unruly_client, storage)

    assert file == RemoteFile("prices.csv", unruly.url + PATH, '"one"  4')
    assert b"".join(fetch_file(SOURCE, file, unruly_client)) == b"a,b\n"
    unruly.answers[PATH] = Answer(b"a,b,c\n", headers={"ETag": '"two"'})
    assert list_files(PRICES, unruly_client, storage)[0].version == '"two"  6'


@pytest.mark.parametrize("status", [403, 405])
def test_its_version_is_that_of_get_where_head_is_refused(
    status: int, unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    modified = {"Last-Modified": "Wed, 21 Oct 2026 07:28:00 GMT"}
    unruly.answers[PATH] = Answer(b"a,b\n", headers=modified, head_status=status)

    assert list_files(PRICES, unruly_client, storage)[0].version == "Wed, 21 Oct 2026 07:28:00 GMT 4"


def test_a_file_of_which_nothing_is_said_is_compared_once_a_day(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers[PATH] = Answer(b"a,b\n", framing=Framing.CLOSE)

    assert list_files(PRICES, unruly_client, storage)[0].version.startswith("nothing is said of it on 2")


@pytest.mark.parametrize("status", [404, 410, 500, 503])
def test_a_file_that_is_not_there_is_no_empty_listing(
    status: int, unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers[PATH] = Answer(b"", status=status, head_status=status)

    with pytest.raises(TransientError, match=rf"{unruly.url}/pp-complete.csv.* {status} "):
        list_files(PRICES, unruly_client, storage)


def test_a_page_in_its_place_is_not_taken(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    unruly.answers[PATH] = Answer(b"<!doctype html><html>Maintenance</html>")
    [file] = list_files(PRICES, unruly_client, storage)

    with pytest.raises(TransientError, match=r"an HTML page instead of the file prices\.csv"):
        list(fetch_file(SOURCE, file, unruly_client))

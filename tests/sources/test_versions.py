"""What a publisher says of a file before it is fetched, however little that is."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from dss_assets.dataset import JsonListing, arcgis_search
from dss_assets.datasets import POSTCODE_DIRECTORY, REFERENCE_POSTCODES
from dss_assets.errors import TransientError
from dss_assets.sources import PublisherClient, list_files, read_listing
from dss_assets.sources.near_misses import nearly_matches
from dss_assets.storage import Storage
from tests.parts.unruly import Answer, Framing, UnrulyPublisher
from tests.parts.unruly_fixtures import UNRULY, Linked

PAGE = Answer(b'<html><a href="exporters2512.zip">December</a><a href="exporters2511.zip">November</a></html>')
ONS_TITLE = r"ONS Postcode Directory \((?P<month>[A-Z][a-z]+) (?P<year>\d{4})\)"


@pytest.mark.parametrize("takes_ranges", [True, False], ids=["ranges", "no ranges"])
@pytest.mark.parametrize("status", [403, 405, 501])
def test_a_replaced_file_is_noticed_where_head_is_refused(
    status: int,
    takes_ranges: bool,
    unruly: UnrulyPublisher,
    unruly_client: PublisherClient,
    storage: Storage,
    linked: Linked,
) -> None:
    file = Answer(b"PK one", headers={"ETag": '"one"'}, head_status=status, takes_ranges=takes_ranges)
    unruly.answers |= {"/page": PAGE, "/exporters2512.zip": file, "/exporters2511.zip": Answer(b"PK")}
    before = list_files(linked("/page"), unruly_client, storage)
    assert list_files(linked("/page"), unruly_client, storage) == before
    unruly.answers["/exporters2512.zip"] = replace(file, body=b"PK and more", headers={"ETag": '"two"'})

    after = list_files(linked("/page"), unruly_client, storage)

    assert [file.version for file in before] == ["2", '"one"  6']
    assert [file.version for file in after] == ["2", '"two"  11']
    assert set(unruly.gets("/exporters2512.zip")) == {"bytes=0-0"}, "its bytes are not fetched for it"


def test_a_file_of_which_nothing_is_said_is_another_each_day(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage, linked: Linked
) -> None:
    silent = Answer(b"PK", framing=Framing.CLOSE)
    unruly.answers |= {"/page": PAGE, "/exporters2512.zip": silent, "/exporters2511.zip": silent}

    versions = [file.version for file in list_files(linked("/page"), unruly_client, storage)]

    assert all(version.startswith("nothing is said of it on 2") for version in versions)


def test_a_file_whose_version_is_not_told_now_is_listed_and_told_of(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage, linked: Linked
) -> None:
    unruly.answers |= {
        "/page": PAGE,
        "/exporters2512.zip": Answer(b"PK", head_status=500),
        "/exporters2511.zip": Answer(b"PK"),
    }

    listing = read_listing(linked("/page"), unruly_client, storage)

    assert [(file.name, file.version) for file in listing.files] == [
        ("exporters2511.zip", "2"),
        ("exporters2512.zip", ""),
    ]
    assert "exporters2512.zip was answered with 500" in listing.unanswered[0]


def test_a_publisher_that_asks_to_wait_is_not_asked_about_further_files(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage, linked: Linked
) -> None:
    busy = Answer(head_status=429, headers={"Retry-After": "90"})
    unruly.answers |= {"/page": PAGE, "/exporters2512.zip": busy, "/exporters2511.zip": busy}

    with pytest.raises(TransientError, match="asks to wait 90 seconds") as raised:
        list_files(linked("/page"), unruly_client, storage)

    assert raised.value.retry_after == 90
    assert [method for method, *_ in unruly.requests] == ["GET", "HEAD"]


def _portal(unruly: UnrulyPublisher, body: object) -> JsonListing:
    unruly.answers["/search"] = Answer(json.dumps(body).encode())
    return arcgis_search(
        portal=UNRULY,
        query="postcodes",
        item_type="CSV Collection",
        title=ONS_TITLE,
        stored_as="ONSPD_{month}_{year}_UK.zip",
        every=timedelta(hours=6),
    )


def test_an_error_of_arcgis_with_status_200_is_told_with_its_message(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    error = {"error": {"code": 504, "message": "Your request has timed out.", "details": ["try later"]}}
    dataset = replace(POSTCODE_DIRECTORY, source=_portal(unruly, error))

    with pytest.raises(TransientError, match=r"error: 504 Your request has timed out\.; try later"):
        list_files(dataset, unruly_client, storage)


def test_titles_that_nearly_match_are_told(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage
) -> None:
    titles = [
        ("CSV Collection", "ONS Postcode Directory (May 2026)"),
        ("CSV Collection", "ONS Postcode Directory (August 2026), corrected"),
        ("PDF", "ONS Postcode Directory (May 2026) User Guide"),
        ("CSV Collection", "Postcode to OA Lookup (November 2021) in the UK"),
    ]
    items = [{"id": str(number), "type": kind, "title": title} for number, (kind, title) in enumerate(titles)]
    source = _portal(unruly, {"results": items, "total": len(items), "nextStart": -1})

    listing = read_listing(replace(POSTCODE_DIRECTORY, source=source), unruly_client, storage)

    assert [file.name for file in listing.files] == ["ONSPD_MAY_2026_UK.zip"]
    assert listing.near_misses == ["ONS Postcode Directory (August 2026), corrected"]


def test_whatever_else_lies_in_a_folder_is_told(unruly_client: PublisherClient, storage: Storage) -> None:
    for name in ("a.csv", "b.xlsx", ".DS_Store"):
        storage.put(f"datasets/dit/reference_postcodes/{name}", [b"x"])

    assert read_listing(REFERENCE_POSTCODES, unruly_client, storage).near_misses == ["b.xlsx"]


@pytest.mark.parametrize(
    ("name", "is_near"),
    [
        ("ONS Postcode Directory (May 2024) (V2)", True),
        ("ONS  postcode directory - May 2024 for the UK", True),
        ("ONS Post Code Directory (May 2024)", True),
        ("ONS Postcode Dirctory (May 2024)", True),
        ("National Statistics Postcode Lookup (May 2024) for the UK", False),
        ("Postcode to OA Lookup (November 2021) in the UK", False),
    ],
)
def test_a_near_miss_has_all_the_words_or_words_like_them(name: str, is_near: bool) -> None:
    assert nearly_matches(name, ONS_TITLE) is is_near


@pytest.mark.parametrize(
    ("pattern", "is_near"),
    [
        (r"(?i)exporters(\d{4}|_\d{4}\w*|_[a-z]{3}-[a-z]{3}\d\darchive)\.zip", True),
        (r"exporters(?P<month>\d{4})(\s+for the (UK|United Kingdom))?\.zip", True),
        (r"exporters (monthly) \d{4}\.zip", False),
        (r".+\.(csv|zip)", False),
        (r"exporters.*|importers.*", False),
    ],
)
def test_words_that_a_match_need_not_have_are_not_asked_of_a_near_miss(pattern: str, is_near: bool) -> None:
    assert nearly_matches("exporters-2601.zip", pattern) is is_near

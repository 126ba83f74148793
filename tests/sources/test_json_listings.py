"""Listings in JSON of any form, with ArcGIS, CKAN and DCAT among them."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dss_assets.dataset import (
    JsonListing,
    NextLink,
    NextOffset,
    Offset,
    PageNumber,
    Paging,
    Pattern,
    Source,
    Where,
    ckan_package,
    ckan_search,
    dcat_catalogue,
)
from dss_assets.datasets import REFERENCE_POSTCODES
from dss_assets.errors import TransientError
from dss_assets.sources import Listing, PublisherClient, read_listing
from dss_assets.storage import Storage
from tests.parts.unruly import Answer, UnrulyPublisher
from tests.parts.unruly_fixtures import UNRULY

DAILY = timedelta(days=1)
LISTING = JsonListing(
    url=f"{UNRULY}/api/files?kind=csv",
    items="data.files",
    link="{address}",
    title="label",
    matching=r"Prices (?P<month>[A-Z][a-z]+) (?P<year>\d{4})",
    stored_as="prices_{month}_{year}.csv",
    version=("changed",),
    every=DAILY,
)


def item(month: str, **other: object) -> dict[str, object]:
    return {"label": f"Prices {month} 2026", "address": f"/files/{month}.csv", "changed": "2026-11-01"} | other


def answer(document: object) -> Answer:
    return Answer(json.dumps(document).encode())


@pytest.fixture
def read(unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage) -> Any:
    def read(source: Source) -> Listing:
        return read_listing(replace(REFERENCE_POSTCODES, source=source), unruly_client, storage)

    return read


def test_items_are_taken_by_their_titles_with_link_and_version(unruly: UnrulyPublisher, read: Any) -> None:
    items = [
        item("March"),
        item("April", label="Prices April 2026 "),
        item("May", label="Wages May 2026"),
        item("June", label="Prices of 2026"),
    ]
    unruly.answers["/api/files"] = answer({"data": {"files": items}})

    listing = read(LISTING)

    assert [(file.name, file.url, file.version) for file in listing.files] == [
        ("prices_APR_2026.csv", f"{unruly.url}/files/April.csv", "2026-11-01"),
        ("prices_MAR_2026.csv", f"{unruly.url}/files/March.csv", "2026-11-01"),
    ]
    assert listing.near_misses == ["Prices of 2026"]


def test_an_item_is_filtered_by_what_it_has_at_any_path(unruly: UnrulyPublisher, read: Any) -> None:
    items = [item("March", format={"name": "CSV"}), item("April", format={"name": "PDF"}), item("May")]
    unruly.answers["/api/files"] = answer({"data": {"files": items}})

    listing = read(replace(LISTING, where=(Where("format.name", Pattern("csv")),)))

    assert [file.name for file in listing.files] == ["prices_MAR_2026.csv"]
    assert listing.near_misses == []


def test_the_server_is_asked_for_a_version_that_is_not_in_the_listing(unruly: UnrulyPublisher, read: Any) -> None:
    unruly.answers["/api/files"] = answer({"data": {"files": [item("March", changed=None)]}})
    unruly.answers["/files/March.csv"] = Answer(b"a,b\n", headers={"ETag": '"one"'})

    assert [file.version for file in read(LISTING).files] == ['"one"  4']


def test_two_items_of_one_name_are_an_error_unless_it_is_declared_which_is_newer(
    unruly: UnrulyPublisher, read: Any
) -> None:
    items = [item("March", changed="2026-11-01"), item("March", address="/new.csv", changed="2026-11-02")]
    unruly.answers["/api/files"] = answer({"data": {"files": items}})

    with pytest.raises(TransientError, match=r"lists prices_MAR_2026\.csv twice, at .*March\.csv and at .*new\.csv"):
        read(LISTING)
    assert [file.url for file in read(replace(LISTING, newest="changed")).files] == [f"{unruly.url}/new.csv"]


PAGINGS: dict[str, tuple[Paging, list[str], list[dict[str, object]]]] = {
    "next link": (
        NextLink("links.next"),
        ["/api/files?kind=csv", "/api/files?kind=csv&cursor=x"],
        [{"links": {"next": "?kind=csv&cursor=x"}}, {"links": {"next": None}}],
    ),
    "next offset": (
        NextOffset("start", "next"),
        ["/api/files?kind=csv", "/api/files?kind=csv&start=2"],
        [{"next": 2}, {"next": -1}],
    ),
    "pages": (
        PageNumber("page", pages="pages"),
        ["/api/files?kind=csv&page=1", "/api/files?kind=csv&page=2"],
        [{"pages": 2}, {"pages": 2}],
    ),
    "page until total": (
        PageNumber("p", first=0),
        ["/api/files?kind=csv&p=0", "/api/files?kind=csv&p=1"],
        [{"total": 2}, {"total": 2}],
    ),
    "offset until total": (
        Offset("skip"),
        ["/api/files?kind=csv&skip=0", "/api/files?kind=csv&skip=1"],
        [{"total": 2}, {"total": 2}],
    ),
    "offset until empty": (
        Offset(),
        ["/api/files?kind=csv&offset=0", "/api/files?kind=csv&offset=1", "/api/files?kind=csv&offset=2"],
        [{}, {}, {}],
    ),
}


@pytest.mark.parametrize("way", PAGINGS)
def test_all_pages_are_read(way: str, unruly: UnrulyPublisher, read: Any) -> None:
    paging, paths, ends = PAGINGS[way]
    for path, end, items in zip(paths, ends, ([item("March")], [item("April")], []), strict=False):
        unruly.answers[path] = answer({"data": {"files": items}} | end)
    total = "total" if "total" in ends[0] else None

    listing = read(replace(LISTING, paging=paging, total=total))

    assert [file.name for file in listing.files] == ["prices_APR_2026.csv", "prices_MAR_2026.csv"]
    assert [path for _, path, _ in unruly.asked] == paths


@pytest.mark.parametrize(
    ("paging", "total", "document", "reason"),
    [
        (None, "total", {"total": 3}, "cut short: it announced 3 items and gave 1"),
        (None, "total", {"total": "many"}, "found 'many' at 'total' instead of a number"),
        (NextLink("next"), None, {"next": "/api/files?kind=csv"}, "go round in a circle"),
        (NextLink("next"), None, {"next": 5}, "found 5 at 'next' instead of a link"),
        (NextOffset("start", "next"), None, {"next": "x"}, "found 'x' at 'next' instead of a number"),
        (PageNumber(), None, {}, "is the same as the page before it"),
        (PageNumber(pages="pages"), None, {}, "found None at 'pages' instead of a number"),
    ],
)
def test_a_listing_that_may_not_be_whole_is_refused(
    paging: Paging | None,
    total: str | None,
    document: dict[str, object],
    reason: str,
    unruly: UnrulyPublisher,
    read: Any,
) -> None:
    unruly.answers["/api/files"] = answer({"data": {"files": [item("March")]}} | document)

    with pytest.raises(TransientError, match=reason):
        read(replace(LISTING, paging=paging, total=total))


def test_a_listing_that_does_not_end_is_given_up(
    unruly: UnrulyPublisher, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dss_assets.sources.json_listing.LISTING_PAGES", 2)
    for page in range(1, 4):
        unruly.answers[f"/api/files?kind=csv&page={page}"] = answer({"data": {"files": [item(f"M{page}")]}})

    with pytest.raises(TransientError, match="has more than 2 pages"):
        read(replace(LISTING, paging=PageNumber()))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>Sorry</html>", "did not answer as its declaration says"),
        (b'{"data": {"files": {}}}', "found no array at 'data.files'"),
        (b'{"data": {}}', "found no array at 'data.files'"),
        (b"[]", "found no array at 'data.files'"),
        (b'{"data": {"files": []}}', "holds no file that matches"),
        (b'{"success": false, "error": {"message": "Not found", "__type": "Not Found Error"}}', "an error: Not found"),
        (b'{"error": "down"}', 'an error: "down"'),
        (b'{"data": {"files": [{"label": "Prices May 2026"}]}}', "has nothing for the link '{address}'"),
        (b'{"data": {"files": [', "JSONDecodeError"),
    ],
)
def test_an_answer_that_is_no_listing_is_refused(body: bytes, reason: str, unruly: UnrulyPublisher, read: Any) -> None:
    unruly.answers["/api/files"] = Answer(body)

    with pytest.raises(TransientError, match=reason):
        read(LISTING)


def test_a_page_that_is_larger_than_any_page_is_refused(
    unruly: UnrulyPublisher, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dss_assets.sources.http.LARGEST_PAGE_BYTES", 10_000)
    unruly.answers["/api/files"] = answer({"data": {"files": [item("March")]}, "x": "x" * 10_000})

    with pytest.raises(TransientError, match="sent more than 10,000 bytes"):
        read(LISTING)


def test_the_resources_of_a_ckan_package_are_listed(unruly: UnrulyPublisher, read: Any) -> None:
    resources = [
        {
            "name": "Spend, March",
            "url": "https://files.example/spend-2026-03.csv",
            "last_modified": "2026-04-01",
            "size": 7,
        },
        {"name": "Notes", "url": f"{UNRULY}/notes.pdf", "last_modified": None},
        {"name": "Spend, April", "url": f"{UNRULY}/spend-2026-04.csv", "last_modified": None, "hash": ""},
        {"name": "Spend, May", "url": f"{UNRULY}/spend-2026_05.csv"},
    ]
    unruly.answers["/api/3/action/package_show?id=spend"] = answer(
        {"success": True, "result": {"resources": resources}}
    )
    unruly.answers["/spend-2026-04.csv"] = Answer(b"a\n")

    listing = read(ckan_package(UNRULY, package="spend", matching=r"spend-\d{4}-\d\d\.csv", every=DAILY))

    assert [(file.name, file.url, file.version) for file in listing.files] == [
        ("spend-2026-03.csv", "https://files.example/spend-2026-03.csv", "2026-04-01  7"),
        ("spend-2026-04.csv", f"{unruly.url}/spend-2026-04.csv", "2"),
    ]
    assert listing.near_misses == ["spend-2026_05.csv"]


def test_the_packages_of_a_ckan_search_are_read_to_the_last(unruly: UnrulyPublisher, read: Any) -> None:
    def found(number: int, title: str) -> Answer:
        resources = [{"url": f"{UNRULY}/spend-{number}.csv", "hash": f"h{number}"}]
        return answer({"result": {"count": 2, "results": [{"title": title, "resources": resources}]}})

    path = "/api/3/action/package_search?q=spend&rows=100&start="
    unruly.answers |= {f"{path}0": found(1, "Spend over 25,000"), f"{path}1": found(2, "Spend of others")}
    source = ckan_search(UNRULY, "spend", package=Pattern("spend over .*"), matching=r"spend-\d\.csv", every=DAILY)

    assert [(file.name, file.version) for file in read(source).files] == [("spend-1.csv", "h1")]
    assert len(unruly.requests) == 2


def test_the_distributions_of_a_dcat_catalogue_are_listed(unruly: UnrulyPublisher, read: Any) -> None:
    catalogue = {
        "dataset": [
            {
                "title": "Trees",
                "distribution": [{"title": "page", "accessURL": "x"}, {"downloadURL": "/t/trees_1.csv"}],
            },
            {"title": "Trees of others", "distribution": [{"downloadURL": "/t/trees_2.csv"}]},
            {"title": "Without files"},
        ]
    }
    unruly.answers |= {"/data.json": answer(catalogue), "/t/trees_1.csv": Answer(b"a\n")}
    source = dcat_catalogue(f"{UNRULY}/data.json", Pattern("trees"), matching=r"trees_\d\.csv", every=DAILY)

    assert [(file.name, file.url, file.version) for file in read(source).files] == [
        ("trees_1.csv", f"{unruly.url}/t/trees_1.csv", "2")
    ]

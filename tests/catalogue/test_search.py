"""People find datasets by their words, beginnings of words, filters and order, and read why each was found."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest

from tests.catalogue.shelf import Shelf
from tests.parts.site import Visitor, unbroken

TITLE = re.compile(r'href="/datasets/([^/]+)/([^/]+)/">')


def look_up(visitor: Visitor, **asked: str) -> str:
    """The page for what is asked."""
    answer = visitor.get(f"/datasets/?{urlencode(asked)}")
    assert answer.status_code == 200
    return unescape(unbroken(answer.text))


def found(visitor: Visitor, **asked: str) -> list[str]:
    """The datasets that are listed, of those on the shelf."""
    keys = [".".join(names) for names in TITLE.findall(look_up(visitor, **asked))]
    return [key for key in keys if key.startswith(("walks.", "dairy."))]


@pytest.mark.parametrize(
    "words",
    [
        "silly walks",
        "walk silliness",
        "the ministers of Whitehall",
        "left_knee",
        "hops",
        "walks.silly_walks",
        "silly wal",
        '"silly walks"',
        "gait -cheese",
        "whiteh",
        "silly or nothing_of_that_kind",
    ],
)
def test_a_dataset_is_found_by_what_people_type(shelf: Shelf, reader: Visitor, words: str) -> None:
    assert found(reader, q=words) == ["walks.silly_walks"]


@pytest.mark.parametrize("words", ['"whitehall walks"', "silly -walks", "cheese whitehall", "the", "-", '"', "illy"])
def test_what_does_not_fit_is_not_found(shelf: Shelf, reader: Visitor, words: str) -> None:
    assert "walks.silly_walks" not in found(reader, q=words)


def test_the_best_match_comes_first_and_shows_what_of_it_fits(shelf: Shelf, reader: Visitor) -> None:
    page = look_up(reader, q="minist")
    assert '<mark class="dss-mark">minister</mark>' in page
    assert 'Silly walks of <mark class="dss-mark">ministers</mark></a>' in page
    by_meaning = look_up(reader, q="minute")
    assert 'hop_count (Hops in a <mark class="dss-mark">minute</mark>)' in by_meaning
    assert found(reader, q="cheese or county or walks", sort="relevance")[0] == "dairy.cheese"


def test_what_datasets_say_is_text_also_where_it_is_marked(shelf: Shelf, reader: Visitor) -> None:
    pages = "".join(reader.get(path).text for path in ("/", "/datasets/", "/datasets/?q=parrots+plumage"))
    assert "<b>" not in pages
    assert "&lt;b&gt;" in pages
    assert "&lt;parrots&gt;" in pages


def test_filters_and_orders_narrow_and_sort_the_list(shelf: Shelf, reader: Visitor) -> None:
    assert found(reader, organisation="dairy") == ["dairy.cheese"]
    assert found(reader, state="late") == ["walks.silly_walks"]
    assert found(reader, state="attention", sort="state") == ["walks.parrots", "walks.silly_walks"]
    assert found(reader, state="empty", organisation="walks") == ["walks.empty_shelves"]
    assert found(reader, kind="uploaded", organisation="walks") == []
    assert found(reader, kind="published", organisation="walks", sort="rows") == [
        "walks.parrots",
        "walks.silly_walks",
        "walks.empty_shelves",
    ]
    assert found(reader, organisation="walks", sort="changed") == [
        "walks.parrots",
        "walks.silly_walks",
        "walks.empty_shelves",
    ]


def test_each_shows_its_rows_its_last_change_and_its_state_with_the_reason(shelf: Shelf, reader: Visitor) -> None:
    page = look_up(reader, organisation="walks")
    assert ">187,000</td>" in page
    assert ">8,123</td>" in page
    assert 'govuk-tag--orange">Late</strong>' in page
    assert "New data was expected within 3 days." in page
    assert 'govuk-tag--red">Failing</strong>' in page
    assert "b.csv: The publisher answered 503" in page
    assert 'govuk-tag--grey">Empty</strong>' in page
    assert 'govuk-tag--green">Fresh</strong>' in look_up(reader, organisation="dairy")


def test_whoever_finds_nothing_is_offered_what_they_may_have_meant(shelf: Shelf, reader: Visitor) -> None:
    misspelt = look_up(reader, q="sily waks")
    assert "Nothing found for “sily waks”" in misspelt
    assert '<a class="govuk-link dss-break" href="?q=silly+walks">Search for “silly walks”</a>: 1 dataset' in misspelt
    filtered = look_up(reader, q="cheese", organisation="walks")
    assert "Search for “cheese” without filters</a>: 1 dataset" in filtered
    too_much = look_up(reader, q="cheese of whitehall")
    assert 'href="?q=cheese+or+whitehall">Search for “cheese or whitehall”</a>: 2 datasets' in too_much
    assert "See all " in too_much


@pytest.mark.parametrize(
    "words", ["%00", "a\0b", "'", '"""', "a & b | !c", "(((", ":*", "walks:*", "<->", "é", "x" * 500, "\\", "%", "a:b"]
)
def test_nothing_that_people_type_is_an_error(shelf: Shelf, reader: Visitor, words: str) -> None:
    look_up(reader, q=words, organisation=words, state=words, kind=words, sort=words, page=words)


def test_a_list_in_pages_keeps_what_was_asked(shelf: Shelf, reader: Visitor) -> None:
    for number in range(30):
        shelf.declare(f"walks.paged_{number:02d}", f"Pages of a ledger {number:02d}")
    shelf.look()
    first = look_up(reader, q="ledger", sort="title")
    assert "30 datasets" in first
    assert 'href="?q=ledger&sort=title&page=2" rel="next"' in first
    assert found(reader, q="ledger", sort="title", page="2")[-1] == "walks.paged_29"

"""Records of an API, kept as one file: all pages or nothing."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dss_assets.dataset import Dataset, NextLink, Offset, PagedRecords, PageNumber
from dss_assets.datasets import REFERENCE_POSTCODES
from dss_assets.errors import TransientError
from dss_assets.sources import PublisherClient, fetch_file, list_files
from dss_assets.storage import Storage
from tests.parts.unruly import Answer, UnrulyPublisher
from tests.parts.unruly_fixtures import UNRULY

# As the indicators of the World Bank are: https://datahelpdesk.worldbank.org/knowledgebase/articles/898599 (2026-11).
PATH = "/v2/country/all/indicator/NY.GDP.MKTP.CD?format=json&per_page=2&page="
SOURCE = PagedRecords(
    url=f"{UNRULY}/v2/country/all/indicator/NY.GDP.MKTP.CD?format=json&per_page=2",
    records="[1]",
    paging=PageNumber("page", pages="[0].pages"),
    version="[0].lastupdated",
    total="[0].total",
    stored_as="gdp.ndjson",
    every=timedelta(days=1),
)
GDP: Dataset = replace(REFERENCE_POSTCODES, source=SOURCE)
# Numbers as they come: 1.10 is not 1.1, and the long one is no number of 64 bits.
RECORDS = [
    '{"country": {"id": "GB", "value": "Côte \\"d\'Ivoire\\""}, "date": "2024", "value": 1.10}',
    '{"date": "2023", "value": 123456789012345678901234567890}',
    '{"date": "2022", "value": null}',
]
LINES = (
    b'{"country":{"id":"GB","value":"C\xc3\xb4te \\"d\'Ivoire\\""},"date":"2024","value":1.10}\n'
    b'{"date":"2023","value":123456789012345678901234567890}\n'
    b'{"date":"2022","value":null}\n'
)


def page(number: int, *records: str, **changed: object) -> Answer:
    head = {"page": number, "pages": 2, "per_page": 2, "total": 3, "lastupdated": "2026-10-01"} | changed
    return Answer(f"[{json.dumps(head)}, [{', '.join(records)}]]".encode())


@pytest.fixture
def read(unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage) -> Any:
    unruly.answers |= {PATH + "1": page(1, *RECORDS[:2]), PATH + "2": page(2, RECORDS[2])}

    def read(source: PagedRecords = SOURCE) -> bytes:
        [file] = list_files(replace(GDP, source=source), unruly_client, storage)
        path = storage.dataset_path("dit", "reference_postcodes", file.name)
        storage.put(path, fetch_file(source, file, unruly_client))
        return b"".join(storage.read(path))

    return read


def test_the_records_of_all_pages_are_one_file_with_a_record_a_line(read: Any) -> None:
    assert read() == LINES
    assert read() == LINES


def test_its_version_is_the_declared_field_of_the_first_page(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage, read: Any
) -> None:
    [file] = list_files(GDP, unruly_client, storage)

    assert (file.name, file.version) == ("gdp.ndjson", "2026-10-01")
    assert [path for _, path, _ in unruly.asked] == [PATH + "1"]


def test_without_a_field_a_change_of_the_first_page_is_another_version_and_each_day_too(
    unruly: UnrulyPublisher, unruly_client: PublisherClient, storage: Storage, read: Any
) -> None:
    silent = replace(GDP, source=replace(SOURCE, version=None))
    [before] = list_files(silent, unruly_client, storage)
    assert [before] == list_files(silent, unruly_client, storage)
    unruly.answers[PATH + "1"] = page(1, *RECORDS[1:])

    [after] = list_files(silent, unruly_client, storage)

    assert after.version != before.version
    assert "of the first page on 2" in after.version


def test_offsets_and_links_are_followed_to_the_end(unruly: UnrulyPublisher, read: Any) -> None:
    plain = replace(SOURCE, url=f"{UNRULY}/rows", records="rows", version=None, total=None)
    for offset, rows in ((0, [{"a": 1}, {"a": 2}]), (2, [{"a": 3}]), (3, [])):
        unruly.answers[f"/rows?offset={offset}"] = Answer(json.dumps({"rows": rows}).encode())
    assert read(replace(plain, paging=Offset())) == b'{"a":1}\n{"a":2}\n{"a":3}\n'

    unruly.answers["/rows"] = Answer(b'{"rows": [[1, "x"]], "next": "/rows?cursor=2"}')
    unruly.answers["/rows?cursor=2"] = Answer(b'{"rows": [[2, "y"]]}')
    assert read(replace(plain, paging=NextLink("next"))) == b'[1,"x"]\n[2,"y"]\n'


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (Answer(b"", status=503), "503"),
        (page(2, total=3), r"cut short: it announced 3 items and gave 2"),
        (page(2, RECORDS[2], lastupdated="2026-10-02"), "changed while it was read"),
        (page(2, RECORDS[2], total=4), "changed while it was read"),
        (page(2, *RECORDS[:2]), "is the same as the page before it"),
        (page(2, '"text"'), "found 'text' at '\\[1\\]' instead of a record"),
        (page(2, '{"value": NaN}'), "NaN is no number of JSON"),
        (Answer(b'[{"message":[{"id":"120","key":"Invalid value"}]}]'), r"did not answer .*found no array at '\[1\]'"),
        (replace(page(2, RECORDS[2]), cuts=[40]), "broke off"),
    ],
)
def test_a_page_that_is_not_right_leaves_what_was_stored(
    second: Answer, reason: str, unruly: UnrulyPublisher, storage: Storage, read: Any
) -> None:
    read()
    unruly.answers[PATH + "2"] = second

    with pytest.raises(TransientError, match=reason):
        read()
    assert b"".join(storage.read("datasets/dit/reference_postcodes/gdp.ndjson")) == LINES


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (page(1, *RECORDS, lastupdated=None), r"found no version at '\[0\].lastupdated'"),
        (Answer(b'[{"message":[{"id":"120"}]}]'), "Invalid|found no array"),
        (Answer(b'[{"page":1,"pages":0,"total":0,"lastupdated":"x"}, null]'), "found no array"),
    ],
)
def test_an_api_that_does_not_answer_as_declared_offers_nothing(
    first: Answer, reason: str, unruly: UnrulyPublisher, read: Any
) -> None:
    unruly.answers[PATH + "1"] = first

    with pytest.raises(TransientError, match=reason):
        read()


def test_an_api_without_records_is_an_error(unruly: UnrulyPublisher, read: Any) -> None:
    unruly.answers[PATH + "1"] = page(1, pages=1, total=0)

    with pytest.raises(TransientError, match="has no records"):
        read()

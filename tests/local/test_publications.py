"""The publishers' stand-in serves a folder for any declared source, to the code that asks the real publishers."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests

from dss_assets.dataset import (
    Dataset,
    DatedUrl,
    FixedUrl,
    HtmlLinks,
    HttpSource,
    JsonListing,
    NextLink,
    Offset,
    PagedRecords,
    PageNumber,
    Pattern,
    Period,
    Where,
    ckan_package,
    ckan_search,
    dcat_catalogue,
)
from dss_assets.datasets import DATASETS, REFERENCE_POSTCODES
from dss_assets.sources import PublisherClient, fetch_file, list_files
from dss_assets.storage import Storage
from infra.local import declarations
from infra.local.pattern_examples import example
from infra.local.ports import free_port, wait_for_port
from infra.local.process import Process
from infra.local.publisher import Publisher
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.stand_in

DAILY = timedelta(days=1)
LISTED = JsonListing(
    "https://x.example/api?kind=csv",
    items="a.b",
    link="{file.url}",
    title="title",
    matching=r"T (?P<year>\d{4}) \w+",
    stored_as="t_{year}.csv",
    version=("at",),
    newest="at",
    every=DAILY,
)
QUARTERS = DatedUrl(
    "https://x.example/{year}?q={quarter}",
    "q{quarter}_{year}.csv",
    Period.QUARTER,
    date(2024, 1, 1),
    DAILY,
    look_back=99,
)
HOST, NAME = "https://x.example", r"t_\d+\.csv"
TWO, YEARS = ["t_1.csv", "t_2.csv"], ["t_2023.csv", "t_2024.csv"]
SOURCES: dict[str, tuple[HttpSource, list[str]]] = {
    "a fixed URL": (FixedUrl(f"{HOST}/get?file=1", "all.csv", DAILY), ["all.csv"]),
    "a URL with a date": (QUARTERS, ["q1_2024.csv", "q4_2025.csv"]),
    "links of one page": (HtmlLinks((f"{HOST}/a/b",), NAME, DAILY), TWO),
    "links of an http page": (HtmlLinks(("http://x.example/a",), NAME, DAILY), TWO),
    "a listing": (LISTED, YEARS),
    "a listing with pages": (replace(LISTED, paging=PageNumber(), url=f"{HOST}/l?limit=1"), YEARS),
    "a listing with links": (replace(LISTED, paging=NextLink("next"), total="n", url=f"{HOST}/?size=1"), YEARS),
    "a CKAN package": (ckan_package(HOST, "p", NAME, DAILY), TWO),
    "a CKAN search": (ckan_search(HOST, "q", Pattern("(the )?trees.*"), NAME, DAILY), TWO),
    "a DCAT catalogue": (dcat_catalogue(f"{HOST}/data.json", Pattern(r"trees \d+"), NAME, DAILY), TWO),
}


@pytest.fixture
def published(tmp_path: Path) -> Callable[..., Dataset]:
    def published(source: HttpSource, *names: str) -> Dataset:
        folder = tmp_path / "dit/reference_postcodes"
        folder.mkdir(parents=True, exist_ok=True)
        for name in [*names, "unlike.bin"]:
            (folder / name).write_bytes(f"the bytes of {name}\n".encode())
        return replace(REFERENCE_POSTCODES, source=source)

    return published


@pytest.mark.parametrize("kind", SOURCES)
def test_a_folder_is_served_as_its_source_reads_it(
    kind: str, published: Callable[..., Dataset], tmp_path: Path, storage: Storage
) -> None:
    source, names = SOURCES[kind]
    dataset = published(source, *names)
    with Publisher(tmp_path, settle_seconds=0, datasets=[*DATASETS, dataset]) as publisher:
        client = PublisherClient(publisher.base_urls)

        files = list_files(dataset, client, storage)

        assert sorted(file.name for file in files) == sorted(names)
        for file in files:
            assert b"".join(fetch_file(source, file, client)) == f"the bytes of {file.name}\n".encode()
            assert file.version


@pytest.mark.parametrize("paging", [PageNumber(pages="[0].pages"), Offset("skip")], ids=["numbers", "offsets"])
def test_records_are_served_page_by_page(
    paging: PageNumber | Offset, published: Callable[..., Dataset], tmp_path: Path, storage: Storage
) -> None:
    source = PagedRecords(
        "https://x.example/v2?per_page=2", "[1]", "gdp.ndjson", DAILY, paging, version="[0].updated", total="[0].total"
    )
    dataset = published(source)
    lines = b"".join(b'{"n":%d}\n' % number for number in range(5))
    (tmp_path / "dit/reference_postcodes/gdp.ndjson").write_bytes(lines)
    with Publisher(tmp_path, settle_seconds=0, datasets=[dataset]) as publisher:
        client = PublisherClient(publisher.base_urls)
        [file] = list_files(dataset, client, storage)

        assert b"".join(fetch_file(source, file, client)) == lines
        assert len(publisher.requests) == 4


ONS = r"ONS Directory\s+\((?P<month>[A-Z][a-z]+)\s+(?P<year>\d{4})\)(\s+for the (UK|U K))?(\s+\(V(?P<revision>\d+)\))?"


@pytest.mark.parametrize(
    ("pattern", "groups", "expected"),
    [
        (ONS, {"month": "AUG", "year": "2026"}, "ONS Directory (August 2026)"),
        (r"(?i)data[_-](?P<area>north|south)\.csv\.?", {"area": "NORTH"}, "data_NORTH.csv"),
        (r"(a|b)+x{2}[^,]\w", {}, "axxxx"),
        (r"csv|text/csv", {}, "csv"),
        (r"(?=x)y", {}, None),
    ],
)
def test_a_text_is_made_that_a_pattern_matches(pattern: str, groups: dict[str, str], expected: str | None) -> None:
    assert example(pattern, groups) == expected


def test_the_filters_of_a_listing_are_met(published: Callable[..., Dataset], tmp_path: Path, storage: Storage) -> None:
    source = replace(LISTED, where=(Where("format.name", Pattern("csv|text/csv")), Where("open", Pattern("true"))))
    dataset = published(source, "t_2023.csv")
    with Publisher(tmp_path, settle_seconds=0, datasets=[dataset]) as publisher:
        assert len(list_files(dataset, PublisherClient(publisher.base_urls), storage)) == 1


def test_the_publisher_reads_declarations_again_that_have_changed(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "publisher.log"
    command = [sys.executable, "-m", "infra.local.publisher", str(tmp_path), "--port", str(port)]
    process = Process("publisher", command, log, dict(os.environ), REPOSITORY)
    process.start()
    try:
        wait_for_port(process, port)
        changed_at = declarations.FOLDER / "__init__.py"
        os.utime(changed_at)
        deadline = time.monotonic() + 60
        while "read again" not in log.read_text() and time.monotonic() < deadline:
            time.sleep(0.2)

        assert "The declarations have changed and are read again." in log.read_text()
        wait_for_port(process, port)
        assert requests.get(f"http://127.0.0.1:{port}/nowhere", timeout=5).status_code == 404
    finally:
        process.stop()

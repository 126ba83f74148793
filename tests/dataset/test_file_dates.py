"""Files of every source are dated by their names, as far as these have a year."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dss_assets.dataset import (
    DatedUrl,
    FixedUrl,
    HtmlLinks,
    JsonListing,
    PagedRecords,
    Period,
    Source,
    StorageFolder,
    ckan_package,
)
from dss_assets.datasets import REFERENCE_POSTCODES

DAILY = timedelta(days=1)
URL = "https://x.example/"
SOLID = DatedUrl(URL + "{year}{month}{day}", "t{year}{month}{day}.csv", Period.DAY, date(2024, 1, 1), DAILY)
QUARTERS = DatedUrl(URL + "{year}{quarter}", "{year}q{quarter}_{year}.csv", Period.QUARTER, date(2024, 1, 1), DAILY)
YEAR = r"(?P<year>\d{4})"


@pytest.mark.parametrize(
    ("source", "name", "day"),
    [
        (SOLID, "t20240229.csv", date(2024, 2, 29)),
        (QUARTERS, "2024q1_2024.csv", date(2024, 3, 31)),
        (StorageFolder(rf"t_{YEAR}q(?P<quarter>\d)\.csv", DAILY), "t_2024q3.csv", date(2024, 9, 30)),
        (StorageFolder(rf"t_{YEAR}q(?P<quarter>\d)\.csv", DAILY), "t_2024q5.csv", None),
        (HtmlLinks((URL,), rf"t_{YEAR}\.csv", DAILY), "t_2024.csv", date(2024, 12, 31)),
        (StorageFolder(rf"t_{YEAR}\.csv", DAILY), "t_2024.csv", date(2024, 12, 31)),
        (ckan_package(URL, "p", rf"t_{YEAR}\.csv", DAILY), "t_2024.csv", date(2024, 12, 31)),
        (
            JsonListing(URL, "a", "{url}", rf"T {YEAR}", DAILY, title="title", stored_as="t_{year}.csv"),
            "t_2024.csv",
            date(2024, 12, 31),
        ),
        (JsonListing(URL, "a", "{url}", rf"T {YEAR}", DAILY, title="title"), "t_2024.csv", None),
        (FixedUrl(URL, "t_2024.csv", DAILY), "t_2024.csv", None),
        (PagedRecords(URL, "a", "t_2024.ndjson", DAILY), "t_2024.ndjson", None),
    ],
)
def test_a_name_dates_its_file_where_the_source_names_a_year(source: Source, name: str, day: date | None) -> None:
    found = replace(REFERENCE_POSTCODES, source=source).date_of(name)

    assert (found.date if found else None) == day

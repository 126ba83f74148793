"""Each dataset tells people what it is, who answers for it, and what its columns mean."""

from datetime import date

import pytest

from dss_assets.dataset import Dataset, Delimited, RenamedColumn, Rowwise, TableColumn, matching_members
from dss_assets.datasets import BACI, DATASETS, EU_COUNTRY_MEMBERSHIP, EXPORTERS, POSTCODE_DIRECTORY
from dss_assets.sources.file_names import takes


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.key)
def test_a_dataset_says_who_answers_for_it_and_when_it_is_late(dataset: Dataset) -> None:
    for word in ("title", "description", "owner", "contact", "licence", "source_page", "late_after"):
        assert getattr(dataset, word), word
    assert dataset.checks or dataset.release, "the tables of a release have keys and checks of their own"


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.key)
def test_every_column_is_described_in_a_sentence(dataset: Dataset) -> None:
    for table in dataset.tables:
        for column in dataset.columns_of(table):
            assert column.description.endswith("."), f"{table}.{column.name}"
        if dataset.release:
            assert dataset.release.table(table).description.endswith("."), table


def test_a_column_of_l1_has_the_meaning_of_its_source_unless_it_has_its_own() -> None:
    assert isinstance(BACI.l1, Rowwise)
    assert RenamedColumn("year", source="t") in BACI.l1.columns
    columns = {column.name: column for column in BACI.columns_of("L1")}
    assert columns["year"] == TableColumn("year", "integer", "Year.", sources=("t",))

    address = next(column for column in EXPORTERS.columns_of("L1") if column.name == "address")
    assert address.sources == ("address1", "address2", "address3", "address4", "address5")
    assert address.description == "Address of the exporter on one line, in lower case."


def test_an_unpivoted_table_has_four_columns_beside_its_ids() -> None:
    columns = EU_COUNTRY_MEMBERSHIP.columns_of("L1")

    assert [(column.name, column.type) for column in columns][2:] == [
        ("country", "text"),
        ("iso3", "text"),
        ("year", "integer"),
        ("tariff_code", "text"),
    ]
    assert len(columns[-1].sources) == 61


@pytest.mark.parametrize(
    ("read", "beside"),
    [
        ("Data/ONSPD_FEB_2023_UK_V2.csv", "Data/multi_csv/ONSPD_FEB_2023_UK_AB.csv"),
        ("ONSPD_FEB_2018/Data/New Order/ONSPD_FEB_2018_UK.csv", "ONSPD_FEB_2018/Data/Old Order/ONSPD_FEB_2018_UK.csv"),
        ("data/multi_csv/ONSPD_NOV_2024_UK_zz.csv", "Documents/Country names and codes UK as at 08_12.csv"),
        ("Data/ONSPD_NOVEMBER_2024_UK.csv", "Data/multi_csv/ONSPD_NOVEMBER_2024_UK_AB.csv"),
        ("Data/Multi CSV/ONSPD_SEPT_2024_UK_AB.csv", "Documents/ONSPD_CODES_2024_UK.csv"),
    ],
)
def test_a_postcode_directory_is_read_wherever_its_edition_has_it(read: str, beside: str) -> None:
    assert isinstance(POSTCODE_DIRECTORY.format, Delimited)

    _, matches = matching_members([beside, read], POSTCODE_DIRECTORY.format.members)

    assert [match[0] for match in matches] == [read]


@pytest.mark.parametrize(
    ("name", "last_day"),
    [
        ("exporters2511.zip", date(2025, 11, 30)),
        ("EXPORTERS2511V2.ZIP", date(2025, 11, 30)),
        ("exporters2511_v2.zip", date(2025, 11, 30)),
        ("exporters_jan-jun26archive.zip", date(2026, 6, 30)),
        ("exporters_jul-dec25archive_v2.zip", date(2025, 12, 31)),
        ("exporters_2016archive.zip", date(2016, 12, 31)),
        ("exporters_2016archive_JulDec.zip", date(2016, 12, 31)),
    ],
)
def test_a_file_of_exporters_is_taken_and_as_new_as_its_last_month(name: str, last_day: date) -> None:
    found = EXPORTERS.date_of(name)

    assert takes(EXPORTERS.source, name)
    assert found
    assert found.date == last_day

"""Each asset says what its dataset is, whose, since when, and of what it is made, from one end to the other."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from dagster import AssetKey, AssetSpec, Definitions, TableColumn
from dagster._core.remote_representation.external_data import RepositorySnap  # neither has a public name
from dagster._serdes import serialize_value

from dss_assets.assets import build_definitions
from dss_assets.assets.declared import origin
from dss_assets.dataset import Dataset, HtmlLinks
from dss_assets.datasets import ACCOUNTS, DATASETS, EXPORTERS, TARIFF
from dss_assets.resources import AssetsSettings, Service
from tests.declarations.price_index import PRICE_INDEX
from tests.declarations.schools_list import SCHOOLS

SETTINGS = AssetsSettings.model_construct(
    dss_database_url="",
    dataflow_base_url="https://airflow.example",
    dss_web_url="https://dss.example/",
    dss_source_interval_seconds=None,
)
CHAIN = ["publisher", "file", "L0", "L1", "registry", "dataflow", "datasets_database"]


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    return build_definitions(DATASETS, Service(SETTINGS))


def spec(definitions: Definitions, *key: str) -> AssetSpec:
    return definitions.resolve_assets_def(AssetKey(key)).specs_by_key[AssetKey(key)]


def test_the_definitions_can_be_sent_from_the_code_server_to_the_ui(definitions: Definitions) -> None:
    assert serialize_value(RepositorySnap.from_def(definitions.get_repository_def()))


@pytest.mark.parametrize("part", CHAIN)
def test_each_asset_says_whose_it_is_and_where_it_comes_from(part: str, definitions: Definitions) -> None:
    shown = spec(definitions, "hmrc", "exporters", part)

    assert EXPORTERS.description in (shown.description or "")
    assert shown.owners == ["datahub@businessandtrade.gov.uk"]
    assert shown.tags["dss/dataset"] == "hmrc.exporters"
    assert shown.kinds
    assert shown.metadata["source page"].url == EXPORTERS.source_page
    assert EXPORTERS.licence
    assert EXPORTERS.licence.url in shown.metadata["licence"].md_str
    (reference,) = shown.metadata["dagster/code_references"].code_references
    lines = Path(reference.file_path).read_text().splitlines()
    assert lines[reference.line_number - 1].startswith("EXPORTERS = Dataset(")


@pytest.mark.parametrize("part", ["L0", "L1", "datasets_database"])
def test_each_table_leads_to_its_page_in_the_catalogue(part: str, definitions: Definitions) -> None:
    shown = spec(definitions, "hmrc", "exporters", part)

    assert shown.metadata["in the catalogue"].url == "https://dss.example/datasets/hmrc/exporters/"


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.key)
def test_the_lineage_runs_from_the_publisher_to_the_datasets_database(
    dataset: Dataset, definitions: Definitions
) -> None:
    graph = definitions.resolve_asset_graph()
    tables = [set(dataset.tables)] if dataset.release else [{table} for table in dataset.file_tables]
    behind = [{"dataflow"}, {"datasets_database"}] if dataset.dataflow_table in dataset.file_tables else []
    stages = [
        {AssetKey([dataset.organisation, dataset.name, part]) for part in stage}
        for stage in ({"publisher"}, {"file"}, *tables, {"registry"}, *behind)
    ]

    for before, after in pairwise(stages):
        assert all(graph.get(key).parent_keys == before for key in after)
    external = {key for stage in stages for key in stage if not graph.get(key).is_materializable}
    assert external == stages[0] | (stages[-1] if behind else set())


def test_where_we_deliver_the_lineage_ends_with_the_table_that_we_copy() -> None:
    settings = AssetsSettings.model_construct(
        dss_database_url="postgresql://nobody@127.0.0.1:9/nowhere", dss_source_interval_seconds=None, dss_web_url=""
    )
    definitions = build_definitions(DATASETS, Service(settings))
    graph = definitions.resolve_asset_graph()
    key = AssetKey(["hmrc", "exporters", "datasets"])

    assert graph.get(key).parent_keys == {AssetKey(["hmrc", "exporters", "registry"])}
    assert graph.get(key).is_materializable
    assert not graph.get(key).child_keys
    assert spec(definitions, *key.path).metadata["dagster/table_name"] == '"hmrc"."exporters"'
    assert not {"dataflow", "datasets_database"} & {one.path[-1] for one in graph.get_all_asset_keys()}


def test_tables_have_their_names_and_described_columns(definitions: Definitions) -> None:
    for table, column in (("L0", "row_type"), ("L1", "export_item_codes")):
        shown = spec(definitions, "hmrc", "exporters", table)
        columns = {column.name: column for column in shown.metadata["dagster/column_schema"].columns}
        described = {column.name: column for column in EXPORTERS.columns_of(table)}
        assert shown.metadata["dagster/table_name"] == f'"hmrc.exporters"."{table}"'
        assert (columns[column].type, columns[column].description) == (
            described[column].type,
            described[column].description,
        )
    assert spec(definitions, "hmrc", "exporters", "datasets_database").metadata["dagster/table_name"] == (
        '"hmrc"."exporters"'
    )


def test_columns_of_l1_say_of_what_they_are_made(definitions: Definitions) -> None:
    def meanings(*key: str) -> dict[str, str]:
        return {column.name: column.description or "" for column in schema(definitions, *key)}

    exporters = meanings("hmrc", "exporters", "L1")
    assert exporters["datetime"] == "First day of the month of the exports. Made of month in L0."
    assert exporters["address"].endswith("Made of address1, address2, address3, address4, address5 in L0.")
    assert exporters["postcode"] == "Postcode of the exporter without spaces.", "of its namesake"
    membership = meanings("dit", "eu_country_membership", "L1")
    assert membership["tariff_code"].endswith("Made of 1958 to 2018 in L0.")


def schema(definitions: Definitions, *key: str) -> list[TableColumn]:
    columns: list[TableColumn] = spec(definitions, *key).metadata["dagster/column_schema"].columns
    return columns


@pytest.mark.parametrize(("dataset", "table"), [(EXPORTERS, "L1"), (TARIFF, "L0")])
def test_the_table_that_clients_read_is_late_after_the_declared_time(
    dataset: Dataset, table: str, definitions: Definitions
) -> None:
    policies = {
        part: spec(definitions, dataset.organisation, dataset.name, part).freshness_policy
        for part in ("file", "L0", table)
    }

    assert [part for part, policy in policies.items() if policy] == [table]
    assert policies[table].fail_window.to_timedelta() == dataset.late_after  # type: ignore[union-attr]


def test_the_publisher_says_where_its_files_are_found(definitions: Definitions) -> None:
    assert isinstance(ACCOUNTS.source, HtmlLinks)
    assert ACCOUNTS.source.pages[0] in (
        spec(definitions, "companies_house", "accounts_legacy", "publisher").description or ""
    )


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        (PRICE_INDEX, "Files are fetched from https://publicdata.example.gov.uk/"),
        (SCHOOLS, "Operators put the publisher's files into"),
    ],
)
def test_every_source_says_where_its_files_come_from(dataset: Dataset, words: str) -> None:
    assert words in origin(dataset)


def test_a_dataset_that_says_nothing_of_itself_is_shown_too() -> None:
    silent = Dataset(
        "org", "silent", EXPORTERS.source, EXPORTERS.format, EXPORTERS.loading, EXPORTERS.columns, EXPORTERS.l1
    )

    shown = spec(build_definitions([silent], Service(SETTINGS)), "org", "silent", "L1")

    assert (shown.owners, shown.freshness_policy) == ([], None)
    assert "source page" not in shown.metadata


def test_a_dataset_that_is_not_copied_has_no_table_in_the_datasets_database() -> None:
    kept = build_definitions([replace(EXPORTERS, dataflow_table=None)], Service(SETTINGS))

    assert AssetKey(["hmrc", "exporters", "datasets_database"]) not in kept.resolve_asset_graph().get_all_asset_keys()


def test_links_lead_to_pages_for_people() -> None:
    service = Service(SETTINGS)

    assert service.page_url("hmrc.exporters") == "https://dss.example/datasets/hmrc/exporters/"
    assert service.registry_url("hmrc.exporters", "a b.zip") == (
        "https://dss.example/admin/registry/datafile/?source=hmrc.exporters&q=a+b.zip"
    )

"""What a declaration says, as the Dagster UI shows it on each asset of the dataset."""

from typing import Any

from dagster import (
    AssetKey,
    FreshnessPolicy,
    MetadataValue,
    TableColumn,
    TableColumnDep,
    TableColumnLineage,
    TableSchema,
)

from dss_assets.assets.code_references import code_references
from dss_assets.dataset import Dataset, DatedUrl, FixedUrl, HtmlLinks, JsonListing, PagedRecords, StorageFolder
from dss_assets.dataset import TableColumn as DeclaredColumn

# The tag by which the assets of a dataset are found.
DATASET_TAG = "dss/dataset"
# More columns are named by the first and the last: an unpivoted one is made of sixty.
_MOST_SOURCES = 6


def owners(dataset: Dataset) -> list[str]:
    """Who answers for the dataset."""
    return [dataset.owner] if dataset.owner else []


def tags(dataset: Dataset) -> dict[str, str]:
    """By what datasets are filtered."""
    return {
        DATASET_TAG: dataset.key,
        "dss/organisation": dataset.organisation,
        "dss/loading": type(dataset.loading).__name__.lower(),
        "dss/format": type(dataset.format).__name__.lower(),
    }


def links(dataset: Dataset) -> dict[str, Any]:
    """Where the data come from, under which terms, whom to ask, and where the dataset is declared."""
    facts: dict[str, Any] = {"title": dataset.title or dataset.key}
    if dataset.source_page:
        facts["source page"] = MetadataValue.url(dataset.source_page)
    if dataset.licence:
        facts["licence"] = MetadataValue.md(f"[{dataset.licence.name}]({dataset.licence.url})")
    if dataset.contact:
        facts["contact"] = dataset.contact
    return facts | code_references(dataset)


def freshness_policy(dataset: Dataset, part: str) -> FreshnessPolicy | None:
    """When the tables that clients read are late: the last one, or all of a release."""
    read = dataset.tables if dataset.release else dataset.file_tables[-1:]
    if dataset.late_after is None or part not in read:
        return None
    return FreshnessPolicy.time_window(fail_window=dataset.late_after)


def table_name(dataset: Dataset, table: str) -> str:
    """The table's name in Postgres, as SQL writes it."""
    return f'"{dataset.schema}"."{table}"'


def column_schema(dataset: Dataset, table: str) -> TableSchema:
    """The columns of a table with their types, meanings, and what they are made of.

    The open-source UI draws no lineage of columns (https://docs.dagster.io/guides/build/assets/metadata-and-tags, seen
    2026-11): what a column of another name is made of is shown in its description.
    """
    return TableSchema(
        [
            TableColumn(column.name, type=column.type, description=_meaning(column) or None)
            for column in dataset.columns_of(table)
        ]
    )


def _meaning(column: DeclaredColumn) -> str:
    sources = column.sources
    # Ids are described as what they are made of.
    if sources in {(), (column.name,), ("id",)}:
        return column.description
    listed = ", ".join(sources) if len(sources) <= _MOST_SOURCES else f"{sources[0]} to {sources[-1]}"
    return f"{column.description} Made of {listed} in L0.".strip()


def column_lineage(dataset: Dataset, l0: AssetKey) -> TableColumnLineage:
    """Of which columns of L0 each column of L1 is made."""
    return TableColumnLineage(
        {
            column.name: [TableColumnDep(l0, source) for source in column.sources]
            for column in dataset.columns_of("L1")
            if column.sources
        }
    )


def copied_lineage(dataset: Dataset, table: str, key: AssetKey) -> TableColumnLineage:
    """The lineage of a copy of one of the dataset's tables."""
    return TableColumnLineage({column.name: [TableColumnDep(key, column.name)] for column in dataset.columns_of(table)})


def origin(dataset: Dataset) -> str:
    """Where a dataset's files come from, in a sentence."""
    match dataset.source:
        case None:
            return "Files are uploaded by staff."
        case StorageFolder():
            return "Operators put the publisher's files into the dataset's folder of the storage."
        case HtmlLinks(pages=pages):
            return f"Files are linked from {' and '.join(pages)}."
        case DatedUrl(url=url):
            return f"Files are fetched from {url}, with their dates filled in."
        case JsonListing(url=url):
            return f"Files are listed by {url}."
        case FixedUrl(url=url) | PagedRecords(url=url):
            return f"The file is fetched from {url}."

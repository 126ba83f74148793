"""The bodies of the catalogue, and a described dataset as such a body."""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from dss_web.api.page_bodies import Next
from dss_web.catalogue.described import DescribedDataset, DescribedTable
from dss_web.http.bodies import Body
from dss_web.registry.dataset_states import State
from dss_web.shared.contract import Classification

_COLUMN: Final[JsonDict] = {"name": "company_name", "type": "TEXT", "description": "Name of the company."}
_TABLE: Final[JsonDict] = {
    "name": "L1",
    "version": 912,
    "generation": 870,
    "changed_at": "2026-11-20T09:30:00+00:00",
    "rows": 1250000,
    "columns": [{"name": "id", "type": "BIGINT", "description": "Identifies the row."}, _COLUMN],
}
_DATASET: Final[JsonDict] = {
    "key": "hmrc.exporters",
    "schema": "hmrc.exporters",
    "title": "Exporters of goods",
    "description": "Companies that exported goods, month by month.",
    "owner": "datahub@example.gov.uk",
    "contact": "uktradeinfo@hmrc.gov.uk",
    "licence": "Open Government Licence v3.0",
    "licence_url": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "source_page": "https://www.uktradeinfo.com/trade-data/latest-bulk-datasets/",
    "kind": "published",
    "state": "fresh",
    "since": "2026-11-20T09:30:00+00:00",
    "loaded_at": "2026-11-20T09:30:00+00:00",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "rows": 1250000,
    "may_hold_personal_data": None,
    "classification": None,
    "tables": [_TABLE],
}


class CatalogueColumn(Body):
    """A column of a table."""

    model_config = ConfigDict(json_schema_extra={"examples": [_COLUMN]})

    name: str = Field(description="The column's name as stored.")
    type: str = Field(description="The type's name, as `table-structure` has it.", examples=["TEXT", "BIGINT"])
    description: str = Field(description="What the column means; empty where nobody has said so.")


class CatalogueTable(Body):
    """A table that you may read, and the state in which it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TABLE]})

    name: str = Field(description="The table's name, for the routes that take one.")
    version: int | None = Field(
        description="Changes with every change of the table, and is never used again; null before anything is loaded. "
        "The `ETag` of the table's pages begins with it."
    )
    generation: int | None = Field(
        description="The version at which rows or columns were last changed or removed. While it stays the same, rows "
        "have only been added."
    )
    changed_at: datetime | None = Field(description="When the load began that changed it last.")
    rows: int | None = Field(description="About how many rows it has: the estimate by which Postgres plans.")
    columns: list[CatalogueColumn] = Field(
        description="Its columns. What `table-structure` lists is what is stored now: the same, unless the dataset has "
        "been described anew since its last load."
    )


class CatalogueDataset(Body):
    """A dataset, with those of its tables that you may read. What nobody has said is empty."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DATASET]})

    key: str = Field(description="The dataset's name: `organisation.dataset`.")
    schema_name: str = Field(alias="schema", description="The schema of its tables, for the routes that take one.")
    title: str = Field(description="What people call it.")
    description: str = Field(description="What it is about.")
    owner: str = Field(
        description="Who answers for it here: an email, several with commas between, or `team:` and a name."
    )
    contact: str = Field(description="Whom to ask about the data: an email or a URL.")
    licence: str = Field(description="The name of the licence.")
    licence_url: str = Field(description="The page on which the licence stands.")
    source_page: str = Field(description="Where its publisher presents it.")
    kind: Literal["published", "uploaded"] = Field(
        description="Whether it is collected from a publisher or uploaded by people."
    )
    state: State | None = Field(
        description="How it stands: `fresh`, `empty` (nothing is loaded yet), or the gravest of its problems. Null in "
        "the first minute of a new dataset."
    )
    since: datetime | None = Field(description="Since when it is in that state.")
    loaded_at: datetime | None = Field(description="When something was loaded last.")
    digest: str = Field(description="SHA-256 of the file that was loaded last, as its publisher or uploader sent it.")
    rows: int | None = Field(description="About how many rows its largest table has.")
    may_hold_personal_data: bool | None = Field(description="Whether it may hold personal data; null if unknown.")
    classification: Classification | None = Field(description="How sensitive it is; null if nobody has said so.")
    tables: list[CatalogueTable] = Field(description="Those of its tables that you may read.")


class CataloguePage(Body):
    """Datasets in the order of their keys."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"datasets": [_DATASET], "next": None}]})

    datasets: list[CatalogueDataset] = Field(description="The datasets of which you may read a table.")
    next: Next


def dataset_body(dataset: DescribedDataset) -> CatalogueDataset:
    """A described dataset, for clients."""
    entry, indexed = dataset.entry, dataset.indexed
    same = ("key", "description", "owner", "contact", "licence", "licence_url", "source_page", "may_hold_personal_data")
    values: dict[str, Any] = {name: getattr(entry, name) for name in same}
    return CatalogueDataset(
        **values,
        schema=entry.schema_name,
        title=dataset.title,
        kind="uploaded" if entry.is_uploaded else "published",
        state=State(indexed.state) if indexed else None,
        since=indexed.since if indexed else None,
        loaded_at=indexed.loaded_at if indexed else None,
        digest=indexed.digest if indexed else "",
        rows=indexed.rows if indexed else None,
        classification=Classification(entry.classification) if entry.classification else None,
        tables=[_table_body(table) for table in dataset.tables],
    )


def _table_body(table: DescribedTable) -> CatalogueTable:
    state = table.state
    columns = [
        CatalogueColumn(name=column.name, type=column.type.upper(), description=column.description)
        for column in table.columns
    ]
    return CatalogueTable(
        name=table.name,
        version=state.version,
        generation=state.generation,
        changed_at=state.changed_at,
        rows=state.rows,
        columns=columns,
    )

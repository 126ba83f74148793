"""What there is for a key: datasets, their tables, and what their columns mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Column:
    """A column: its name, its type (`TEXT`, `BIGINT`, `TEXT[]`), and what it means, if the dataset says so."""

    name: str
    type: str
    description: str = ""


@dataclass(frozen=True)
class DatasetTable:
    """A table of a dataset. `version` changes whenever its rows do; None if its changes are not tracked."""

    name: str
    version: int | None
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Dataset:
    """A dataset. `schema` is that of its tables, `facts` everything that the service says of it, as JSON."""

    key: str
    schema: str
    title: str
    description: str
    tables: tuple[DatasetTable, ...]
    facts: Mapping[str, Any] = field(repr=False)

    def mentions(self, text: str) -> bool:
        """Whether every word of the text stands in the dataset's names, title, description or columns."""
        columns = [f"{column.name} {column.description}" for table in self.tables for column in table.columns]
        everything = " ".join([self.key, self.schema, self.title, self.description, *columns]).casefold()
        return all(word in everything for word in text.casefold().split())


def parse_dataset(body: Mapping[str, Any]) -> Dataset:
    """A dataset of the API's JSON."""
    tables = tuple(
        DatasetTable(table["name"], table.get("version"), tuple(map(parse_column, table.get("columns", ()))))
        for table in body.get("tables", ())
    )
    return Dataset(
        key=body["key"],
        schema=body["schema"],
        title=body.get("title") or "",
        description=body.get("description") or "",
        tables=tables,
        facts=body,
    )


def parse_column(body: Mapping[str, Any]) -> Column:
    """A column of the API's JSON."""
    return Column(body["name"], body["type"], body.get("description") or "")

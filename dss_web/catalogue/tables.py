"""The tables of a dataset, as it is described, and the one that a page is about."""

from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpRequest

from dss_web.registry.described_column import DescribedColumn
from dss_web.registry.models import CatalogueEntry
from dss_web.tables.served_table import ServedTable, table_by_name

# What most readers want: the cleaned table, where there is one.
_CLEANED: Final = "L1"


@dataclass(frozen=True, slots=True)
class DatasetTable:
    """A table of a dataset, with its described columns."""

    schema: str
    name: str
    columns: tuple[DescribedColumn, ...]

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def served(self) -> ServedTable:
        """The table as the API serves it."""
        return table_by_name(self.schema, self.name)


def tables_of(entry: CatalogueEntry) -> list[DatasetTable]:
    """The tables of a dataset in their order; none of an uploaded one before something is loaded."""
    return [
        DatasetTable(
            entry.schema_name,
            each["name"],
            tuple(DescribedColumn(one["name"], one["type"], one["description"] or "") for one in each["columns"]),
        )
        for each in entry.tables
    ]


def chosen_table(request: HttpRequest, tables: list[DatasetTable]) -> DatasetTable | None:
    """The table that `?table=` names, or the cleaned one, or the first; None for a dataset without tables.

    Raises Http404 for one that the dataset does not have: a schema holds tables of the loader's own, too.
    """
    by_name = {table.name: table for table in tables}
    if name := request.GET.get("table"):
        if name not in by_name:
            raise Http404
        return by_name[name]
    return by_name.get(_CLEANED) or next(iter(tables), None)

"""The way of a dataset's rows, from its publisher to those who read them: what is drawn on its page."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from dss_web.catalogue.tables import DatasetTable
from dss_web.registry.models import CatalogueEntry, DataflowRun
from dss_web.shared.contract import DataflowState

# Of more tables the number is shown.
_NAMED: Final = 2
_TABLES: Final = {"L0": "The rows as they came", "L1": "The rows cleaned, as most people read them"}


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the way: what it is, its name, and a sentence about it. `link` is where a person can see it, or ''."""

    what: str
    name: str
    about: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """The copy of a dataset's table in the datasets database, and its latest run: None before the first one.

    `copied` is the last run that was done.
    """

    schema: str
    table: str
    latest: DataflowRun | None
    copied: DataflowRun | None

    @property
    def is_failing(self) -> bool:
        """Whether what is there may be older than what is here, since the latest copy has failed."""
        return self.latest is not None and self.latest.state == DataflowState.FAILED


def copy_of(entry: CatalogueEntry) -> Copy:
    """Where analysts find the dataset. Both ways of delivery give the copy the dataset's names in small letters.

    The ledger of runs calls a dataset by its key, whatever the schema of its tables is.
    """
    schema, _, table = entry.key.lower().partition(".")
    runs = DataflowRun.objects.filter(schema_name=entry.key).order_by("-id")
    return Copy(schema, table, runs.first(), runs.filter(state=DataflowState.SUCCESS).first())


def way_of(entry: CatalogueEntry, tables: list[DatasetTable], copy: Copy) -> list[list[Place]]:
    """The places in their order; those that stand side by side are in one list."""
    names = entry.key.split(".", 1)
    if entry.is_uploaded:
        start = Place("People upload it", "CSV files and workbooks")
        files = Place("Kept here", "Versions", "Each file as it came", reverse("catalogue-versions", args=names))
    else:
        host = urlsplit(entry.source_page).hostname or "Files on the internet"
        start = Place("Publisher", host.removeprefix("www."), "", entry.source_page)
        files = Place("Kept here", "Files", "Each file as it came", reverse("catalogue-files", args=names))
    if len(tables) > _NAMED:
        chain = [[Place("Tables", f"{len(tables)} tables", "Replaced together")]]
    else:
        chain = [[Place("Table", table.name, _TABLES.get(table.name, ""))] for table in tables]
    readers = [Place("For programs", "API", "", reverse("catalogue-use", args=names))]
    if copy.latest:
        link = settings.DSS.dss_data_workspace_url.format(schema=copy.schema, table=copy.table)
        readers.append(Place("For analysts", "Data Workspace", f"{copy.schema}.{copy.table}", link))
    return [[start], [files], *chain, *([readers] if tables else [])]

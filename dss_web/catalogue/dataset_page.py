"""What all pages of a dataset have in common: its name and state, its tables, and the way to its other pages."""

from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dss_web.accounts.models import User
from dss_web.accounts.rights import rights_on
from dss_web.accounts.roles import Role
from dss_web.catalogue.finding import entry_for
from dss_web.catalogue.states import TAGS
from dss_web.catalogue.tables import DatasetTable, chosen_table, tables_of
from dss_web.http.errors import ApiError, Unprocessable
from dss_web.registry.dataset_states import State
from dss_web.registry.models import CatalogueEntry, IndexedDataset, RestrictedDataset, UploadPipeline

# By the names of their URLs. Uploaded datasets have versions instead of files.
_PAGES: Final = {
    "catalogue-dataset": "About",
    "catalogue-rows": "Rows",
    "catalogue-versions": "Versions",
    "catalogue-files": "Files",
    "catalogue-use": "Use it",
    "catalogue-download": "Download",
}


@dataclass(frozen=True, slots=True)
class PageLink:
    """One of the pages of a dataset."""

    title: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class DatasetPage:
    """A page of a dataset, for one person. `table` is the one that it is about; None before anything is loaded.

    `indexed` has its state, and is None for a moment after it was created; `pipeline` is there if it is uploaded.
    """

    request: HttpRequest
    entry: CatalogueEntry
    name: str
    tables: list[DatasetTable]
    table: DatasetTable | None
    indexed: IndexedDataset | None
    pipeline: UploadPipeline | None

    @property
    def person(self) -> User:
        """Who looks at it."""
        return cast(User, self.request.user)

    @property
    def title(self) -> str:
        """What people call the dataset."""
        if self.entry.title:
            return self.entry.title
        return self.entry.key.partition(".")[2].replace("_", " ").capitalize()

    @property
    def tag(self) -> tuple[str, str] | None:
        """The tag of its state."""
        return TAGS[State(self.indexed.state)] if self.indexed else None

    @property
    def is_restricted(self) -> bool:
        """Whether not everybody who logs in may see it."""
        return RestrictedDataset.objects.filter(dataset=self.entry.key).exists()

    @property
    def owned(self) -> bool:
        """Whether the person decides who may read it."""
        if self.pipeline:
            return rights_on(self.person, self.pipeline).may_own
        return self.person.role == Role.ADMINISTRATOR

    @property
    def shows_values(self) -> bool:
        """Whether values of it may stand where nobody has asked for rows.

        What is published is public. Of what people upload only what somebody has said to hold no personal data.
        """
        return not (self.entry.may_hold_personal_data if not self.pipeline else self._may_be_personal)

    @property
    def _may_be_personal(self) -> bool:
        return self.entry.may_hold_personal_data is not False

    @property
    def pages(self) -> list[PageLink]:
        """The pages of the dataset that there are; those about a table lead to the same one."""
        chosen = self.request.GET.get("table", "")
        query = f"?{urlencode({'table': chosen})}" if chosen else ""
        return [
            PageLink(title, f"{self.url(name)}{query}", name == self.name)
            for name, title in _PAGES.items()
            if not (name == "catalogue-files" and self.pipeline)
        ]

    def url(self, name: str) -> str:
        """The address of another page of the dataset, by the name of its URL."""
        return reverse(name, args=self.entry.key.split(".", 1))

    def show(self, template: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
        """The page, by a template that has it as `page`."""
        return render(self.request, template, {"page": self, "entry": self.entry, **(context or {})}, status=status)

    def show_nothing(self) -> HttpResponse:
        """The page of a table that is not there: before the first load, or while the dataset is being deleted."""
        return self.show("catalogue/dataset/no_table.html")

    def show_error(self, error: ApiError) -> HttpResponse:
        """The page of a table that cannot be read now or, if it has no id, at all."""
        response = self.show(
            "catalogue/dataset/unreadable.html", {"for_good": isinstance(error, Unprocessable)}, error.status
        )
        if error.retry_after is not None:
            response["Retry-After"] = str(error.retry_after)
        return response


def page_of_dataset(request: HttpRequest, name: str, organisation: str, dataset: str) -> DatasetPage:
    """The page whose URL has this name. Raises Http404 where the person may not see the dataset, or table."""
    entry = entry_for(request, organisation, dataset)
    tables = tables_of(entry)
    return DatasetPage(
        request,
        entry,
        name,
        tables,
        chosen_table(request, tables),
        IndexedDataset.objects.filter(key=entry.key).first(),
        UploadPipeline.objects.filter(organisation=organisation, dataset=dataset).first()
        if entry.is_uploaded
        else None,
    )

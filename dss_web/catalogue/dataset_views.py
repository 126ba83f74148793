"""The pages of a dataset: what it is, what was loaded, and how to use it. Its rows have pages of their own."""

import logging
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dss_web.catalogue import dagster, history
from dss_web.catalogue.commands import api_path, commands_for, environment, installation
from dss_web.catalogue.dataset_page import DatasetPage, page_of_dataset
from dss_web.catalogue.facts import TableFacts, facts_about
from dss_web.catalogue.file_list import TAGS, files_of
from dss_web.catalogue.lineage import copy_of, way_of
from dss_web.catalogue.type_titles import type_title
from dss_web.frame.navigation import dagster_ui
from dss_web.http.errors import ApiError, NoSuchTable
from dss_web.shared.contract import FileState
from dss_web.tables.opening import open_table

log = logging.getLogger(__name__)

# Each as many as a person looks through.
COLUMNS = 100
FILES = 50
VERSIONS = 25


@never_cache
@require_safe
def about(request: HttpRequest, organisation: str, dataset: str) -> HttpResponse:
    """What the dataset is, where it comes from, and what is in its columns."""
    page = page_of_dataset(request, "catalogue-dataset", organisation, dataset)
    facts = _facts(page)
    columns = Paginator(page.table.columns if page.table else (), COLUMNS).get_page(request.GET.get("page"))
    context = {
        "facts": facts,
        "columns": columns,
        "described": [
            (column, type_title(column.type), facts.columns.get(column.name) if facts else None) for column in columns
        ],
        "way": way_of(page.entry, page.tables, copy_of(page.entry)),
        "follow": page.url("follow"),
        "changes": page.url("dataset-changes"),
        "people": page.url("catalogue-people"),
        "late_days": page.entry.late_after.days if page.entry.late_after else None,
    }
    return page.show("catalogue/dataset/about.html", context)


def _facts(page: DatasetPage) -> TableFacts | None:
    """What the columns hold; None where nobody can tell now: the rest of the page is there without it."""
    if not page.table:
        return None
    try:
        with open_table(page.table.schema, page.table.name) as relation:
            return facts_about(relation, page.table.served, with_values=page.shows_values)
    except NoSuchTable:
        return None
    except ApiError as error:
        log.warning("there is nothing to tell about the columns of %s: %s", page.table, error)
        return None


@never_cache
@require_safe
def versions(request: HttpRequest, organisation: str, dataset: str) -> HttpResponse:
    """What was loaded over time, and what each version or file changed."""
    page = page_of_dataset(request, "catalogue-versions", organisation, dataset)
    number = request.GET.get("page")
    if not page.pipeline:
        files = Paginator(history.published_files(page.entry), VERSIONS).get_page(number)
        return _show_versions(page, files, history.of_files(list(files)))
    uploaded = history.uploaded_versions(page.pipeline)
    listed = Paginator(uploaded, VERSIONS).get_page(number)
    # One more than is shown, with which the last of them is compared.
    beginning = (listed.number - 1) * VERSIONS
    loaded = history.of_versions(list(uploaded[beginning : beginning + VERSIONS + 1]))
    return _show_versions(page, listed, loaded[: len(listed)])


def _show_versions(page: DatasetPage, listed: Page[Any], loaded: list[history.Loaded]) -> HttpResponse:
    tags = {"sound": ("Checks passed", "green"), "unsound": ("Checks found something", "yellow")}
    ui = dagster_ui(page.request)
    versions = [
        (
            one,
            one.identifier
            and dagster.asset_page(ui, "uploads", "file", partition=f"{page.entry.key}:{one.identifier}"),
        )
        for one in loaded
    ]
    return page.show("catalogue/dataset/versions.html", {"listed": listed, "versions": versions, **tags})


@never_cache
@require_safe
def files(request: HttpRequest, organisation: str, dataset: str) -> HttpResponse:
    """The files of a published dataset, with the state of each. Those of an uploaded one are its versions."""
    page = page_of_dataset(request, "catalogue-files", organisation, dataset)
    if page.pipeline:
        return redirect("catalogue-versions", organisation, dataset)
    listed = Paginator(files_of(page.entry), FILES).get_page(request.GET.get("page"))
    ui = dagster_ui(request)
    rows = [
        (
            file,
            TAGS[FileState(file.state)],
            dagster.asset_page(ui, organisation, dataset, "file", partition=file.file_name),
            dagster.run_page(ui, file.run_id),
        )
        for file in listed
    ]
    return page.show("catalogue/dataset/files.html", {"listed": listed, "files": rows})


@never_cache
@require_safe
def use(request: HttpRequest, organisation: str, dataset: str) -> HttpResponse:
    """Where to find it in Data Workspace, and how to read it from a program."""
    page = page_of_dataset(request, "catalogue-use", organisation, dataset)
    copy = copy_of(page.entry)
    url: str = settings.DSS.dss_web_url
    context = {
        "copy": copy,
        "link": settings.DSS.dss_data_workspace_url.format(schema=copy.schema, table=copy.table),
        "address": f"{url}{api_path(page.table)}" if page.table else "",
        "install": installation(url),
        "environment": environment(url),
        "commands": commands_for(page.table) if page.table else [],
    }
    return page.show("catalogue/dataset/use.html", context)

"""datasets: what a client may read, with columns, descriptions, versions and freshness."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from dss_web.api.dataset_bodies import CatalogueDataset, CataloguePage, dataset_body
from dss_web.api.hawk_auth import READING, CatalogueAuth, HawkAuth, client_of
from dss_web.api.page_query import MAX_PAGE_SIZE
from dss_web.api.parameters import IF_NONE_MATCH, SchemaName
from dss_web.api.responses import ALWAYS_POSSIBLE, NO_SUCH_TABLE, SIGNED, TAGGED
from dss_web.api.signed_operation import EVERY_ROUTE, SignedOperation
from dss_web.catalogue.described import DescribedDataset, described, schemas_changed_since
from dss_web.hawk.credentials import Client
from dss_web.hawk.scopes import opens, opens_part_of
from dss_web.http.bodies import NotFound
from dss_web.http.errors import BadRequest, NoSuchTable, NotModified, Unavailable
from dss_web.http.operation import ResponseType, Tag
from dss_web.http.query_parameters import Integer
from dss_web.http.request_context import context_of
from dss_web.http.request_url import origin, raw_path
from dss_web.http.responses import json_response
from dss_web.registry.models import CatalogueEntry, IndexedDataset
from dss_web.tables.versions import matches

PAGE_SIZE: Final = 100
# A dataset of 50 columns with their descriptions takes 10 KB. Whoever asks for more gets this many, and `next`.
_MOST_DATASETS: Final = 1_000
# RFC 3339, section 5.6. A plus sign that was not percent-encoded arrives as a blank.
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)\d*(Z|[+ -]\d\d:\d\d)", re.IGNORECASE)


class DatasetsQuery(BaseModel):
    """The parameters of the list of datasets."""

    changed_since: str | None = Field(
        None,
        alias="changed-since",
        description="Only datasets of which a table that you may read has changed at this time or after it, as its "
        "`changed_at` has it: when the load began. Ask with an overlap of the longest load, such as an hour.",
        json_schema_extra={"format": "date-time", "example": "2026-11-26T09:30:00Z"},
    )
    after: str = Field("", description="Begin behind the dataset of this key. `next` includes it.")
    page_size: Integer = Field(
        PAGE_SIZE,
        alias="page-size",
        ge=1,
        le=MAX_PAGE_SIZE,
        description=f"The most datasets that a page may have, of which there are never more than {_MOST_DATASETS:,}. "
        "`next` keeps the size.",
    )


def list_datasets(request: HttpRequest, query: Query[DatasetsQuery]) -> HttpResponse:
    """Datasets of which the client may read a table, in the order of their keys."""
    client = client_of(request)
    since = None if query.changed_since is None else _time(query.changed_since)
    with _reading():
        known = IndexedDataset.objects.values_list("key", "schema_name")
        if since:
            known = known.filter(schema_name__in=schemas_changed_since(since))
        # Here and not by the database, whose order of texts may ignore dots.
        keys = sorted(key for key, schema in known if key > query.after and _opens_part_of(client, schema))
        on_page = keys[: min(query.page_size, _MOST_DATASETS)]
        entries = CatalogueEntry.objects.filter(key__in=on_page, withdrawn_at=None)
        datasets = sorted(_shown(client, list(entries)), key=lambda dataset: dataset.entry.key)
    if since:
        datasets = [each for each in datasets if each.changed_at and each.changed_at >= since]
    following = _next_url(request, query, on_page[-1]) if len(keys) > len(on_page) else None
    page = CataloguePage(datasets=[dataset_body(each) for each in datasets], next=following)
    return tagged(request, json_response(page))


def get_dataset(request: HttpRequest, schema_name: SchemaName) -> HttpResponse:
    """One dataset, with those of its tables that the client may read."""
    return tagged(request, json_response(dataset_body(dataset_for(request, schema_name))))


def dataset_for(request: HttpRequest, schema_name: str) -> DescribedDataset:
    """The dataset of a schema, with what the client may read of it. Raises NoSuchTable and Unavailable."""
    with _reading():
        entry = CatalogueEntry.of_schema(schema_name) if "\0" not in schema_name else None
        datasets = _shown(client_of(request), [entry] if entry else [])
    if not datasets:
        raise NoSuchTable
    return datasets[0]


def datasets_for(request: HttpRequest) -> list[DescribedDataset]:
    """All datasets of which the client may read a table. Raises Unavailable."""
    client = client_of(request)
    with _reading():
        entries = CatalogueEntry.objects.filter(withdrawn_at=None).order_by("key")
        return _shown(client, [entry for entry in entries if _opens_part_of(client, entry.schema_name)])


def _shown(client: Client, entries: list[CatalogueEntry]) -> list[DescribedDataset]:
    """Those of which the client may read a table, or all tables that there will be."""
    found = described(entries, lambda schema, table: any(opens(client, route, schema, table) for route in READING))
    return [
        dataset
        for dataset in found
        if dataset.tables or any(opens(client, route, dataset.entry.schema_name) for route in READING)
    ]


def _opens_part_of(client: Client, schema: str) -> bool:
    return any(opens_part_of(client, route, schema) for route in READING)


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise Unavailable("The database is out of reach: try again later") from error


def _time(text: str) -> datetime:
    """The moment that a text of RFC 3339 names. Raises BadRequest."""
    found = _TIME.fullmatch(text)
    try:
        if found:
            return datetime.fromisoformat(found[1] + found[2].upper().replace(" ", "+"))
    except ValueError:
        pass
    raise BadRequest("changed-since must be a time as RFC 3339 writes it, such as 2026-11-26T09:30:00Z")


def _next_url(request: HttpRequest, query: DatasetsQuery, after: str) -> str:
    changed_since = {} if query.changed_since is None else {"changed-since": query.changed_since}
    parameters = {**changed_since, "page-size": query.page_size, "after": after}
    return f"{origin(request)}{raw_path(request)}?{urlencode(parameters)}"


def tagged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response with a tag of its content. Raises NotModified if the client has it."""
    context = context_of(request)
    context.entity_tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    if matches(context.entity_tag, request.headers.get("If-None-Match", "")):
        raise NotModified
    return response


@dataclass(frozen=True, kw_only=True)
class CatalogueOperation(SignedOperation):
    """An operation that shows each client what it may read, whichever of its scopes opens that."""

    tag: Tag = Tag.CATALOGUE
    scopes: tuple[str, ...] = (*READING, "table:<schema>", "table:<schema>.<table>", EVERY_ROUTE)

    def authentication(self) -> HawkAuth:
        """Who may use it."""
        return CatalogueAuth(self.scope)


_NO_SUCH_DATASET: Final = ResponseType(
    name="NoSuchDataset",
    status=404,
    description="There is no such dataset, or you may read none of its tables. Names are case-sensitive.",
    bodies=(NotFound,),
    optional_headers=SIGNED,
)
ALWAYS: Final = (*(each for each in ALWAYS_POSSIBLE if each is not NO_SUCH_TABLE), _NO_SUCH_DATASET)

LIST: Final = CatalogueOperation(
    operation_id="list_datasets",
    path="/api/v1/datasets",
    view=list_datasets,
    summary="List the datasets that you may read",
    description="Datasets in the order of their keys, with their tables, columns and versions: all of which you may "
    "read a table by `table-data` or `table-export`, because of your scopes or because you were granted the dataset. "
    "No scope of its own is needed; a client that may read nothing gets an empty list. A new dataset is there within a "
    "minute. Follow `next` until it is null.",
    responses=(
        ResponseType(
            name="Datasets",
            status=200,
            description="A page of datasets.",
            bodies=(CataloguePage,),
            headers=SIGNED,
            optional_headers=TAGGED,
        ),
        *ALWAYS,
    ),
    parameters=(IF_NONE_MATCH,),
)
ONE: Final = CatalogueOperation(
    operation_id="get_dataset",
    path="/api/v1/datasets/{schema_name}",
    view=get_dataset,
    summary="Describe a dataset",
    description="What a dataset is about, how fresh it is, and those of its tables that you may read.",
    responses=(
        ResponseType(
            name="Dataset",
            status=200,
            description="The dataset.",
            bodies=(CatalogueDataset,),
            headers=SIGNED,
            optional_headers=TAGGED,
        ),
        *ALWAYS,
    ),
    parameters=(IF_NONE_MATCH,),
)
OPERATIONS: Final = (LIST, ONE)

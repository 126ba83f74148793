"""The API: Ninja's operations, made from the declarations in `routes`."""

import logging
from collections.abc import Callable, Iterable

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI, Query, Router
from ninja.errors import ValidationError

from dss_web.api.exports import export_table, get_export_receipt
from dss_web.api.hawk_auth import HawkAuth
from dss_web.api.page_query import WRONG_PARAMETER, PageQuery, PostcodeQuery, page_url
from dss_web.api.routes import ROUTES, Route, RowSelection
from dss_web.configuration import web_settings
from dss_web.hawk.authentication import Unauthenticated
from dss_web.http import errors
from dss_web.http.client_views import READ_METHODS, for_clients
from dss_web.http.query_parameters import parameters_beyond
from dss_web.http.request_context import context_of
from dss_web.http.responses import json_response
from dss_web.shared.contract import HIDDEN_COLUMNS
from dss_web.tables import postcode
from dss_web.tables.columns import chosen_columns, visible_columns
from dss_web.tables.filters import check_filters, parse_filters
from dss_web.tables.pages import PageRequest, read_page
from dss_web.tables.served_table import ServedTable, table_by_name
from dss_web.tables.types import name_for_clients
from dss_web.tables.versions import open_for_request, require_generation

log = logging.getLogger("dss_web.tables")

api = NinjaAPI(
    title="Data Store Service",
    # Ninja's own document knows neither HAWK nor errors: dss_web.docs makes one of it that does.
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
)
router = Router()


def get_table_structure(request: HttpRequest, schema_name: str, table_name: str) -> HttpResponse:
    """The columns of a table, in its order, with their types."""
    names = web_settings().dss_table_structure_names
    with open_for_request(request, schema_name, table_name) as relation:
        columns = [
            {"name": column.name, "type": name_for_clients(column.type, names)}
            for column in relation.row_type.columns
            if column.name not in HIDDEN_COLUMNS
        ]
    return json_response({"columns": columns})


def get_table_data(request: HttpRequest, schema_name: str, table_name: str, query: Query[PageQuery]) -> HttpResponse:
    """A page of a table's rows."""
    return _page(request, table_by_name(schema_name, table_name), query)


def _operation(route: Route) -> Callable[..., HttpResponse]:
    """The operation of a declared route."""

    def pages(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
        return _page(request, route.table, query)

    def by_postcode(request: HttpRequest, query: Query[PostcodeQuery]) -> HttpResponse:
        return _postcode(request, route.table, query)

    return by_postcode if route.rows is RowSelection.BY_POSTCODE else pages


def _page(request: HttpRequest, table: ServedTable, query: PageQuery) -> HttpResponse:
    with open_for_request(request, table.schema, table.name) as relation:
        visible = visible_columns(relation.row_type, table.hidden, table.casing)
        filters = parse_filters(visible, parameters_beyond(PageQuery, request.GET))
        kept = [*query.kept(), *((filter_.parameter, filter_.value) for filter_ in filters)]
        require_generation(relation, query.generation, page_url(request, query.orientation, kept))
        check_filters(relation, visible, filters)
        wanted = PageRequest(
            selection=chosen_columns(visible, query.columns),
            orientation=query.orientation,
            size=query.page_size or web_settings().dss_pagination_size,
            first_id=query.next_id,
            conditions=[filter_.condition for filter_ in filters],
        )
        page = read_page(relation, wanted)
        following = None
        if page.next_id is not None:
            following = page_url(request, query.orientation, kept, page.next_id, relation.version)
    context_of(request).rows = page.rows
    return _json([*page.chunks, b',"next":', orjson.dumps(following), b"}"])


def _postcode(request: HttpRequest, table: ServedTable, query: PostcodeQuery) -> HttpResponse:
    with open_for_request(request, table.schema, table.name) as relation:
        wanted = PageRequest(
            selection=visible_columns(relation.row_type, table.hidden, table.casing),
            orientation=query.orientation,
            size=1,
            conditions=[postcode.condition(query.postcode)],
        )
        page = read_page(relation, wanted)
    context_of(request).rows = page.rows
    return _json([*page.chunks, b"}"])


def _json(chunks: Iterable[bytes]) -> HttpResponse:
    return HttpResponse(b"".join(chunks), content_type="application/json")


@api.exception_handler(errors.ApiError)
def _on_api_error(request: HttpRequest, error: errors.ApiError) -> HttpResponse:
    return errors.error_response(error.status, error.message, error.retry_after)


@api.exception_handler(errors.NoSuchTable)
def _on_no_such_table(request: HttpRequest, error: errors.NoSuchTable) -> HttpResponse:
    return json_response({}, 404)


@api.exception_handler(errors.NotModified)
def _on_not_modified(request: HttpRequest, error: errors.NotModified) -> HttpResponse:
    return HttpResponseNotModified()


@api.exception_handler(errors.Changed)
def _on_changed(request: HttpRequest, error: errors.Changed) -> HttpResponse:
    return json_response({"error": error.message, "start": error.start}, error.status)


@api.exception_handler(Unauthenticated)
def _on_unauthenticated(request: HttpRequest, error: Unauthenticated) -> HttpResponse:
    context = context_of(request)
    context.outcome, context.refusal = f"not authenticated: {error}", str(error)
    return HttpResponse(status=401, headers={"WWW-Authenticate": "Hawk"}, content_type="text/plain")


@api.exception_handler(ValidationError)
def _on_validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    wrong = {str(fault["loc"][-1]) for fault in error.errors}
    return errors.error_response(400, "; ".join(WRONG_PARAMETER.get(name, name) for name in sorted(wrong)))


@api.exception_handler(Exception)
def _on_unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("unforeseen error", exc_info=error)
    return errors.server_error_response()


def _add(path: str, operation: Callable[..., HttpResponseBase], scope: str, operation_id: str = "") -> None:
    """A route, with its final slash and without: a redirect would have to be signed anew."""
    for spelling in (path, path.removesuffix("/") if path.endswith("/") else f"{path}/"):
        canonical = spelling == path
        router.add_api_operation(
            spelling,
            READ_METHODS,
            operation,
            auth=HawkAuth(scope),
            operation_id=(operation_id or scope) + ("" if canonical else "_respelt"),
            include_in_schema=canonical,
        )


for _route in ROUTES:
    _add(f"/{_route.path}", _operation(_route), _route.scope)
_add("/table-structure/{schema_name}/{table_name}", get_table_structure, "get_table_structure")
_add("/table-data/{schema_name}/{table_name}", get_table_data, "get_table_data")
_add("/table-export/{schema_name}/{table_name}", export_table, "export_table")
_add(
    "/table-export/{schema_name}/{table_name}/receipts/{export_id}",
    get_export_receipt,
    scope="export_table",
    operation_id="get_export_receipt",
)
api.add_router("", router)


# Ninja adds a root of its own, which answers nothing.
urlpatterns: list[URLPattern | URLResolver] = [
    URLPattern(pattern.pattern, for_clients(pattern.callback), pattern.default_args, pattern.name)
    for pattern in api.urls[0]
    if isinstance(pattern, URLPattern) and pattern.name != "api-root"
]

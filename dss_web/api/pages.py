"""Pages of rows: table-data, and the routes over named tables."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Query

from dss_web.api.page_bodies import RecordsPage, RecordsRows, TabularPage, TabularRows
from dss_web.api.page_query import PageQuery, PostcodeQuery, page_url
from dss_web.api.parameters import FILTERS, IF_NONE_MATCH, SchemaName, TableName
from dss_web.api.responses import ALWAYS_POSSIBLE, CHANGED, SIGNED, TAGGED, UNPROCESSABLE
from dss_web.api.routes import NamedRoute, RowSelection
from dss_web.api.signed_operation import EVERY_ROUTE, SignedOperation, table_scopes
from dss_web.configuration import web_settings
from dss_web.http.operation import ResponseType, Tag
from dss_web.http.query_parameters import undeclared_parameters
from dss_web.http.request_context import context_of
from dss_web.tables import postcode
from dss_web.tables.columns import chosen_columns, visible_columns
from dss_web.tables.filters import check_filters, parse_filters
from dss_web.tables.ids import id_column, parse_id
from dss_web.tables.pages import PageRequest, read_page
from dss_web.tables.served_table import Casing, ServedTable, table_by_name
from dss_web.tables.versions import open_for_request, require_generation

PAGE: Final = ResponseType(
    name="Page",
    status=200,
    description="A page of rows, ordered by id.",
    bodies=(TabularPage, RecordsPage),
    headers=SIGNED,
    optional_headers=TAGGED,
)
PAGE_WITHOUT_ID: Final = replace(
    PAGE,
    name="PageWithoutId",
    description="A page of rows, ordered by their ids, which it does not show.",
    examples=(
        {"headers": ["companyName"], "values": [["acme ltd"]], "next": None},
        {"results": [{"companyName": "acme ltd"}], "next": None},
    ),
)
ROWS: Final = ResponseType(
    name="Rows",
    status=200,
    description="The row, or none if the postcode is not known.",
    bodies=(TabularRows, RecordsRows),
    headers=SIGNED,
    optional_headers=TAGGED,
)


def get_table_data(
    request: HttpRequest, schema_name: SchemaName, table_name: TableName, query: Query[PageQuery]
) -> HttpResponse:
    """A page of a table's rows."""
    return _page(request, table_by_name(schema_name, table_name), query)


def _page(request: HttpRequest, table: ServedTable, query: PageQuery) -> HttpResponse:
    with open_for_request(request, table.schema, table.name, query.generation) as relation:
        by = id_column(relation)
        orientation = query.form()
        first_id = None if query.next_id is None else parse_id(by, query.next_id)
        visible = visible_columns(relation.row_type, table.hidden, table.casing)
        filters = parse_filters(visible, undeclared_parameters(PageQuery, request.GET))
        kept = [*query.kept(), *((filter_.parameter, filter_.value) for filter_ in filters)]
        require_generation(relation, query.generation, page_url(request, orientation, kept))
        check_filters(relation, visible, filters)
        page_request = PageRequest(
            selection=chosen_columns(visible, query.columns),
            orientation=orientation,
            size=query.page_size or web_settings().dss_pagination_size,
            first_id=first_id,
            conditions=[filter_.condition for filter_ in filters],
        )
        page = read_page(relation, page_request)
        next_url = None
        if page.next_id is not None:
            next_url = page_url(request, orientation, kept, page.next_id, relation.version)
    context_of(request).rows = page.rows
    return _json([*page.chunks, b',"next":', orjson.dumps(next_url), b"}"])


def _postcode_rows(request: HttpRequest, table: ServedTable, query: PostcodeQuery) -> HttpResponse:
    with open_for_request(request, table.schema, table.name) as relation:
        page_request = PageRequest(
            selection=visible_columns(relation.row_type, table.hidden, table.casing),
            orientation=query.orientation,
            size=1,
            conditions=[postcode.condition(query.postcode)],
        )
        page = read_page(relation, page_request)
    context_of(request).rows = page.rows
    return _json([*page.chunks, b"}"])


def _json(chunks: Iterable[bytes]) -> HttpResponse:
    return HttpResponse(b"".join(chunks), content_type="application/json")


def named_operation(route: NamedRoute) -> SignedOperation:
    """The operation of a named route."""
    table = route.table

    def get_page(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
        return _page(request, table, query)

    def get_postcode(request: HttpRequest, query: Query[PostcodeQuery]) -> HttpResponse:
        return _postcode_rows(request, table, query)

    names = {Casing.AS_STORED: "as stored", Casing.CAMEL: "in camel case"}[table.casing]
    names += ", without id" if "id" in table.hidden else ""
    if route.rows is RowSelection.BY_POSTCODE:
        return SignedOperation(
            operation_id=route.scope,
            path=f"/api/v1/{route.path}",
            view=get_postcode,
            summary=f"Look up a postcode by {route.path.strip('/')}",
            description=f"The row of a postcode in `{table.schema}`.`{table.name}`, with names {names}.",
            tag=Tag.DATASETS,
            responses=(ROWS, UNPROCESSABLE, *ALWAYS_POSSIBLE),
            parameters=(IF_NONE_MATCH,),
            scopes=(route.scope, EVERY_ROUTE),
        )
    page = PAGE_WITHOUT_ID if "id" in table.hidden else PAGE
    return SignedOperation(
        operation_id=route.scope,
        path=f"/api/v1/{route.path}",
        view=get_page,
        summary=f"Read {table.schema}",
        description=f"The rows of `{table.schema}`.`{table.name}`, page by page, with names {names}.",
        tag=Tag.DATASETS,
        responses=(page, CHANGED, UNPROCESSABLE, *ALWAYS_POSSIBLE),
        parameters=(FILTERS, IF_NONE_MATCH),
        scopes=(route.scope, EVERY_ROUTE),
    )


OPERATION: Final = SignedOperation(
    operation_id="get_table_data",
    path="/api/v1/table-data/{schema_name}/{table_name}",
    view=get_table_data,
    summary="Read a table",
    description="The rows of a table, page by page, ordered by id, with names as stored and id first. Follow "
    "`next` until it is null.",
    tag=Tag.TABLES,
    responses=(PAGE, CHANGED, UNPROCESSABLE, *ALWAYS_POSSIBLE),
    parameters=(FILTERS, IF_NONE_MATCH),
    scopes=table_scopes("get_table_data"),
)

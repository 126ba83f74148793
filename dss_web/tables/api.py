"""The API: Ninja's operations, made from the declarations in `routes`."""

import logging
import re
from collections.abc import Callable
from typing import Annotated, Final

import orjson
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, URLResolver
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Query, Router, Schema
from ninja.errors import ValidationError
from pydantic import BeforeValidator, Field

from dss_web.configuration import web_settings
from dss_web.middleware import note
from dss_web.registry.contract import HIDDEN_COLUMNS
from dss_web.tables import errors, postcode
from dss_web.tables.address import origin, raw_path
from dss_web.tables.answers import json_answer
from dss_web.tables.hawk.authentication import Hawk, Unauthenticated
from dss_web.tables.pages import Orientation, Shape, read_page
from dss_web.tables.relation import opened
from dss_web.tables.routes import ROUTES, Casing, Route, Rows
from dss_web.tables.types import name_for_clients

log = logging.getLogger("dss_web.tables")

_READ: Final = ["GET", "HEAD"]
_ALLOWED: Final = [*_READ, "OPTIONS"]

_WRONG_PARAMETER: Final = {
    "orientation": "orientation must be tabular or records",
    "next-id": "next-id must be an integer",
    "postcode": "No postcode specified",
}

api = NinjaAPI(
    title="Data Store Service",
    # The documents that Ninja would publish do not know HAWK yet.
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
)
router = Router()


def _integer(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]{1,4000}", value):
        raise ValueError(_WRONG_PARAMETER["next-id"])
    return value


class PageQuery(Schema):
    """What a client asks of a page."""

    orientation: Orientation = Orientation.TABULAR
    next_id: Annotated[int, BeforeValidator(_integer)] = Field(0, alias="next-id")


class PostcodeQuery(Schema):
    """What a client asks of a postcode."""

    orientation: Orientation = Orientation.TABULAR
    postcode: str = Field(min_length=1)


def healthcheck(request: HttpRequest) -> HttpResponse:
    """Whether the web app answers; asks nothing else, neither the client nor the database."""
    return json_answer({"status": "OK"})


def get_table_structure(request: HttpRequest, schema_name: str, table_name: str) -> HttpResponse:
    """The columns of a table, in its order, with their types."""
    names = web_settings().dss_table_structure_names
    note(request, table=f"{schema_name}.{table_name}")
    with opened(schema_name, table_name) as relation:
        columns = [
            {"name": column.name, "type": name_for_clients(column.type, names)}
            for column in relation.columns
            if column.name not in HIDDEN_COLUMNS
        ]
    return json_answer({"columns": columns})


def get_table_data(request: HttpRequest, schema_name: str, table_name: str, query: Query[PageQuery]) -> HttpResponse:
    """A page of a table's rows."""
    shape = Shape(hidden=HIDDEN_COLUMNS, casing=Casing.AS_STORED, orientation=query.orientation)
    return _page(request, schema_name, table_name, shape, query.next_id)


def _operation(route: Route) -> Callable[..., HttpResponse]:
    """The operation of a declared route."""

    def shape(orientation: Orientation) -> Shape:
        return Shape(hidden=route.hidden, casing=route.casing, orientation=orientation)

    def pages(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
        return _page(request, route.schema, route.table, shape(query.orientation), query.next_id)

    def by_postcode(request: HttpRequest, query: Query[PostcodeQuery]) -> HttpResponse:
        return _postcode(request, route.schema, route.table, shape(query.orientation), query.postcode)

    return by_postcode if route.rows is Rows.BY_POSTCODE else pages


def _page(request: HttpRequest, schema: str, table: str, shape: Shape, first_id: int) -> HttpResponse:
    note(request, table=f"{schema}.{table}")
    with opened(schema, table) as relation:
        page = read_page(relation, shape, size=web_settings().dss_pagination_size, first_id=first_id)
    following = None
    if page.next_id is not None:
        here = origin(request) + raw_path(request)
        following = f"{here}?orientation={shape.orientation}&next-id={page.next_id}"
    note(request, rows=len(page.rows))
    return _json(page.body(shape.orientation, b',"next":' + orjson.dumps(following)))


def _postcode(request: HttpRequest, schema: str, table: str, shape: Shape, text: str) -> HttpResponse:
    note(request, table=f"{schema}.{table}")
    with opened(schema, table) as relation:
        page = read_page(relation, shape, size=1, where=postcode.condition(text))
    note(request, rows=len(page.rows))
    return _json(page.body(shape.orientation, b""))


def _json(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/json")


@api.exception_handler(errors.ApiError)
def _on_api_error(request: HttpRequest, error: errors.ApiError) -> HttpResponse:
    return errors.error_response(error.status, error.message, error.retry_after)


@api.exception_handler(errors.NoSuchTable)
def _on_no_such_table(request: HttpRequest, error: errors.NoSuchTable) -> HttpResponse:
    return json_answer({}, 404)


@api.exception_handler(Unauthenticated)
def _on_unauthenticated(request: HttpRequest, error: Unauthenticated) -> HttpResponse:
    note(request, outcome=f"not authenticated: {error}")
    return HttpResponse(status=401, headers={"WWW-Authenticate": "Hawk"}, content_type="text/plain")


@api.exception_handler(ValidationError)
def _on_validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    wrong = {str(fault["loc"][-1]) for fault in error.errors}
    return errors.error_response(400, "; ".join(_WRONG_PARAMETER.get(name, name) for name in sorted(wrong)))


@api.exception_handler(Exception)
def _on_unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("unforeseen error", exc_info=error)
    return errors.server_error_response()


def _add(path: str, operation: Callable[..., HttpResponse], scope: str) -> None:
    """A route, with its final slash and without: a redirect would have to be signed anew."""
    for spelling in (path, path.removesuffix("/") if path.endswith("/") else f"{path}/"):
        canonical = spelling == path
        router.add_api_operation(
            spelling,
            _READ,
            operation,
            auth=Hawk(scope),
            operation_id=scope if canonical else f"{scope}_respelt",
            include_in_schema=canonical,
        )


for _route in ROUTES:
    _add(f"/{_route.path}", _operation(_route), _route.scope)
_add("/table-structure/{schema_name}/{table_name}", get_table_structure, "get_table_structure")
_add("/table-data/{schema_name}/{table_name}", get_table_data, "get_table_data")
api.add_router("", router)


def for_clients(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Exempt a view from the login of people; answer OPTIONS, the same for everyone; allow nothing but reading."""

    @login_not_required
    @csrf_exempt  # so that a POST is told that it is not allowed, and not that it lacks a form's token
    def answer(request: HttpRequest, *args: object, **names: object) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(headers={"Allow": ", ".join(_ALLOWED)}, content_type="text/plain")
        if request.method not in _READ:
            return HttpResponseNotAllowed(_ALLOWED, content_type="text/plain")
        return view(request, *args, **names)

    return answer


# Ninja adds a root of its own, which answers nothing.
urlpatterns: list[URLPattern | URLResolver] = [
    URLPattern(pattern.pattern, for_clients(pattern.callback), pattern.default_args, pattern.name)
    for pattern in api.urls[0]
    if isinstance(pattern, URLPattern) and pattern.name != "api-root"
]

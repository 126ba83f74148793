"""Operations → Ninja → Django's URLs below api/v1/ of the site."""

from collections.abc import Iterable

from django.urls import URLPattern
from ninja import NinjaAPI, Router

from dss_web.api.error_handlers import ERROR_HANDLERS
from dss_web.api.signed_operation import SignedOperation
from dss_web.http.browser_middleware import API_PATH
from dss_web.http.client_views import READ_METHODS, for_clients
from dss_web.http.operation import Json


def build_api(operations: Iterable[SignedOperation], namespace: str) -> NinjaAPI:
    """Ninja with these operations."""
    # Ninja's own document knows neither HAWK nor errors: dss_web.docs makes one that does.
    api = NinjaAPI(title="Data Store Service", openapi_url=None, docs_url=None, urls_namespace=namespace)
    router = Router()
    for operation in operations:
        _add(router, operation)
    for kind, handler in ERROR_HANDLERS.items():
        api.add_exception_handler(kind, handler)
    api.add_router("", router)
    return api


def _add(router: Router, operation: SignedOperation) -> None:
    """Route an operation with its final slash and without: a redirect would have to be signed again."""
    path = operation.path.removeprefix(API_PATH.removesuffix("/"))
    other_path = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    for spelling in (path, other_path):
        is_canonical = spelling == path
        router.add_api_operation(
            spelling,
            _methods(operation),
            operation.view,
            auth=operation.authentication(),
            operation_id=operation.operation_id + ("" if is_canonical else "_respelt"),
            include_in_schema=is_canonical,
        )


def patterns_of(api: NinjaAPI, operations: Iterable[SignedOperation]) -> list[URLPattern]:
    """The URLs of the operations. Ninja adds a root of its own, which serves nothing."""
    methods = {operation.view.__name__: _methods(operation) for operation in operations}
    # Ninja has one view for all methods of a path, and a pattern of that view for each.
    by_route: dict[str, list[URLPattern]] = {}
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name in methods:
            by_route.setdefault(str(pattern.pattern), []).append(pattern)
    return [
        URLPattern(
            first.pattern,
            for_clients(first.callback, [method for each in (first, *others) for method in methods[each.name or ""]]),
            first.default_args,
            first.name,
        )
        for first, *others in by_route.values()
    ]


def _methods(operation: SignedOperation) -> list[str]:
    return READ_METHODS if operation.method == "GET" else [operation.method]


def described_paths(api: NinjaAPI) -> dict[str, Json]:
    """What Ninja says of each operation by its path, from which the documentation has the parameters."""
    paths: dict[str, Json] = api.get_openapi_schema(path_prefix=API_PATH)["paths"]
    return paths

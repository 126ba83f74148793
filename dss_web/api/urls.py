"""The operations as Ninja serves them, below api/v1/ of the site."""

from typing import Final

from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI, Router

from dss_web.api.error_handlers import ERROR_HANDLERS
from dss_web.api.hawk_auth import HawkAuth
from dss_web.api.operations import OPERATIONS
from dss_web.api.signed_operation import SignedOperation
from dss_web.http.browser_middleware import API_PATH
from dss_web.http.client_views import READ_METHODS, for_clients

# Ninja's own document knows neither HAWK nor errors: dss_web.docs makes one that does.
api: Final = NinjaAPI(title="Data Store Service", openapi_url=None, docs_url=None, urls_namespace="api")


def _add(router: Router, operation: SignedOperation) -> None:
    """Route an operation with its final slash and without: a redirect would have to be signed again."""
    path = operation.path.removeprefix(API_PATH.removesuffix("/"))
    other_path = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    for spelling in (path, other_path):
        is_canonical = spelling == path
        router.add_api_operation(
            spelling,
            READ_METHODS,
            operation.view,
            auth=HawkAuth(operation.scope),
            operation_id=operation.operation_id + ("" if is_canonical else "_respelt"),
            include_in_schema=is_canonical,
        )


_router = Router()
for _operation in OPERATIONS:
    _add(_router, _operation)
for _kind, _handler in ERROR_HANDLERS.items():
    api.add_exception_handler(_kind, _handler)
api.add_router("", _router)

# Ninja adds a root of its own, which serves nothing.
urlpatterns: list[URLPattern | URLResolver] = [
    URLPattern(pattern.pattern, for_clients(pattern.callback), pattern.default_args, pattern.name)
    for pattern in api.urls[0]
    if isinstance(pattern, URLPattern) and pattern.name != "api-root"
]

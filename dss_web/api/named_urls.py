"""The URLs of the named routes, which come and go with the declarations while the web app runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.core.checks import CheckMessage
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, URLPattern
from django.urls.exceptions import Resolver404
from django.urls.resolvers import RoutePattern, URLResolver
from ninja import NinjaAPI

from dss_web.api.known_routes import READ_AGAIN_SECONDS, READ_EVERY_SECONDS, KnownRoutes
from dss_web.api.ninja_api import build_api, patterns_of
from dss_web.api.pages import named_operation
from dss_web.api.routes import NamedRoute
from dss_web.api.signed_operation import SignedOperation
from dss_web.http.client_views import for_clients
from dss_web.http.errors import Unavailable, error_response
from dss_web.registry.models import Dataset, RestrictedDataset

KNOWN: Final = KnownRoutes(Dataset.named_routes, RestrictedDataset.schemas)


@dataclass(frozen=True, eq=False)
class NamedOperations:
    """The operations of the named routes, as the documentation and Django's URLs have them.

    Compared by identity: one set of routes has one, so that what is derived from it can be cached.
    """

    operations: tuple[SignedOperation, ...]
    api: NinjaAPI
    patterns: list[URLPattern]


# They differ only where a declaration has changed, and for the documentation where a dataset is restricted.
@lru_cache(maxsize=4)
def named_operations(routes: tuple[NamedRoute, ...]) -> NamedOperations:
    """What these routes are for Ninja, which takes 10 ms for a dozen of them."""
    operations = tuple(map(named_operation, routes))
    api = build_api(operations, "named")
    return NamedOperations(operations, api, patterns_of(api, operations))


class NamedRoutes(URLResolver):
    """Django's resolver of the named routes."""

    def __init__(self) -> None:
        super().__init__(RoutePattern("", is_endpoint=False), "named routes")

    @property
    def url_patterns(self) -> Sequence[URLPattern]:  # type: ignore[override]
        """Those of the routes that are known."""
        return named_operations(tuple(KNOWN.routes)).patterns

    def check(self) -> list[CheckMessage]:
        """Nothing: routes are checked when they are declared."""
        return []

    def resolve(self, path: str) -> ResolverMatch:
        """The operation at a path. Raises Resolver404 where there is none.

        A path that is not known is looked for once more in what the database says now. If that is out of reach, the
        client is asked to try again: it may be a route that this process has not seen yet.
        """
        KNOWN.refresh(READ_EVERY_SECONDS)
        try:
            return super().resolve(path)
        except Resolver404:
            is_read_again = KNOWN.refresh(READ_AGAIN_SECONDS)
            if not KNOWN.is_current:
                return ResolverMatch(_UNAVAILABLE, (), {}, route="<unknown>", captured_kwargs={}, extra_kwargs={})
            if is_read_again:
                return super().resolve(path)
            raise


def _unavailable(request: HttpRequest) -> HttpResponse:
    return error_response(Unavailable("The service cannot tell whether there is such a route: try again later"))


_UNAVAILABLE: Callable[..., object] = for_clients(_unavailable)

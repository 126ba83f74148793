"""An operation for clients that sign their requests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.http.response import HttpResponseBase

from dss_web.api.hawk_auth import HawkAuth
from dss_web.http.operation import Operation

EVERY_ROUTE: Final = "*"


@dataclass(frozen=True, kw_only=True)
class SignedOperation(Operation):
    """An operation at /api/v1/. The first of its `scopes` is its own.

    `view` takes the request, and the parameters that its signature declares to Ninja.
    """

    view: Callable[..., HttpResponseBase]

    def authentication(self) -> HawkAuth:
        """Who may use it."""
        return HawkAuth(self.scope)

    @property
    def scope(self) -> str:
        """The scope that a client must have, unless it has one that opens more."""
        return self.scopes[0]


def table_scopes(scope: str) -> tuple[str, ...]:
    """The scopes that open a route which takes a table's name, as `dss_web.hawk.scopes` decides it."""
    return (scope, "table:<schema>", "table:<schema>.<table>", EVERY_ROUTE)

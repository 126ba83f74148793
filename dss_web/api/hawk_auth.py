"""HAWK as Ninja's authentication: `auth=HawkAuth(scope)` admits the clients whose scopes open the route."""

from collections.abc import Mapping
from typing import Any, Final, cast

from django.http import HttpRequest
from ninja.security.base import AuthBase

from dss_web.arrivals.body import MOST_BYTES, PartBody
from dss_web.configuration import web_settings
from dss_web.hawk.authentication import ANYONE, Unauthenticated, authenticate
from dss_web.hawk.credentials import Client
from dss_web.hawk.failures import count_failure
from dss_web.hawk.header import parse_header
from dss_web.hawk.scopes import lets_upload, opens, opens_part_of
from dss_web.http.errors import BadRequest, Forbidden
from dss_web.http.request_context import context_of
from dss_web.http.request_url import client_address

# The routes by which a client reads the rows of a table: what one of them opens is in the catalogue for it.
READING: Final = ("get_table_data", "export_table")


class HawkAuth(AuthBase):
    """Returns the Client, which Ninja keeps as `request.auth`; the context's `hawk` then signs the response.

    Raises Unauthenticated (401), BadRequest (400), TooManyFailures (429), Forbidden (403) and Unavailable (503).
    """

    openapi_type = "http"
    openapi_scheme = "hawk"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Client:
        """The client who signed the request, if its scopes open the route."""
        if not web_settings().dss_hawk_enabled:
            return self._require(request, ANYONE)
        context = context_of(request)
        claimed_id = ""
        try:
            header = request.headers.get("Authorization", "")
            if not header:
                raise Unauthenticated("no header")
            attributes = parse_header(header)
            claimed_id = context.client = attributes["id"]
            client = authenticate(request, header, attributes)
        except (Unauthenticated, BadRequest) as error:
            context.outcome = f"not authenticated: {error}"
            count_failure(claimed_id, client_address(request))
            raise
        return self._require(request, client)

    def _require(self, request: HttpRequest, client: Client) -> Client:
        """The client, if it may do what it asks for. Raises Forbidden."""
        match = request.resolver_match
        if not self._may(client, match.kwargs if match else {}):
            context_of(request).outcome = f"scope lacks {self.scope}"
            raise Forbidden("The scopes of this HAWK client do not include what it asked for")
        return client

    def _may(self, client: Client, names: Mapping[str, Any]) -> bool:
        """Whether its scopes open the route with these names in its path."""
        return opens(client, self.scope, names.get("schema_name"), names.get("table_name"))


class CatalogueAuth(HawkAuth):
    """The same for the catalogue: every client sees what it may read, and asks for no other dataset by its name."""

    def _may(self, client: Client, names: Mapping[str, Any]) -> bool:
        schema = names.get("schema_name")
        return schema is None or any(opens_part_of(client, route, schema) for route in READING)


class UploadAuth(HawkAuth):
    """The same for uploads, which take a scope for the dataset in the path, and are never open to everyone."""

    def _may(self, client: Client, names: Mapping[str, Any]) -> bool:
        return lets_upload(client.scopes, names.get("dataset", ""))


class PartAuth(UploadAuth):
    """The same where the body is a part of a file: it is kept while its hash is verified."""

    def __call__(self, request: HttpRequest) -> Client:
        """The client who signed the request, whose part is in the context."""
        context_of(request).payload = PartBody(request, MOST_BYTES)
        return super().__call__(request)


def client_of(request: HttpRequest) -> Client:
    """The client who signed the request, as HawkAuth returned it."""
    return cast(Client, vars(request)["auth"])

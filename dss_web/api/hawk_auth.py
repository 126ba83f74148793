"""HAWK as Ninja's authentication: `auth=HawkAuth(scope)` admits the clients whose scopes open the route."""

from typing import cast

from django.http import HttpRequest
from ninja.security.base import AuthBase

from dss_web.configuration import web_settings
from dss_web.hawk.authentication import ANYONE, Unauthenticated, authenticate
from dss_web.hawk.credentials import Client
from dss_web.hawk.failures import count_failure
from dss_web.hawk.header import parse_header
from dss_web.hawk.scopes import opens
from dss_web.http.errors import BadRequest, Forbidden
from dss_web.http.request_context import context_of
from dss_web.http.request_url import client_address


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
            return ANYONE
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
        match = request.resolver_match
        names = match.kwargs if match else {}
        if not opens(client.scopes, self.scope, names.get("schema_name"), names.get("table_name")):
            context.outcome = f"scope lacks {self.scope}"
            raise Forbidden("The scopes of this HAWK client do not include what it asked for")
        return client


def client_of(request: HttpRequest) -> Client:
    """The client who signed the request, as HawkAuth returned it."""
    return cast(Client, vars(request)["auth"])

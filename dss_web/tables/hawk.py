"""HAWK: who asks, and may they? Requests are verified by mohawk against the clients and nonces in Postgres.

Sources: the scheme's description and test vectors, https://github.com/mozilla/hawk/blob/main/API.md (seen 2026-11).
"""

import logging
import re
from typing import Any, Final

import mohawk
from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseError
from django.http import HttpRequest
from mohawk.exc import (
    BadHeaderValue,
    CredentialsLookupError,
    HawkFail,
    MacMismatch,
    MisComputedContentHash,
    TokenExpired,
)
from mohawk.util import parse_authorization_header
from ninja.security.base import AuthBase

from dss_web.configuration import web_settings
from dss_web.middleware import note
from dss_web.registry.models import HawkClient
from dss_web.tables import nonces
from dss_web.tables.address import origin, raw_target
from dss_web.tables.errors import BadRequest, Forbidden, Unavailable

log = logging.getLogger("dss_web.hawk")

MAX_HEADER: Final = 4096
REQUIRED: Final = ("id", "ts", "nonce", "mac")
ALGORITHM: Final = "sha256"
_TIMESTAMP = re.compile(r"[0-9]{1,12}")

_REFUSALS: Final[dict[type[HawkFail], str]] = {
    CredentialsLookupError: "unknown id",
    MacMismatch: "bad mac",
    MisComputedContentHash: "wrong payload hash",
    TokenExpired: "timestamp out of skew",
}


class Unauthenticated(Exception):
    """Nobody whom we know sent this request, just now, for the first time. The reason is for the log alone."""


class Hawk(AuthBase):
    """Ninja's view of it: `auth=Hawk(scope)` lets in the clients whose scopes open the route.

    After it, `request.auth` is the HawkClient, and `request.hawk` the mohawk.Receiver that signs the answer.
    """

    openapi_type = "http"
    openapi_scheme = "hawk"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> HawkClient:
        if not web_settings().dss_hawk_enabled:
            return HawkClient(id="anonymous", scope=["*"])
        client = authenticate(request)
        match = request.resolver_match
        names = match.kwargs if match else {}
        if not opens(client.scope or [], self.scope, names.get("schema_name"), names.get("table_name")):
            note(request, outcome=f"scope lacks {self.scope}")
            raise Forbidden("The scopes of this HAWK client do not include what it asked for")
        return client


def opens(scopes: list[str], route: str, schema: str | None = None, table: str | None = None) -> bool:
    """Whether a client with these scopes may use a route, and on a table route this table.

    `*` and the route's name open a route. `table:<schema>` and `table:<schema>.<table>` open both table routes for
    those tables; and a client that has any of these reads no other table, whatever else it has.
    """
    named = route in scopes or "*" in scopes
    if schema is None:
        return named
    if not any(scope.startswith("table:") for scope in scopes):
        return named
    return f"table:{schema}" in scopes or f"table:{schema}.{table}" in scopes


def authenticate(request: HttpRequest) -> HawkClient:
    """The client who signed the request; its nonce is used up with that.

    Raises BadRequest (not parsable), Unauthenticated (not to be believed) and Unavailable (the memory of clients or
    of nonces is out of reach: nobody gets in).
    """
    header = request.headers.get("Authorization", "")
    if not header:
        raise Unauthenticated("no header")
    attributes = parse_header(header)
    note(request, client=attributes["id"])
    try:
        client = HawkClient.objects.filter(pk=attributes["id"]).first()
        receiver = _verify(request, header, client)
        vars(request)["hawk"] = receiver
        if web_settings().dss_hawk_nonce_enabled and not nonces.use(
            attributes["id"], attributes["nonce"], int(attributes["ts"])
        ):
            # Unsigned like any other 401: the answer must not tell a replay from a forgery.
            vars(request)["hawk"] = None
            raise Unauthenticated("nonce already used")
    except DatabaseError as error:
        log.error("could not ask Postgres for a HAWK client and its nonce", exc_info=error)
        raise Unavailable("The service cannot check credentials at the moment: try again later") from error
    assert client
    return client


def parse_header(header: str) -> dict[str, str]:
    """The attributes of an `Authorization` header; raises BadRequest with what is wrong with it."""
    if len(header) > MAX_HEADER:
        raise BadRequest(f"The Authorization header has {len(header)} characters; at most {MAX_HEADER} are allowed")
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "hawk" or not rest:
        raise BadRequest('The Authorization header must have the scheme Hawk and its attributes: Hawk id="…", …')
    try:
        attributes: dict[str, str] = parse_authorization_header(header)
    except BadHeaderValue as error:
        wrong = "an attribute twice" if "Duplicate" in str(error) else 'what is not an attribute of the form name="…"'
        raise BadRequest(f"The Hawk header holds {wrong}") from error
    except HawkFail as error:
        raise BadRequest("The Hawk header holds an attribute that Hawk does not know") from error
    if missing := [name for name in REQUIRED if not attributes.get(name)]:
        raise BadRequest(f"The Hawk header lacks: {', '.join(missing)}")
    if not _TIMESTAMP.fullmatch(attributes["ts"]):
        raise BadRequest("The Hawk header's ts must be whole seconds since 1970")
    return attributes


def _verify(request: HttpRequest, header: str, client: HawkClient | None) -> mohawk.Receiver:
    def credentials(identifier: str) -> dict[str, Any]:
        if client is None:
            raise LookupError(identifier)
        return {"id": client.id, "key": client.key.encode(), "algorithm": ALGORITHM}

    try:
        return mohawk.Receiver(
            credentials,
            header,
            origin(request) + raw_target(request),
            request.method,
            content=request.body,
            content_type=request.META.get("CONTENT_TYPE", ""),
            timestamp_skew_in_seconds=web_settings().dss_hawk_timestamp_skew_in_seconds,
            # The nonce is looked at afterwards, once for everything that is else in order.
            seen_nonce=lambda *_: False,
        )
    except HawkFail as error:
        raise Unauthenticated(_REFUSALS.get(type(error), type(error).__name__)) from error
    except RequestDataTooBig as error:
        raise BadRequest("The request's body is too large: these routes need none") from error

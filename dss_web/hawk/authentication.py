"""A request → the client who sent it, or the reason why it is refused."""

import logging
from collections.abc import Mapping
from typing import Final

import mohawk.base
import mohawk.util
import psycopg
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from mohawk.exc import HawkFail, MacMismatch, MisComputedContentHash, TokenExpired

from dss_web.configuration import web_settings
from dss_web.hawk import nonces
from dss_web.hawk.credentials import Client, Key, find_client, record_use
from dss_web.hawk.keys import Undecryptable, decrypt
from dss_web.http.errors import BadRequest, Unavailable
from dss_web.http.request_context import context_of
from dss_web.http.request_url import origin, raw_target

log = logging.getLogger("dss_web.hawk")


class _Unformatted:
    """Replaces pprint in mohawk's modules, which format debug lines that nobody sees: 0.2 ms a request."""

    @staticmethod
    def pformat(_: object) -> str:
        return "(not formatted)"


mohawk.base.pprint = mohawk.util.pprint = _Unformatted

# The only algorithm that the contract has; SHA-1, which HAWK also knows, is not accepted.
ALGORITHM: Final = "sha256"
# Who everybody is where DSS_HAWK_ENABLED is false.
ANYONE: Final = Client("anonymous", ("*",))

# The reasons that the log and the metrics name; other errors of mohawk's appear under their own names.
_REFUSALS: Final[dict[type[HawkFail], str]] = {
    MisComputedContentHash: "wrong payload hash",
    TokenExpired: "timestamp out of skew",
}


class Unauthenticated(Exception):
    """The request is not authentic: 401. The text is the reason, for the log and the metrics only.

    `is_signature` where no key of the client makes the signature that was sent: of this URL, method and time.
    """

    def __init__(self, reason: str, *, is_signature: bool = False) -> None:
        super().__init__(reason)
        self.is_signature = is_signature


def authenticate(request: HttpRequest, header: str, attributes: Mapping[str, str]) -> Client:
    """The client who signed the request, whose nonce is used up by that. The request's context gets its receiver.

    `attributes` are those of `header`, the request's Authorization header. Raises Unauthenticated, BadRequest (the
    body is too large) and Unavailable (clients or nonces cannot be looked up, so nobody gets in).
    """
    try:
        client = find_client(attributes["id"])
        if client is None:
            raise Unauthenticated("unknown id")
        key, receiver = _verify(request, header, client)
        context_of(request).hawk = receiver
        if web_settings().dss_hawk_nonce_enabled and not nonces.use(
            client.id, attributes["nonce"], int(attributes["ts"])
        ):
            # Unsigned like any other 401: the response must not show whether it is a replay or a forgery.
            context_of(request).hawk = None
            raise Unauthenticated("nonce already used")
        record_use(key)
    except (psycopg.Error, nonces.TransientError) as error:
        log.error("could not look up a HAWK client, or store its nonce", exc_info=error)
        raise _unavailable() from error
    return client


def _verify(request: HttpRequest, header: str, client: Client) -> tuple[Key, mohawk.Receiver]:
    """The key with which the request is signed, and the receiver that signs the response with it."""
    if not client.keys:
        raise Unauthenticated("the client has no live key")
    has_undecryptable_key = False
    for key in client.keys:
        try:
            return key, _receiver(request, header, client.id, decrypt(key.encrypted_secret))
        except MacMismatch:
            continue
        except Undecryptable:
            has_undecryptable_key = True
            log.error(
                "key %s of %s was not encrypted by any key of DSS_HAWK_ENCRYPTION_KEYS: put the missing one back, or "
                "give the client another key",
                key.number,
                client.id,
            )
        except HawkFail as error:
            raise Unauthenticated(_REFUSALS.get(type(error), type(error).__name__)) from error
        except RequestDataTooBig as error:
            raise BadRequest("The request's body is too large: only the parts of a file may be") from error
    if has_undecryptable_key:
        # The client may be right, and our settings wrong.
        raise _unavailable()
    raise Unauthenticated("bad mac", is_signature=True)


def _receiver(request: HttpRequest, header: str, identifier: str, secret: bytes) -> mohawk.Receiver:
    return mohawk.Receiver(
        lambda _: {"id": identifier, "key": secret, "algorithm": ALGORITHM},
        header,
        origin(request) + raw_target(request),
        request.method,
        # The payload of a part is read once its MAC is known to be right, and is not held twice.
        content=context_of(request).payload or request.body,
        content_type=request.META.get("CONTENT_TYPE", ""),
        timestamp_skew_in_seconds=web_settings().dss_hawk_timestamp_skew_in_seconds,
        # `authenticate` uses the nonce up afterwards, once the MAC is known to be right.
        seen_nonce=lambda *_: False,
    )


def _unavailable() -> Unavailable:
    return Unavailable("The service cannot check credentials at the moment: try again later")

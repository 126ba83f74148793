"""One signed request, and the check of its response's signature.

HAWK: https://github.com/mozilla/hawk/blob/main/API.md (seen 2026-11-26), by mohawk.
"""

import io
import logging
from collections.abc import Mapping

import mohawk
import requests
from mohawk.exc import HawkFail

from .errors import NotVerified

# What the API's documentation advises; data-flow waits as long.
TIMEOUT_SECONDS = 300

# It warns that nobody checks the nonces of responses; a response repeats the request's nonce, which is fresh.
logging.getLogger("mohawk").setLevel(logging.ERROR)


def credentials(identifier: str, key: str) -> dict[str, str]:
    """The credentials as mohawk takes them."""
    return {"id": identifier, "key": key, "algorithm": "sha256"}


def signed_get(
    session: requests.Session,
    url: str,
    credentials: dict[str, str],
    *,
    headers: Mapping[str, str] | None = None,
    stream: bool = False,
) -> tuple[requests.Response, mohawk.Sender]:
    """The response to a signed GET, and the sender that verifies its signature.

    Raises requests.RequestException if there is no response.
    """
    return signed_send(session, "GET", url, credentials, headers=headers, stream=stream)


def signed_send(
    session: requests.Session,
    method: str,
    url: str,
    credentials: dict[str, str],
    *,
    content: bytes = b"",
    content_type: str = "",
    headers: Mapping[str, str] | None = None,
    stream: bool = False,
) -> tuple[requests.Response, mohawk.Sender]:
    """The response to a signed request, whose signature has the hash of `content`.

    Raises requests.RequestException if there is no response.
    """
    typed = {"Content-Type": content_type} if content_type else {}
    # requests normalises some URLs (spaces, a missing path): sign the URL that is sent.
    request = session.prepare_request(
        requests.Request(method, url, headers={**typed, **(headers or {})}, data=content or None)
    )
    # mohawk formats bytes for a debug line that nobody sees; a file it reads.
    payload = io.BytesIO(content) if content else ""
    sender = mohawk.Sender(credentials, request.url, method, content=payload, content_type=content_type)
    request.headers["Authorization"] = sender.request_header
    return session.send(request, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=stream), sender


def verify(response: requests.Response, sender: mohawk.Sender) -> None:
    """Raise NotVerified unless the response is signed, with its body and its Content-Type."""
    kind = response.headers.get("Content-Type", "")
    # As a file, which is a hundred times as fast: mohawk formats bytes for a debug line that nobody sees.
    _verify(response, sender, content=io.BytesIO(response.content), content_type=kind)


def verify_head(response: requests.Response, sender: mohawk.Sender) -> None:
    """Raise NotVerified unless the head of a response is signed. The signature does not cover its body."""
    _verify(response, sender, accept_untrusted_content=True)


def _verify(response: requests.Response, sender: mohawk.Sender, **covered: object) -> None:
    header = response.headers.get("Server-Authorization")
    if header is None:
        raise NotVerified(f"The response from {response.url} with status {response.status_code} is not signed")
    try:
        # mohawk compares the clock with the request's time: a slow response is no replayed one.
        sender.accept_response(header, timestamp_skew_in_seconds=TIMEOUT_SECONDS, **covered)
    except HawkFail as error:
        raise NotVerified(f"The signature of the response from {response.url} is wrong: {error}") from error

"""Signed requests, as the client's commands send them."""

import io
import logging
import os
from collections.abc import Mapping

import mohawk
import requests
from django.core.management.base import CommandError, CommandParser

# What the API's documentation advises; data-flow waits as long.
TIMEOUT_SECONDS = 300

# It warns that nobody checks the nonces of responses; a response repeats the request's nonce, which is fresh.
logging.getLogger("mohawk").setLevel(logging.ERROR)


def add_arguments(parser: CommandParser) -> None:
    """Add the arguments of commands that read: the URL, the client's id and its key."""
    parser.add_argument("url", help="what to read")
    add_credentials(parser)


def add_credentials(parser: CommandParser) -> None:
    """Add the arguments that all of these commands have: the client's id and its key."""
    parser.add_argument("--id", required=True, help="the client's id")
    parser.add_argument(
        "--key",
        default=os.environ.get("HAWK_KEY"),
        help="the client's key; safer in the variable HAWK_KEY, which others on the machine cannot see",
    )


def credentials(identifier: str, key: str | None) -> dict[str, str]:
    """The credentials as mohawk takes them. Raises CommandError if there is no key."""
    if not key:
        raise CommandError("There is no key: set the variable HAWK_KEY, or give --key")
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

"""A signed GET, as the commands send it that read the API as a client."""

import logging
import os
from collections.abc import Mapping

import mohawk
import requests
from django.core.management.base import CommandError, CommandParser

TIMEOUT_SECONDS = 300

# It warns that nobody remembers the nonces of answers; an answer repeats the request's, which is fresh.
logging.getLogger("mohawk").setLevel(logging.ERROR)


def add_arguments(parser: CommandParser) -> None:
    """What every such command is told: whom to ask, and as whom."""
    parser.add_argument("url")
    parser.add_argument("--id", required=True, help="the client's id")
    parser.add_argument(
        "--key",
        default=os.environ.get("HAWK_KEY"),
        help="the client's key; better in the variable HAWK_KEY, where others on the machine do not see it",
    )


def credentials(identifier: str, key: str | None) -> dict[str, str]:
    """What mohawk signs with; raises CommandError where there is no key."""
    if not key:
        raise CommandError("There is no key: give --key, or set the variable HAWK_KEY")
    return {"id": identifier, "key": key, "algorithm": "sha256"}


def signed_get(
    session: requests.Session,
    url: str,
    credentials: dict[str, str],
    *,
    headers: Mapping[str, str] | None = None,
    stream: bool = False,
) -> tuple[requests.Response, mohawk.Sender]:
    """The answer to a signed GET, and the sender that verifies its signature.

    Raises requests.RequestException where there is no answer.
    """
    # requests changes some URLs (spaces, a missing path): what is signed must be what is sent.
    request = session.prepare_request(requests.Request("GET", url, headers=dict(headers or {})))
    sender = mohawk.Sender(credentials, request.url, "GET", content="", content_type="")
    request.headers["Authorization"] = sender.request_header
    return session.send(request, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=stream), sender

"""`hawk-request`: read the API as a client, and see what is answered."""

import argparse
import shlex
from collections.abc import Callable
from typing import Final

import mohawk
import requests

from .command import Failed, add_credentials, key_of, main
from .errors import NotVerified
from .signing import credentials, signed_get, verify

HELP: Final = (
    "Send a HAWK-signed GET. Prints the body to standard output, and the status and whether the response's signature "
    "is valid to standard error. The exit status is 0 if the request succeeded and the signature is valid."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The URL, the client, and what to do."""
    parser.add_argument("url", help="what to read")
    add_credentials(parser)
    parser.add_argument(
        "--print-curl",
        action="store_true",
        help="send nothing; print a curl command that works once, within the allowed clock skew",
    )
    parser.add_argument(
        "--follow", action="store_true", help="follow `next` to the last page; prints a body on each line"
    )


def run(options: argparse.Namespace, out: Callable[[str], object], err: Callable[[str], object]) -> None:
    """Send once what was asked for, and nothing again: whoever looks for a fault wants to see each answer."""
    own = credentials(options.id, key_of(options))
    if options.print_curl:
        out(curl_command(options.url, own))
        return
    url: str | None = options.url
    with requests.Session() as session:
        while url:
            response, verdict = _get(session, url, own)
            err(f"{response.status_code} {response.reason}, signature: {verdict}  {url}")
            out(response.text)
            if not response.ok or verdict != "verified":
                raise Failed("")
            url = response.json().get("next") if options.follow else None


def curl_command(url: str, credentials: dict[str, str]) -> str:
    """A shell command that sends one signed GET. It does not contain the key."""
    sender = mohawk.Sender(credentials, url, "GET", content="", content_type="")
    # Otherwise curl expands brackets and braces, and removes dots from the path.
    options = ["--globoff", "--path-as-is", "--header", f"Authorization: {sender.request_header}"]
    return shlex.join(["curl", *options, url])


def _get(session: requests.Session, url: str, credentials: dict[str, str]) -> tuple[requests.Response, str]:
    """The response to a signed GET, and its signature's state: `verified`, `missing`, or `wrong`."""
    try:
        response, sender = signed_get(session, url, credentials)
    except requests.RequestException as error:
        raise Failed(f"No response from {url}: {error}") from error
    if "Server-Authorization" not in response.headers:
        return response, "missing"
    try:
        verify(response, sender)
    except NotVerified as error:
        return response, f"wrong: {error.__cause__}"
    return response, "verified"


def program() -> None:
    """The console script."""
    main(run, add_arguments, HELP)

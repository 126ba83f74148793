"""`manage.py hawk_request`: read the API as a client. Needs no settings of the service."""

import shlex
import sys
from typing import Any

import mohawk
import orjson
import requests
from django.core.management.base import BaseCommand, CommandError, CommandParser
from mohawk.exc import HawkFail

from dss_web.client import signed_request


class Command(BaseCommand):
    """Prints the status and body of a signed GET, and whether the response's own signature is valid."""

    help = (
        "Send a HAWK-signed GET. Prints the body to standard output, and the status and whether the response's "
        "signature is valid to standard error. The exit status is 0 if the request succeeded and the signature is "
        "valid."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        signed_request.add_arguments(parser)
        parser.add_argument(
            "--print-curl",
            action="store_true",
            help="send nothing; print a curl command that works once, within the allowed clock skew",
        )
        parser.add_argument(
            "--follow", action="store_true", help="follow `next` to the last page; prints a body on each line"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        credentials = signed_request.credentials(options["id"], options["key"])
        if options["print_curl"]:
            self.stdout.write(curl_command(options["url"], credentials))
            return
        url: str | None = options["url"]
        is_valid = True
        with requests.Session() as session:
            while url:
                response, verdict = signed_get(session, url, credentials)
                self.stderr.write(f"{response.status_code} {response.reason}, signature: {verdict}  {url}")
                self.stdout.write(response.text)
                is_valid = is_valid and response.ok and verdict == "verified"
                url = _next_of(response) if options["follow"] and is_valid else None
        if not is_valid:
            sys.exit(1)


def signed_get(session: requests.Session, url: str, credentials: dict[str, str]) -> tuple[requests.Response, str]:
    """The response to a signed GET, and its signature's state: `verified`, `missing`, or `wrong: ` and why.

    Raises CommandError if there is no response.
    """
    try:
        response, sender = signed_request.signed_get(session, url, credentials)
    except requests.RequestException as error:
        raise CommandError(f"No response from {url}: {error}") from error
    header = response.headers.get("Server-Authorization")
    if header is None:
        return response, "missing"
    try:
        sender.accept_response(header, content=response.content, content_type=response.headers.get("Content-Type", ""))
    except HawkFail as error:
        return response, f"wrong: {error}"
    return response, "verified"


def curl_command(url: str, credentials: dict[str, str]) -> str:
    """A shell command that sends one signed GET. It does not contain the key."""
    sender = mohawk.Sender(credentials, url, "GET", content="", content_type="")
    # Otherwise curl expands brackets and braces, and removes dots from the path.
    options = ["--globoff", "--path-as-is", "--header", f"Authorization: {sender.request_header}"]
    return shlex.join(["curl", *options, url])


def _next_of(response: requests.Response) -> str | None:
    following: str | None = orjson.loads(response.content).get("next")
    return following

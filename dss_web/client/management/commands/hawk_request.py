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
    """Prints status and body of a signed GET, and whether the answer's own signature verifies."""

    help = (
        "Send a HAWK-signed GET; print the body to standard output, and the status and whether the answer's "
        "signature verifies to standard error. Exit status 0: answered with success, and the signature verifies."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        signed_request.add_arguments(parser)
        parser.add_argument(
            "--print-curl",
            action="store_true",
            help="send nothing; print a curl command that is good for one request, while the clocks allow",
        )
        parser.add_argument("--follow", action="store_true", help="follow `next` to the last page, a body a line")

    def handle(self, *args: Any, **options: Any) -> None:
        credentials = signed_request.credentials(options["id"], options["key"])
        if options["print_curl"]:
            self.stdout.write(curl_command(options["url"], credentials))
            return
        url: str | None = options["url"]
        all_is_well = True
        with requests.Session() as session:
            while url:
                response, verdict = signed_get(session, url, credentials)
                self.stderr.write(f"{response.status_code} {response.reason}, signature: {verdict}  {url}")
                self.stdout.write(response.text)
                all_is_well = all_is_well and response.ok and verdict == "verified"
                url = _next_of(response) if options["follow"] and all_is_well else None
        if not all_is_well:
            sys.exit(1)


def signed_get(session: requests.Session, url: str, credentials: dict[str, str]) -> tuple[requests.Response, str]:
    """The answer to a signed GET, and of its signature: `verified`, `missing`, or `wrong: ` and why."""
    try:
        response, sender = signed_request.signed_get(session, url, credentials)
    except requests.RequestException as error:
        raise CommandError(f"No answer from {url}: {error}") from error
    header = response.headers.get("Server-Authorization")
    if header is None:
        return response, "missing"
    try:
        sender.accept_response(header, content=response.content, content_type=response.headers.get("Content-Type", ""))
    except HawkFail as error:
        return response, f"wrong: {error}"
    return response, "verified"


def curl_command(url: str, credentials: dict[str, str]) -> str:
    """A shell's command that sends one signed GET. It holds no key."""
    sender = mohawk.Sender(credentials, url, "GET", content="", content_type="")
    # curl would take brackets and braces for patterns, and dots in the path away.
    options = ["--globoff", "--path-as-is", "--header", f"Authorization: {sender.request_header}"]
    return shlex.join(["curl", *options, url])


def _next_of(response: requests.Response) -> str | None:
    following: str | None = orjson.loads(response.content).get("next")
    return following

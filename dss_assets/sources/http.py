"""HTTP to publishers: pages, what a server says of a file, and the bytes of a file."""

import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import requests

from dss_assets.errors import TransientError
from dss_web.shared.object_store import CHUNK_BYTES

USER_AGENT = "data-store-service/1 (Department for Business and Trade; datahub@businessandtrade.gov.uk)"
CONNECT_SECONDS = 10
READ_SECONDS = 30
FETCH_SECONDS = 2 * 60 * 60


class PublisherClient:
    """HTTP to publishers: polite, with time-outs, and to other base URLs where a setting says so."""

    def __init__(self, base_urls: Mapping[str, str] | None = None) -> None:
        self._base_urls = sorted((base_urls or {}).items(), key=lambda item: len(item[0]), reverse=True)
        self._session = requests.Session()
        # The bytes are kept as they came, so a transport encoding is not asked for.
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})

    def url(self, published: str) -> str:
        """The URL to use for a URL of a declaration."""
        for base, other in self._base_urls:
            if published.startswith(base):
                return other + published.removeprefix(base)
        return published

    def get(self, url: str, **parameters: str | int) -> requests.Response:
        """A page. Raises TransientError for anything but a 200 that came whole."""
        return self._request("GET", url, params=parameters)

    def version(self, url: str) -> str:
        """What the server says of a file without sending it; '' where it does not answer that question."""
        try:
            headers = self._request("HEAD", url, allow_redirects=True).headers
        except TransientError:
            return ""  # the file's own GET will tell what is wrong
        return " ".join(headers.get(name, "") for name in ("ETag", "Last-Modified", "Content-Length")).strip()

    def fetch(self, name: str, url: str) -> Iterator[bytes]:
        """The bytes of the file `name`. Raises TransientError where they do not come whole or are no such file."""
        deadline = time.monotonic() + FETCH_SECONDS
        try:
            with self._request("GET", url, stream=True) as response:
                first = True
                for chunk in response.iter_content(CHUNK_BYTES):
                    if first:
                        _check_kind(name, url, chunk, response)
                        first = False
                    if time.monotonic() > deadline:
                        raise TransientError(f"{url} was still sending after {FETCH_SECONDS / 3600:g} hours.")
                    yield chunk
        except requests.RequestException as error:
            raise TransientError(f"{url} broke off while {name} was fetched: {_reason(error)}. Tried again.") from error
        if first:
            raise TransientError(f"{url} answered with an empty file for {name}. It is fetched again later.")

    def _request(self, method: str, url: str, **options: Any) -> requests.Response:
        try:
            response = self._session.request(method, url, timeout=(CONNECT_SECONDS, READ_SECONDS), **options)
        except requests.RequestException as error:
            raise TransientError(f"{method} {url} was not answered: {_reason(error)}. It is tried again.") from error
        if response.status_code != HTTPStatus.OK:
            response.close()
            raise TransientError(
                f"{method} {url} was answered with {response.status_code} {response.reason}, not with 200. "
                "It is tried again; if it goes on, ask the publisher or correct the dataset's declaration."
            )
        return response


def _reason(error: Exception) -> str:
    """The innermost cause, without the wrapping of three libraries."""
    while (cause := error.__cause__ or error.__context__) is not None and isinstance(cause, Exception):
        error = cause
    return str(error) or type(error).__name__


def _check_kind(name: str, url: str, start: bytes, response: requests.Response) -> None:
    is_page = start.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html"))
    if is_page or (name.endswith(".zip") and not start.startswith(b"PK")):
        kind = "an HTML page" if is_page else f"{response.headers.get('Content-Type', 'something')} that is no zip"
        raise TransientError(
            f"{url} answered 200 with {kind} instead of the file {name}; nothing was kept. It is fetched again later."
        )

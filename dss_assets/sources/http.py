"""HTTP to publishers: pages, what a server says of a file, and the bytes of a file."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import requests
from urllib3.exceptions import HTTPError

from dss_assets.errors import TransientError
from dss_web.shared.object_store import CHUNK_BYTES

USER_AGENT: Final = "data-store-service/1 (Department for Business and Trade; datahub@businessandtrade.gov.uk)"
CONNECT_SECONDS: Final = 10
# A server may be silent for so long, before its first byte and between any two.
READ_SECONDS: Final = 30
# A server that sends a byte now and then is never silent: whole answers have a time, too. A listing is a few hundred
# kilobytes; the largest file, an ONS release of 250 MB, takes less than two hours at 40 KB/s.
LISTING_SECONDS: Final = 2 * 60
FETCH_SECONDS: Final = 2 * 60 * 60


@dataclass(frozen=True, slots=True)
class Page:
    """A page that came whole, from the URL at which it was found in the end."""

    url: str
    content: bytes
    charset: str

    @property
    def text(self) -> str:
        """The page as text; what its charset does not hold becomes U+FFFD."""
        return self.content.decode(self.charset, errors="replace")

    def json(self) -> Any:
        """The page as JSON. Raises ValueError where it is not."""
        return json.loads(self.content)


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

    def get(self, url: str, **parameters: str | int) -> Page:
        """A page. Raises TransientError for anything but a 200 that came whole and in time."""
        with self._request("GET", url, params=parameters, stream=True) as response:
            content = b"".join(_chunks(response, LISTING_SECONDS))
            return Page(response.url, content, _charset(response))

    def version(self, url: str) -> str:
        """What the server says of a file without sending it; '' where it does not answer that question."""
        try:
            headers = self._request("HEAD", url, allow_redirects=True).headers
        except TransientError:
            return ""  # the file's own GET will tell what is wrong
        return " ".join(headers.get(name, "") for name in ("ETag", "Last-Modified", "Content-Length")).strip()

    def fetch(self, name: str, url: str) -> Iterator[bytes]:
        """The bytes of the file `name`. Raises TransientError where they do not come whole or are no such file."""
        with self._request("GET", url, stream=True) as response:
            chunks = _chunks(response, FETCH_SECONDS)
            first = next(chunks, b"")
            if not first:
                raise TransientError(f"{url} answered with an empty file for {name}. It is fetched again later.")
            _check_kind(name, url, first, response)
            yield first
            yield from chunks

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


def _chunks(response: requests.Response, seconds: float) -> Iterator[bytes]:
    """The body as it comes. Raises TransientError where it breaks off or takes longer than `seconds`.

    Read by `read1`, which returns what is there: to fill whole chunks would wait for a server that drips, unnoticed.
    """
    deadline = time.monotonic() + seconds
    try:
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            if time.monotonic() > deadline:
                raise TransientError(
                    f"{response.url} was still sending after {seconds:g} seconds, which is as long as it may take. "
                    "Nothing of it was kept. It is tried again."
                )
            yield chunk
    except (HTTPError, OSError) as error:
        raise TransientError(
            f"{response.url} broke off while it was sent: {_reason(error)}. It is tried again."
        ) from error


def _charset(response: requests.Response) -> str:
    """The charset that the server names; HTML and JSON of today are UTF-8 where it names none."""
    named = response.encoding if "charset" in response.headers.get("Content-Type", "") else None
    return named or "utf-8"


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

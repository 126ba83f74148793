"""HTTP to publishers: requests with time-outs, pages, and what a server says of a file."""

import json
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from dss_assets.database import Database, host_slot
from dss_assets.errors import TransientError
from dss_assets.sources.credentials import NO_CREDENTIALS, Credentials, CredentialsSession
from dss_web.shared.object_store import CHUNK_BYTES
from dss_web.shared.public_hosts import Host, NotPublic, PublicAdapter

USER_AGENT: Final = "data-store-service/1 (Department for Business and Trade; datahub@businessandtrade.gov.uk)"
CONNECT_SECONDS: Final = 10
# A server may be silent for so long, before its first byte and between any two.
READ_SECONDS: Final = 30
# A listing asks by HEAD for each file, within the 60 seconds of a sensor.
HEAD_SECONDS: Final = 10
# A server that sends a byte now and then is never silent: whole answers have a time, too. A listing is a few hundred
# kilobytes; the largest file, an ONS release of 250 MB, takes less than two hours at 40 KB/s.
LISTING_SECONDS: Final = 2 * 60
FETCH_SECONDS: Final = 2 * 60 * 60
# Pages are held in memory. A `data.json` of a government's whole catalogue is 40 MB.
LARGEST_PAGE_BYTES: Final = 64 * 1024**2
# A server that asks for a longer wait has its clock or its units wrong.
LONGEST_RETRY_AFTER: Final = 24 * 60 * 60
# Answers to HEAD of servers that do not take it. Some object stores sign GET alone, and answer HEAD with 403 or 404.
_HEAD_REFUSED: Final = frozenset({400, 403, 404, 405, 501})


class UnexpectedStatus(TransientError):
    """A server answered with another status than the request needs."""

    def __init__(self, message: str, status: int, retry_after: float) -> None:
        super().__init__(message, retry_after)
        self.status = status


class BrokenOff(TransientError):
    """An answer ended before it was whole."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page, from the URL at which it was found in the end.

    `is_framed`: HTTP said where the page ends, and it came up to there. Otherwise it ended with its connection.
    """

    url: str
    content: bytes
    charset: str
    is_framed: bool

    @property
    def text(self) -> str:
        """The page as text; what its charset does not hold becomes U+FFFD."""
        return self.content.decode(self.charset, errors="replace")

    def json(self) -> Any:
        """The page as JSON. Raises ValueError where it is not."""
        return json.loads(self.content)


class Visit:
    """Requests to publishers one after the other, over one connection to each host.

    With a `database` each host is asked in one of its turns over all processes (`host_slot`), for which the visit
    waits up to `wait_seconds`. `credentials` are sent where they belong. Hosts that are not `named` are asked at public
    addresses alone.
    """

    def __init__(
        self,
        database: Database | None,
        wait_seconds: float,
        named: Collection[Host],
        credentials: Credentials = NO_CREDENTIALS,
    ) -> None:
        self._database, self._wait_seconds, self._credentials = database, wait_seconds, credentials
        self._open = ExitStack()
        self._hosts: set[str] = set()
        self._session = self._open.enter_context(CredentialsSession(credentials))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, PublicAdapter(named))
        # The bytes are kept as they came, so a transport encoding is not asked for.
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})

    def close(self) -> None:
        """End the connections and give back the turns."""
        self._open.close()

    def get(self, url: str) -> Page:
        """A page. Raises TransientError for anything but a 200 that came whole and in time."""
        with self.request("GET", url, stream=True) as response:
            content = b"".join(_limited(response))
            is_framed = announced_bytes(response) is not None or is_chunked(response)
            return Page(response.url, content, _charset(response), is_framed)

    def version(self, url: str) -> str:
        """What the server says of a file without sending it. Raises TransientError where it says nothing now."""
        try:
            headers = self.request("HEAD", url, allow_redirects=True).headers
        except UnexpectedStatus as error:
            if error.status not in _HEAD_REFUSED:
                raise
        else:
            if version := _version(headers, headers.get("Content-Length", "")):
                return version
        return self._version_by_get(url)

    def length(self, url: str) -> int | None:
        """The size of a file by HEAD, None where the server tells none."""
        try:
            length = self.request("HEAD", url, allow_redirects=True).headers.get("Content-Length", "")
        except TransientError:
            return None
        # Servers that answer HEAD like a GET without a body announce nought.
        return int(length) if length.isdecimal() and length != "0" else None

    def request(
        self, method: str, url: str, expected: Collection[int] = (HTTPStatus.OK,), **options: Any
    ) -> requests.Response:
        """An answer with one of the statuses. Raises TransientError for any other, and where none comes."""
        self._take_turn(urlsplit(url).netloc)
        options["headers"] = {**options.get("headers", {}), **self._credentials.for_url(url)}
        silence = min(HEAD_SECONDS, READ_SECONDS) if method == "HEAD" else READ_SECONDS
        try:
            response = self._session.request(method, url, timeout=(CONNECT_SECONDS, silence), **options)
        except requests.RequestException as error:
            raise TransientError(f"{method} {url} was not answered: {_reason(error)}. It is tried again.") from error
        except NotPublic as error:
            raise TransientError(
                f"{method} {url} was not sent: {error}. A link or a redirect of the publisher leads there, and only "
                "hosts that a declaration names may be private. If it is right, name the host in DSS_SOURCE_BASE_URLS."
            ) from error
        if response.status_code in expected:
            return response
        response.close()
        retry_after = _retry_after(response)
        wait = f" The server asks to wait {retry_after:,.0f} seconds." if retry_after else ""
        raise UnexpectedStatus(
            f"{method} {url} was answered with {response.status_code} {response.reason}, not with 200.{wait} "
            "It is tried again; if it goes on, ask the publisher or correct the dataset's declaration.",
            response.status_code,
            retry_after,
        )

    def _take_turn(self, host: str) -> None:
        if self._database is None or host in self._hosts:
            return
        connection = self._open.enter_context(self._database.connect(f"turn at {host}"))
        self._open.enter_context(host_slot(connection, host, self._wait_seconds))
        self._hosts.add(host)

    def _version_by_get(self, url: str) -> str:
        """What the headers of a GET say. A file of which nothing is said has another version each day.

        So it is fetched once a day, and its bytes are compared with those before.
        """
        first_byte = {"Range": "bytes=0-0"}
        expected = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT)
        # The answer is closed unread: a server that knows no ranges would send all of the file.
        with self.request("GET", url, expected, headers=first_byte, stream=True) as response:
            if response.status_code == HTTPStatus.PARTIAL_CONTENT:
                length = response.headers.get("Content-Range", "").rpartition("/")[2].replace("*", "")
            else:
                length = response.headers.get("Content-Length", "")
        return _version(response.headers, length) or f"nothing is said of it on {datetime.now(UTC):%Y-%m-%d}"


def _limited(response: requests.Response) -> Iterator[bytes]:
    """The body of a page, which is held in memory. Raises TransientError where it is larger than any page."""
    size = 0
    for chunk in body(response, LISTING_SECONDS):
        size += len(chunk)
        if size > LARGEST_PAGE_BYTES:
            raise TransientError(
                f"{response.url} sent more than {LARGEST_PAGE_BYTES:,} bytes, which no page is expected to have. "
                "It is asked again. If this lasts, declare smaller pages, or the address as a file."
            )
        yield chunk


def body(response: requests.Response, seconds: float, started: float | None = None) -> Iterator[bytes]:
    """The body as it comes. Raises TransientError where it breaks off or takes longer than `seconds`.

    They count from `started`, a time of the monotonic clock: from now, if None.

    Read by `read1`, which returns what is there: to fill whole chunks would wait for a server that drips, unnoticed.
    """
    deadline = (time.monotonic() if started is None else started) + seconds
    try:
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            if time.monotonic() > deadline:
                raise TransientError(
                    f"{response.url} was still sending after {seconds:g} seconds, which is as long as it may take. "
                    "Nothing of it was kept. It is tried again."
                )
            yield chunk
    except (HTTPError, OSError) as error:
        raise BrokenOff(f"{response.url} broke off while it was sent: {_reason(error)}. It is tried again.") from error
    announced, sent = announced_bytes(response), response.raw.tell()
    if announced is not None and sent != announced:
        raise BrokenOff(
            f"{response.url} broke off while it was sent: it announced {announced:,} bytes and sent {sent:,}. "
            "It is tried again."
        )


def announced_bytes(response: requests.Response) -> int | None:
    """The number of bytes that the body is to have, as sent; None where its headers do not say."""
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and not is_chunked(response) else None


def is_chunked(response: requests.Response) -> bool:
    """Whether the body comes in chunks, of which the last says that it is the last."""
    return "chunked" in response.headers.get("Transfer-Encoding", "").lower()


def _version(headers: Any, length: str) -> str:
    said = (headers.get("ETag", ""), headers.get("Last-Modified", ""), "" if length == "0" else length)
    return " ".join(said).strip()


def _retry_after(response: requests.Response) -> float:
    """The seconds that a server asks to wait, by number or by date (RFC 9110, 10.2.3); 0 where it does not ask."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        seconds = float(value)
    else:
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return 0
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - time.time()
    return min(max(seconds, 0), LONGEST_RETRY_AFTER)


def _charset(response: requests.Response) -> str:
    """The charset that the server names; HTML and JSON of today are UTF-8 where it names none."""
    named = response.encoding if "charset" in response.headers.get("Content-Type", "") else None
    return named or "utf-8"


def _reason(error: Exception) -> str:
    """The innermost cause, without the wrapping of three libraries."""
    while (cause := error.__cause__ or error.__context__) is not None and isinstance(cause, Exception):
        error = cause
    return str(error) or type(error).__name__

"""The bytes of a publisher's file: whole and of the right kind, or not at all."""

import hashlib
import json
import re
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

import requests

from dss_assets.errors import NotAtItsUrl, TransientError
from dss_assets.sources import http
from dss_assets.sources.http import BrokenOff, UnexpectedStatus, Visit

# A connection that breaks so often will break again; the next attempt is the registry's.
MOST_RESUMES: Final = 5
# A server that has just dropped a connection may be about to restart.
RESUME_WAIT_SECONDS: Final = 1.0
# As much of a file as tells what it is.
SNIFFED_BYTES: Final = 1024
# Pages that stand in place of files: with a comment, a byte order mark or an XML declaration before them, too.
_HTML: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--|(?:<\?xml[^>]*>\s*)?(?:<!doctype\s+html|<(?:html|head|body)\b))", re.IGNORECASE
)
_HTML_NAMES: Final = (".html", ".htm", ".xhtml", ".xml")


def download(visit: Visit, name: str, url: str) -> Iterator[bytes]:
    """The bytes of the file `name`. Raises TransientError where they do not come whole or are no such file."""
    transfer = _Transfer(visit, url)
    chunks = transfer.chunks()
    start = b""
    for chunk in chunks:
        start += chunk
        if len(start) >= SNIFFED_BYTES:
            break
    if not start:
        raise TransientError(f"{url} answered with an empty file for {name}. It is fetched again later.")
    _check_kind(name, url, start, transfer.content_type)
    yield start
    yield from chunks


class _Transfer:
    """One file's way over HTTP, resumed where the publisher allows it."""

    def __init__(self, visit: Visit, url: str) -> None:
        self._visit, self._url = visit, url
        self._started = time.monotonic()
        self._head_length: int | None = None
        self._response = self._get()
        self.content_type = self._response.headers.get("Content-Type", "something")

    def chunks(self) -> Iterator[bytes]:
        received, resumes, digest = 0, 0, hashlib.sha256()
        # What the first answer says is what the others must agree with.
        first = self._response
        try:
            while True:
                try:
                    for chunk in self._body():
                        received += len(chunk)
                        digest.update(chunk)
                        yield chunk
                    self._check_length(first, received)
                    break
                except BrokenOff as error:
                    resumes += 1
                    if not (received and resumes <= MOST_RESUMES and self._resume(first, received)):
                        raise error from None
        finally:
            self._response.close()
        if not self._is_length_known(first):
            self._check_again(digest.hexdigest())

    def _get(self) -> requests.Response:
        try:
            return self._visit.request("GET", self._url, stream=True)
        except UnexpectedStatus as error:
            if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                raise NotAtItsUrl(str(error), error.retry_after) from error
            raise

    def _body(self) -> Iterator[bytes]:
        return http.body(self._response, http.FETCH_SECONDS, self._started)

    def _is_length_known(self, first: requests.Response) -> bool:
        return http.is_chunked(first) or http.announced_bytes(first) is not None or self._head_length is not None

    def _check_length(self, first: requests.Response, received: int) -> None:
        """Compare with what was announced, by HEAD where the answer announced nothing. Raises BrokenOff."""
        if "Content-Encoding" in first.headers:
            return
        announced = http.announced_bytes(first)
        if announced is None:
            announced = self._head_length = self._visit.length(self._url)
        if announced is not None and received != announced:
            raise BrokenOff(
                f"{self._url} broke off while it was sent: {announced:,} bytes were announced, and {received:,} came. "
                "It is tried again."
            )

    def _resume(self, first: requests.Response, received: int) -> bool:
        """Ask for the rest, if it is the rest of the same bytes: whether it comes."""
        etag, modified = first.headers.get("ETag", ""), first.headers.get("Last-Modified", "")
        # A weak ETag does not promise the same bytes, so If-Range does not take it (RFC 9110, 13.1.5).
        validator = etag if etag and not etag.startswith("W/") else modified
        is_refused = first.headers.get("Accept-Ranges", "").lower() == "none"
        if not validator or is_refused or "Content-Encoding" in first.headers:
            return False
        self._response.close()
        time.sleep(RESUME_WAIT_SECONDS)
        headers = {"Range": f"bytes={received}-", "If-Range": validator}
        expected = (HTTPStatus.PARTIAL_CONTENT, HTTPStatus.OK)
        try:
            self._response = self._visit.request("GET", self._url, expected, headers=headers, stream=True)
        except UnexpectedStatus as error:
            if error.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return False
            raise
        # 200 is the whole file from its start, which cannot be joined to what has gone on already.
        begins = self._response.headers.get("Content-Range", "").startswith(f"bytes {received}-")
        return self._response.status_code == HTTPStatus.PARTIAL_CONTENT and begins

    def _check_again(self, digest: str) -> None:
        """Fetch the file once more: where nothing tells its length, a break at the same byte twice is unlikely."""
        again = hashlib.sha256()
        self._response = self._get()
        with self._response:
            for chunk in self._body():
                again.update(chunk)
        if again.hexdigest() != digest:
            raise BrokenOff(
                f"{self._url} broke off while it was sent: the server tells no length, and sent other bytes when it "
                "was asked a second time. Nothing was kept. It is tried again."
            )


def _check_kind(name: str, url: str, start: bytes, content_type: str) -> None:
    lower = name.lower()
    is_page = _HTML.match(start) and not lower.endswith(_HTML_NAMES)
    error = None if lower.endswith(".json") else _api_error(start)
    if is_page or error or (lower.endswith(".zip") and not start.startswith(b"PK")):
        kind = "an HTML page" if is_page else f"the error {error}" if error else f"{content_type} that is no zip"
        raise TransientError(
            f"{url} answered 200 with {kind} instead of the file {name}; nothing was kept. It is fetched again later."
        )


def _api_error(start: bytes) -> str | None:
    """The text of an ArcGIS error, `{"error": …}` with status 200; None where the bytes are something else."""
    if not re.match(rb'\s*\{\s*"error"\s*:', start):
        return None
    try:
        return json.dumps(json.loads(start)["error"])
    except ValueError:
        return start[:200].decode(errors="replace")

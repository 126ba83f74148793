"""An export for its client: streamed into a file, checked against the server's receipt, resumed after a break."""

import hashlib
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
import urllib3
from mohawk.exc import HawkFail

from dss_web.client.signed_request import signed_get

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# What is written and hashed at once: the disk is no faster with more.
_CHUNK_BYTES: Final = 2**18
_RETRY_SECONDS: Final = 1.0
# The service or its proxy is away for now.
_TRANSIENT: Final = frozenset({502, 503, 504})


class NotVerified(Exception):
    """What was received differs from the receipt. The text says what was found and what was expected."""


class Refused(Exception):
    """The server refused the export. The text is the server's."""


class Broken(Exception):
    """The connection ended early, or the service is out of reach for now. Trying again may help."""


@dataclass
class Download:
    """A file that grows by exports of one table, each of which begins after the last id of the one before.

    `part` is the file, `report` prints a line about a retry.
    """

    session: requests.Session
    url: str
    credentials: dict[str, str]
    part: Path
    report: Callable[[str], object]

    def run(self, tries: int) -> dict[str, Any]:
        """Fetch everything into `part`. Returns the rows, bytes and sha256 of the whole.

        After a break, the file is cut back to the receipt's last checkpoint that it matches, and the export is resumed
        there, unless rows were changed meanwhile; then it starts again. Raises Refused, NotVerified, and Broken when
        all tries are used up.
        """
        rows, size, query = 0, 0, dict[str, str]()
        for left in reversed(range(tries + 1)):
            try:
                receipt = self._fetch(size, query)
                return {"rows": rows + receipt["rows"], "bytes": self.part.stat().st_size, "sha256": sha256(self.part)}
            except _Interrupted as interruption:
                reason = str(interruption)
                rows_kept, size_kept, query_kept = self._checkpoint(interruption, size)
                if query_kept:
                    rows, size, query = rows + rows_kept, size + size_kept, query_kept
            except _Changed as error:
                reason, rows, size, query = str(error), 0, 0, {}
            except Broken as error:
                reason = str(error)
            if not left:
                raise Broken(reason)
            self.report(f"{reason}; resuming after {rows} rows, {left} tries left")
            time.sleep(_RETRY_SECONDS)
        raise AssertionError

    def receipt(self, export_id: str) -> dict[str, Any]:
        """The receipt of one of the client's exports, its signature verified. Raises Refused, NotVerified, Broken."""
        parts = urlsplit(self.url)
        url = urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/receipts/{export_id}", query=""))
        try:
            response, sender = signed_get(self.session, url, self.credentials)
        except requests.RequestException as error:
            raise Broken(f"no receipt: {error}") from error
        if response.status_code in _TRANSIENT:
            raise Broken(f"no receipt: {response.status_code} {response.text}")
        if response.status_code == 404:
            raise Refused(f"The server has no receipt of an export {export_id} by this client; they are kept for a day")
        if not response.ok:
            raise Refused(f"{response.status_code} {response.reason}: {response.text}")
        try:
            sender.accept_response(
                response.headers.get("Server-Authorization", ""),
                content=response.content,
                content_type=response.headers["Content-Type"],
            )
        except HawkFail as error:
            raise NotVerified(f"the receipt's signature is wrong: {error}") from error
        receipt: dict[str, Any] = response.json()
        return receipt

    def _fetch(self, offset: int, query: dict[str, str]) -> dict[str, Any]:
        """Fetch one export into the file from `offset` on. Returns its receipt, which the file matches."""
        url = with_query(self.url, query)
        headers = {"Accept-Encoding": "zstd, gzip"}
        try:
            response, sender = signed_get(self.session, url, self.credentials, headers=headers, stream=True)
        except requests.RequestException as error:
            raise Broken(f"no response: {error}") from error
        with response:
            if response.status_code in _TRANSIENT:
                raise Broken(f"{response.status_code} {response.text}")
            if response.status_code == 409 and query:
                raise _Changed("the table was changed meanwhile, so the export starts again")
            if not response.ok:
                raise Refused(f"{response.status_code} {response.reason}: {response.text}")
            export_id = response.headers.get("DSS-Export-Id", "")
            try:
                sender.accept_response(response.headers.get("Server-Authorization", ""), accept_untrusted_content=True)
            except HawkFail as error:
                raise NotVerified(f"the signature of the response's head is wrong: {error}") from error
            if f'ext="{export_id}"' not in response.headers["Server-Authorization"]:
                raise NotVerified("the signature of the response's head is for another export")
            digest = hashlib.sha256()
            size = 0
            with self.part.open("r+b" if offset else "wb") as file:
                file.seek(offset)
                file.truncate()
                try:
                    for chunk in decoded(response):
                        file.write(chunk)
                        digest.update(chunk)
                        size += len(chunk)
                except (urllib3.exceptions.HTTPError, OSError, EOFError) as error:
                    raise _Interrupted(export_id, f"the connection ended early ({error})") from error
        receipt = self.receipt(export_id)
        compare(receipt, {"bytes": size, "sha256": digest.hexdigest()})
        if receipt["format"] == "parquet":
            return receipt
        rows = count_rows(self.part, offset, receipt["format"]) - (receipt["format"] == "csv" and not query)
        compare(receipt, {"rows": rows})
        return receipt

    def _checkpoint(self, interruption: "_Interrupted", offset: int) -> tuple[int, int, dict[str, str]]:
        """Rows and bytes of the interrupted export that can be kept, and the query that resumes it, if any can."""
        receipt = self.receipt(interruption.export_id)
        if receipt["generation"] is None:
            return 0, 0, {}
        received = self.part.stat().st_size - offset
        for checkpoint in reversed(receipt["checkpoints"]):
            if checkpoint["bytes"] <= received:
                if sha256(self.part, offset, checkpoint["bytes"]) != checkpoint["sha256"]:
                    raise NotVerified("what was received before the connection broke differs from the receipt")
                return (
                    checkpoint["rows"],
                    checkpoint["bytes"],
                    {
                        "from-id": str(checkpoint["last_id"] + 1),
                        "generation": str(receipt["generation"]),
                        "header": "false",
                    },
                )
        return 0, 0, {}


class _Interrupted(Exception):
    """The export's connection ended early."""

    def __init__(self, export_id: str, text: str) -> None:
        super().__init__(text)
        self.export_id = export_id


class _Changed(Exception):
    """Rows that were received already have been changed in the table."""


def compare(receipt: dict[str, Any], received: dict[str, Any]) -> None:
    """Raise NotVerified unless the export is complete, and its receipt has the values that were received."""
    if receipt["state"] != "complete":
        raise NotVerified(f"the export is {receipt['state']}, not complete: {receipt['reason']}")
    for name, value in received.items():
        if receipt[name] != value:
            raise NotVerified(f"{name} is {value}, and the receipt says {receipt[name]}")


def with_query(url: str, changes: dict[str, str]) -> str:
    """The URL with these parameters instead of its own of the same names."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in changes]
    return url if not changes else urlunsplit(parts._replace(query=urlencode([*query, *changes.items()])))


def decoded(response: requests.Response) -> Iterator[bytes]:
    """The content in chunks, without its Content-Encoding. Raises EOFError if compressed content is cut short."""
    chunks = response.raw.stream(_CHUNK_BYTES, decode_content=False)
    coding = response.headers.get("Content-Encoding", "identity")
    if coding == "identity":
        yield from chunks
        return
    decompressor = zstd.ZstdDecompressor() if coding == "zstd" else zlib.decompressobj(zlib.MAX_WBITS | 16)
    for chunk in chunks:
        yield decompressor.decompress(chunk)
    if not decompressor.eof:
        raise EOFError("the compressed content is cut short")


def sha256(path: Path, offset: int = 0, size: int | None = None) -> str:
    """The SHA-256 of a file, or of `size` bytes from `offset` on, in hexadecimal digits."""
    digest = hashlib.sha256()
    for chunk in _chunks(path, offset, size):
        digest.update(chunk)
    return digest.hexdigest()


def count_rows(path: Path, offset: int, format_: str) -> int:
    """The number of lines from `offset` on; in CSV, of those that end outside of quotes."""
    lines, quoted = 0, False
    for chunk in _chunks(path, offset, None):
        if format_ == "ndjson":
            lines += chunk.count(b"\n")
            continue
        segments = chunk.split(b'"')
        lines += sum(segment.count(b"\n") for segment in segments[quoted::2])
        quoted ^= len(segments) % 2 == 0
    return lines


def _chunks(path: Path, offset: int, size: int | None) -> Iterator[bytes]:
    left = path.stat().st_size - offset if size is None else size
    with path.open("rb") as file:
        file.seek(offset)
        while left and (chunk := file.read(min(_CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk

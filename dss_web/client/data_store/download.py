"""An export for its client: streamed into a file, checked against the server's receipt, resumed after a break."""

import hashlib
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
import urllib3

from .connection import Connection
from .errors import Changed, NotVerified, Refused, Unreachable

# An extra, since gzip will do: zstd is a third smaller and several times as fast.
try:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
except ImportError:
    zstd = None  # type: ignore[assignment] # mypy knows no module that may be missing

# What is written and hashed at once: the disk is no faster with more.
_CHUNK_BYTES: Final = 2**18
_RETRY_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Export:
    """A file that was fetched and checked: its rows, its bytes, and its SHA-256 in hexadecimal digits."""

    path: Path
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Download:
    """A file made of exports of one table, each of which begins after the last id of the one before.

    `path` is the file once it is checked; until then it is `part`.
    """

    connection: Connection
    url: str
    path: Path

    @property
    def part(self) -> Path:
        """The file while it is fetched."""
        return self.path.with_name(f"{self.path.name}.part")

    def run(self, tries: int) -> Export:
        """Fetch everything. Returns the file, which has its name by then.

        After a break, the file is cut back to the receipt's last checkpoint that it matches, and the export is resumed
        there, unless rows were changed meanwhile; then it starts again. Raises Refused, NotVerified, OSError, and
        Unreachable when all tries are used up.
        """
        rows, size, query = 0, 0, dict[str, str]()
        for left in reversed(range(tries + 1)):
            try:
                receipt = self._fetch(size, query)
            except _Interrupted as interruption:
                reason = str(interruption)
                rows_kept, size_kept, query_kept = self._checkpoint(interruption, size)
                if query_kept:
                    rows, size, query = rows + rows_kept, size + size_kept, query_kept
            except Changed as error:
                reason, rows, size, query = f"{error}, so the export starts again", 0, 0, {}
            else:
                whole = Export(self.path, rows + receipt["rows"], self.part.stat().st_size, sha256(self.part))
                self.part.replace(self.path)
                return whole
            if not left:
                raise Unreachable(reason)
            self.connection.report(f"{reason}; resuming after {rows} rows, {left} tries left")
            time.sleep(_RETRY_SECONDS)
        raise AssertionError

    def check(self, export_id: str) -> Export:
        """Compare the file, which came some other way, with the receipt of an export. Raises NotVerified, OSError."""
        receipt = self.receipt(export_id)
        size, digest = self.path.stat().st_size, sha256(self.path)
        compare(receipt, {"bytes": size, "sha256": digest})
        return Export(self.path, receipt["rows"], size, digest)

    def receipt(self, export_id: str) -> dict[str, Any]:
        """The receipt of one of the client's exports, verified. Raises Refused, NotVerified, Unreachable."""
        parts = urlsplit(self.url)
        url = urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/receipts/{export_id}", query=""))
        try:
            receipt: dict[str, Any] = self.connection.get(url).json()
        except Refused as error:
            if error.status != 404:
                raise
            text = f"The server has no receipt of an export {export_id} by this client; they are kept for a day"
            raise Refused(text, 404) from error
        return receipt

    def _fetch(self, offset: int, query: dict[str, str]) -> dict[str, Any]:
        """Fetch one export into the file from `offset` on. Returns its receipt, which the file matches."""
        codings = "zstd, gzip" if zstd else "gzip"
        with self.connection.stream(with_query(self.url, query), {"Accept-Encoding": codings}) as response:
            export_id = response.headers.get("DSS-Export-Id", "")
            if not export_id or f'ext="{export_id}"' not in response.headers["Server-Authorization"]:
                raise NotVerified("The signature of the response's head is for another export")
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
                except (urllib3.exceptions.HTTPError, ConnectionError, TimeoutError, EOFError) as error:
                    raise _Interrupted(export_id, f"The connection ended early ({error})") from error
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
                    raise NotVerified("What was received before the connection broke differs from the receipt")
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


def compare(receipt: dict[str, Any], received: dict[str, Any]) -> None:
    """Raise NotVerified unless the export is complete, and its receipt has the values that were received."""
    if receipt["state"] != "complete":
        raise NotVerified(f"The export is {receipt['state']}, not complete: {receipt['reason']}")
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
    decompressor = zstd.ZstdDecompressor() if coding == "zstd" and zstd else zlib.decompressobj(zlib.MAX_WBITS | 16)
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

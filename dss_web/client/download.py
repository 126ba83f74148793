"""An export as its client fetches it: streamed into a file, checked against the server's receipt, resumed."""

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

_PIECE_BYTES: Final = 2**18
_BETWEEN_TRIES_SECONDS: Final = 1.0
_PASSING: Final = frozenset({502, 503, 504})


class NotVerified(Exception):
    """What came is not what the receipt says. The text says what was found and what was expected."""


class Refused(Exception):
    """The server does not give the export. The text is its own."""


class Broken(Exception):
    """The connection ended before the export did, or the service is out of reach for now."""


@dataclass
class Download:
    """A file that grows by exports of one table's rows, each behind the last id of the one before."""

    session: requests.Session
    url: str
    credentials: dict[str, str]
    part: Path
    say: Callable[[str], object]

    def run(self, tries: int) -> dict[str, Any]:
        """Fetch everything into `part`: the whole's rows, bytes and sha256. Raises Refused and NotVerified.

        After a break the file is cut back to the receipt's last checkpoint that it bears out, and the export goes on
        from there, if rows were not changed meanwhile; else it starts again. Raises Broken when all tries are used up.
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
            self.say(f"{reason}; going on behind {rows} rows, {left} tries left")
            time.sleep(_BETWEEN_TRIES_SECONDS)
        raise AssertionError

    def receipt(self, export_id: str) -> dict[str, Any]:
        """The receipt of one of the client's exports, its signature verified."""
        parts = urlsplit(self.url)
        url = urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/receipts/{export_id}", query=""))
        try:
            answer, sender = signed_get(self.session, url, self.credentials)
        except requests.RequestException as error:
            raise Broken(f"no receipt: {error}") from error
        if answer.status_code in _PASSING:
            raise Broken(f"no receipt: {answer.status_code} {answer.text}")
        if answer.status_code == 404:
            raise Refused(f"The server has no receipt of an export {export_id} by this client; they are kept for a day")
        if not answer.ok:
            raise Refused(f"{answer.status_code} {answer.reason}: {answer.text}")
        try:
            sender.accept_response(
                answer.headers.get("Server-Authorization", ""),
                content=answer.content,
                content_type=answer.headers["Content-Type"],
            )
        except HawkFail as error:
            raise NotVerified(f"the receipt's signature is wrong: {error}") from error
        found: dict[str, Any] = answer.json()
        return found

    def _fetch(self, offset: int, query: dict[str, str]) -> dict[str, Any]:
        """Fetch one export behind the first `offset` bytes of the file: its receipt, which the bytes bear out."""
        url = with_query(self.url, query)
        headers = {"Accept-Encoding": "zstd, gzip"}
        try:
            answer, sender = signed_get(self.session, url, self.credentials, headers=headers, stream=True)
        except requests.RequestException as error:
            raise Broken(f"no answer: {error}") from error
        with answer:
            if answer.status_code in _PASSING:
                raise Broken(f"{answer.status_code} {answer.text}")
            if answer.status_code == 409 and query:
                raise _Changed("the table was changed meanwhile, so it starts again")
            if not answer.ok:
                raise Refused(f"{answer.status_code} {answer.reason}: {answer.text}")
            export_id = answer.headers.get("DSS-Export-Id", "")
            try:
                sender.accept_response(answer.headers.get("Server-Authorization", ""), accept_untrusted_content=True)
            except HawkFail as error:
                raise NotVerified(f"the signature of the answer's head is wrong: {error}") from error
            if f'ext="{export_id}"' not in answer.headers["Server-Authorization"]:
                raise NotVerified("the answer's signature is not about the export that it names")
            digest = hashlib.sha256()
            size = 0
            with self.part.open("r+b" if offset else "wb") as file:
                file.seek(offset)
                file.truncate()
                try:
                    for piece in decoded(answer):
                        file.write(piece)
                        digest.update(piece)
                        size += len(piece)
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
        """Rows and bytes that can be kept of the interrupted export, and the query of the next; nothing if none."""
        receipt = self.receipt(interruption.export_id)
        if receipt["generation"] is None:
            return 0, 0, {}
        have = self.part.stat().st_size - offset
        for checkpoint in reversed(receipt["checkpoints"]):
            if checkpoint["bytes"] <= have:
                if sha256(self.part, offset, checkpoint["bytes"]) != checkpoint["sha256"]:
                    raise NotVerified("what came before the connection broke is not what the receipt says")
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
    """Rows that are there already were changed in the table."""


def compare(receipt: dict[str, Any], found: dict[str, Any]) -> None:
    """Raise NotVerified unless the receipt is of a complete export and says what was found."""
    if receipt["state"] != "complete":
        raise NotVerified(f"the export is {receipt['state']}, not complete: {receipt['reason']}")
    for name, value in found.items():
        if receipt[name] != value:
            raise NotVerified(f"{name} is {value}, and the receipt says {receipt[name]}")


def with_query(url: str, changes: dict[str, str]) -> str:
    """The URL with these parameters in the place of its own of their names."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in changes]
    return url if not changes else urlunsplit(parts._replace(query=urlencode([*query, *changes.items()])))


def decoded(answer: requests.Response) -> Iterator[bytes]:
    """The content as it comes, without its Content-Encoding. Raises EOFError where a compressed one is cut short."""
    pieces = answer.raw.stream(_PIECE_BYTES, decode_content=False)
    coding = answer.headers.get("Content-Encoding", "identity")
    if coding == "identity":
        yield from pieces
        return
    decompressor = zstd.ZstdDecompressor() if coding == "zstd" else zlib.decompressobj(zlib.MAX_WBITS | 16)
    for piece in pieces:
        yield decompressor.decompress(piece)
    if not decompressor.eof:
        raise EOFError("the compressed content is cut short")


def sha256(path: Path, offset: int = 0, size: int | None = None) -> str:
    """The digest of a file, or of a part of it."""
    digest = hashlib.sha256()
    for piece in _pieces(path, offset, size):
        digest.update(piece)
    return digest.hexdigest()


def count_rows(path: Path, offset: int, format_: str) -> int:
    """The lines from there on; in CSV those that end outside of quotes."""
    lines, quoted = 0, False
    for piece in _pieces(path, offset, None):
        if format_ == "ndjson":
            lines += piece.count(b"\n")
            continue
        segments = piece.split(b'"')
        lines += sum(segment.count(b"\n") for segment in segments[quoted::2])
        quoted ^= len(segments) % 2 == 0
    return lines


def _pieces(path: Path, offset: int, size: int | None) -> Iterator[bytes]:
    left = path.stat().st_size - offset if size is None else size
    with path.open("rb") as file:
        file.seek(offset)
        while left and (piece := file.read(min(_PIECE_BYTES, left))):
            left -= len(piece)
            yield piece

"""The records of an API, page after page, as one file: a record in JSON on each line."""

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from dss_assets.dataset import PagedRecords
from dss_assets.dataset.json_paths import expand, find
from dss_assets.errors import TransientError
from dss_assets.sources import http
from dss_assets.sources.client import FETCH_WAIT_SECONDS, PublisherClient
from dss_assets.sources.json_pages import JsonPage, json_pages, repeated, unexpected
from dss_assets.sources.remote_file import Listing, RemoteFile

# A series of 60 years for 266 countries fills 320 pages of fifty.
MOST_PAGES: Final = 10_000
# orjson writes whole numbers of 64 bits; longer ones are written as they came.
_MOST_DIGITS: Final = 18


def records_file(source: PagedRecords, publishers: PublisherClient) -> Listing:
    """The one file, with the version that its first page shows. Raises TransientError where that is not as declared."""
    with publishers.visit(source=source) as visit:
        page, lines = next(_pages(source, visit, publishers))
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    # Without a stated version, all pages are fetched on each day and their bytes are compared.
    version = _stated_version(source, page) or f"{digest[:16]} of the first page on {datetime.now(UTC):%Y-%m-%d}"
    return Listing([RemoteFile(source.stored_as, publishers.url(source.url), version)])


def records(source: PagedRecords, publishers: PublisherClient) -> Iterator[bytes]:
    """The records of all pages. Numbers stand as they came, names within a record in their order, no blank between.

    So the same records are the same bytes. Raises TransientError where they do not come whole, and where they change
    while they are read.
    """
    deadline = time.monotonic() + http.FETCH_SECONDS
    first: tuple[str | None, int | None] | None = None
    count = 0
    with publishers.visit(FETCH_WAIT_SECONDS, source) as visit:
        for page, lines in _pages(source, visit, publishers):
            state = (_stated_version(source, page), page.number(source.total))
            if first is None:
                first = state
            if state != first:
                raise TransientError(
                    f"{source.url} changed while it was read: version and total were {first}, and on {page.page.url} "
                    f"{state}. Nothing was kept. It is read again."
                )
            if time.monotonic() > deadline:
                raise TransientError(
                    f"{source.url} was still sending pages after {http.FETCH_SECONDS:g} seconds, which is as long as "
                    "it may take. Nothing of it was kept. It is tried again."
                )
            count += len(lines)
            yield b"".join(lines)
    if not count:
        raise TransientError(f"{source.url} has no records. Nothing was kept. It is read again.")


def _pages(
    source: PagedRecords, visit: http.Visit, publishers: PublisherClient
) -> Iterator[tuple[JsonPage, list[bytes]]]:
    """Each page with its records as lines."""
    before: list[bytes] = []
    for page in json_pages(
        visit, publishers, source.url, source.records, source.paging, source.total, MOST_PAGES, _decode
    ):
        lines = []
        for record, *_ in expand(page.document, source.records):
            if not isinstance(record, dict | list):
                raise unexpected(page.page, f"found {record!r} at {source.records!r} instead of a record")
            lines.append(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
        if lines and lines == before:
            raise repeated(page.page)
        before = lines
        yield page, lines


def _stated_version(source: PagedRecords, page: JsonPage) -> str | None:
    if source.version is None:
        return None
    value = find((page.document,), source.version)
    if value is None or value == "":
        raise unexpected(page.page, f"found no version at {source.version!r}")
    return orjson.dumps(value).decode() if isinstance(value, orjson.Fragment) else str(value)


def _decode(content: bytes) -> Any:
    """The document, with numbers that keep the form in which they came."""
    return json.loads(
        content,
        parse_float=orjson.Fragment,
        parse_int=lambda digits: int(digits) if len(digits) <= _MOST_DIGITS else orjson.Fragment(digits),
        parse_constant=_no_number,
    )


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")

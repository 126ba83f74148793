"""What a publisher answers for a dataset's files, derived from the source that the dataset declares."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from dss_assets.dataset import (
    DatedUrl,
    FixedUrl,
    HtmlLinks,
    HttpSource,
    JsonListing,
    PagedRecords,
)
from infra.local.json_documents import JsonListed, paged_records
from infra.local.publisher_pages import links_page, stray_names


class Listing(Enum):
    """How the publisher lists its files."""

    WHOLE = "whole"
    CUT_SHORT = "cut short"
    EMPTY = "empty"
    MATCHING_NOTHING = "nothing but stray items"


@dataclass(frozen=True, slots=True)
class Body:
    """A page that is made when it is asked for."""

    content: bytes
    mimetype: str


def answer(source: HttpSource, url: str, files: Sequence[Path], listing: Listing) -> Body | Path | None:
    """What stands at a URL: a page, a file, or nothing. `files` are those that the source takes, the newest first."""
    found: Body | Path | None = None
    match source:
        case FixedUrl():
            found = next(iter(files), None) if _same(url, source.url) else None
        case DatedUrl():
            starts = source.starts(datetime.now(UTC).date())
            name = next((source.name_of(start) for start in starts if _same(url, source.url_of(start))), None)
            found = next((file for file in files if file.name == name), None)
        case HtmlLinks():
            found = _links(source, url, files, listing)
        case JsonListing():
            found = _listed(source, url, files, listing)
        case PagedRecords():
            is_asked = files and _same_path(url, source.url)
            found = _json(paged_records(source, url, files[0]), is_cut=False) if is_asked else None
    return found


def _links(source: HtmlLinks, url: str, files: Sequence[Path], listing: Listing) -> Body | Path | None:
    """Pages of links. Of several, only the first has the newest file and the others have all."""
    page = next((number for number, page in enumerate(source.pages) if _same_path(url, page)), None)
    host = urlsplit(source.pages[0]).netloc
    if page is None:
        return next((file for file in files if url.endswith(_media(file)) and urlsplit(url).netloc == host), None)
    ordered = sorted(files, key=lambda file: file.name, reverse=True)
    shown = ordered[:1] if page == 0 and len(source.pages) > 1 else ordered
    strays = [] if listing is Listing.EMPTY else stray_names(ordered)
    if listing in {Listing.EMPTY, Listing.MATCHING_NOTHING}:
        shown = []
    # Publishers write both: targets within their host, and beside the page.
    before = f"/{host}/" if len(source.pages) > 1 else ""
    links = [(before + _media(file), file.name) for file in shown]
    content = links_page(host, "Files", [*links, *((f"{before}media/0a1b2c3d/{name}", name) for name in strays)])
    return Body(content[: len(content) // 2] if listing is Listing.CUT_SHORT else content, "text/html")


def _listed(source: JsonListing, url: str, files: Sequence[Path], listing: Listing) -> Body | Path | None:
    listed = JsonListed(source, {file: _media(file) for file in files})
    if not _same_path(url, source.url):
        return next((file for file in files if _same_path(url, listed.url_of(file))), None)
    shown = [] if listing in {Listing.EMPTY, Listing.MATCHING_NOTHING} else list(files)
    is_cut = listing is Listing.CUT_SHORT
    # Where the number of all items is announced, a page may be whole and lack some.
    page = listed.page(url, shown, has_strays=listing is not Listing.EMPTY, is_cut=is_cut and source.total is not None)
    return _json(page, is_cut=is_cut and source.total is None)


def _json(document: Any, *, is_cut: bool) -> Body:
    content = json.dumps(document).encode()
    return Body(content[: len(content) // 2] if is_cut else content, "application/json")


def _media(file: Path) -> str:
    """The path of a file's release: its random-looking part is another when the file has changed."""
    status = file.stat()
    digest = hashlib.sha256(f"{file.name} {status.st_mtime_ns} {status.st_size}".encode()).digest()
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    return f"media/{''.join(letters[byte % 36] for byte in digest[:8])}/{quote(file.name)}"


def _same_path(url: str, declared: str) -> bool:
    one, other = urlsplit(url), urlsplit(declared)
    return (one.netloc, one.path.rstrip("/")) == (other.netloc, other.path.rstrip("/"))


def _same(url: str, declared: str) -> bool:
    return _same_path(url, declared) and sorted(parse_qsl(urlsplit(url).query)) == sorted(
        parse_qsl(urlsplit(declared).query)
    )

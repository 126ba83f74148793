"""Links of HTML pages."""

import re
from html.parser import HTMLParser
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from dss_assets.dataset import HtmlLinks
from dss_assets.errors import TransientError
from dss_assets.sources.client import PublisherClient
from dss_assets.sources.http import Page
from dss_assets.sources.near_misses import nearly_matches
from dss_assets.sources.offered_version import offered_version
from dss_assets.sources.remote_file import Listing, RemoteFile

# Elements whose end may not be left out (https://html.spec.whatwg.org/#optional-tags), as far as they hold links.
_CONTAINERS: Final = frozenset(
    [
        "a",
        "article",
        "aside",
        "div",
        "dl",
        "footer",
        "form",
        "header",
        "main",
        "nav",
        "ol",
        "section",
        "span",
        "strong",
        "table",
        "ul",
        "script",
        "style",
        "title",
    ]
)


class _Links(HTMLParser):
    """The `links` of a page, each with what it says its file is called, and whether the page may be whole."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.base = ""
        self.has_end = False
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Of an attribute that is there twice, the first counts.
        values = {name: value for name, value in reversed(attrs) if value}
        href = values.get("href", "")
        if tag == "a" and href:
            self.links.append((href, values.get("download", "")))
        elif tag == "base" and href:
            self.base = self.base or href
        if tag in _CONTAINERS:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self.has_end = self.has_end or tag == "html"
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    @property
    def is_balanced(self) -> bool:
        """Whether the page ends where no element and no tag is open: `</html>` itself may be left out."""
        return not self._open and not self.rawdata.strip()


def linked_files(source: HtmlLinks, publishers: PublisherClient) -> Listing:
    """The files that the pages link to, in their order.

    Raises TransientError where a page is not whole or links to no file: it is a login page, or an empty one.
    """
    listing = Listing()
    seen: set[str] = set()
    with publishers.visit(source=source) as visit:
        for address in source.pages:
            page = visit.get(publishers.url(address))
            found = 0
            for url, name in _links(page):
                if re.fullmatch(source.name, name, re.IGNORECASE):
                    found += 1
                    # A page links to its newest file first, and the other pages repeat some: each is asked about once.
                    if name.lower() not in seen:
                        seen.add(name.lower())
                        link = publishers.url(url)
                        listing.files.append(RemoteFile(name, link, offered_version(visit, link, listing) or ""))
                elif name not in listing.near_misses and nearly_matches(name, source.name):
                    listing.near_misses.append(name)
            if not found:
                raise _no_file(page, source, listing)
    return listing


class _Link(NamedTuple):
    """An absolute URL, and a name that the link gives to its file."""

    url: str
    name: str


def _links(page: Page) -> list[_Link]:
    """The links of a page by the names at the ends of their paths, then by those in their queries or beside them.

    Raises TransientError where the page is not whole.
    """
    links = _Links()
    links.feed(page.text)
    if not links.has_end and not (page.is_framed and links.is_balanced):
        raise TransientError(
            f"{page.url} was cut short: the page has no end (</html>) after {len(page.content):,} bytes. "
            "It is read again."
        )
    base = urljoin(page.url, links.base)
    by_path, otherwise = list[_Link](), list[_Link]()
    for href, download in links.links:
        try:
            # Browsers take backslashes for slashes, and leave out links that are no URLs.
            url = urljoin(base, href.strip().replace("\\", "/"))
            path, query = urlsplit(url).path, urlsplit(url).query
        except ValueError:
            continue
        by_path.append(_Link(url, _last_part(unquote(path))))
        # /download?file=exporters2512.zip
        otherwise += [_Link(url, _last_part(name)) for name in (*(value for _, value in parse_qsl(query)), download)]
    return by_path + otherwise


def _last_part(path: str) -> str:
    return path.rpartition("/")[2]


def _no_file(page: Page, source: HtmlLinks, listing: Listing) -> TransientError:
    near = f" Links that nearly match: {', '.join(listing.near_misses)}." if listing.near_misses else ""
    return TransientError(
        f"The page {page.url} holds no file that matches {source.name!r}, though it was read whole "
        f"({len(page.content):,} bytes).{near} It is read again. If this lasts, look whether it asks for a login or "
        "the publisher has renamed its files, and correct the dataset's declaration."
    )

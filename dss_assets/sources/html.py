"""Links of HTML pages."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

from dss_assets.dataset import HtmlLinks
from dss_assets.errors import TransientError
from dss_assets.sources.http import PublisherClient
from dss_assets.sources.remote_file import RemoteFile


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.is_whole = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.hrefs.extend(value for name, value in attrs if name == "href" and value)

    def handle_endtag(self, tag: str) -> None:
        self.is_whole = self.is_whole or tag == "html"


def linked_files(source: HtmlLinks, publishers: PublisherClient) -> Iterator[RemoteFile]:
    """The files that the pages link to, in their order. Raises TransientError where a page is not whole."""
    seen: set[str] = set()
    for address in source.pages:
        page = publishers.get(publishers.url(address))
        links = _Links()
        links.feed(page.text)
        if not links.is_whole:
            raise TransientError(
                f"{page.url} was cut short: the page has no end (</html>) after {len(page.content):,} bytes. "
                "It is read again."
            )
        for href in links.hrefs:
            url = urljoin(page.url, href)
            name = unquote(urlsplit(url).path).rpartition("/")[2]
            # A page links to its newest file first, and the other pages repeat some: each is asked about once.
            if re.fullmatch(source.name, name) and name not in seen:
                seen.add(name)
                yield RemoteFile(name, url, publishers.version(url))

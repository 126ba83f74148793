"""1: a publisher's page or API -> the files that it offers.

A listing that fails, is cut short or matches nothing is a fault, never 'no files': what is not listed today may
be on its way, and nobody would notice that it never came.
"""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import requests

from dss_assets.dataset import ArcGisSearch, Dataset, HtmlLinks, Source, StorageFolder
from dss_assets.faults import OutOfReach
from dss_assets.storage import Storage
from dss_web.registry.object_store import CHUNK_BYTES

USER_AGENT = "data-store-service/1 (Department for Business and Trade; datahub@businessandtrade.gov.uk)"
CONNECT_SECONDS = 10
READ_SECONDS = 30
FETCH_SECONDS = 2 * 60 * 60
LISTING_PAGES = 20
ARCGIS_PAGE_ITEMS = 100

# Names that operators' tools leave in a folder, and our own register of old.
IGNORED_NAMES = re.compile(r"\..*|datafile_register\.csv|\[Content_Types\]\.xml|__MACOSX.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that a publisher offers. `url` is empty where the file already lies in the storage.

    `version` is what the publisher says of this version of the file; '' where it says nothing.
    """

    name: str
    url: str
    version: str


class Publishers:
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

    def get(self, url: str, **parameters: str | int) -> requests.Response:
        """A page. Raises OutOfReach for anything but a 200 that came whole."""
        return self._request("GET", url, params=parameters)

    def version(self, url: str) -> str:
        """What the server says of a file without sending it; '' where it does not answer that question."""
        try:
            headers = self._request("HEAD", url, allow_redirects=True).headers
        except OutOfReach:
            return ""  # the file's own GET will tell what is wrong
        return " ".join(headers.get(name, "") for name in ("ETag", "Last-Modified", "Content-Length")).strip()

    def fetch(self, name: str, url: str) -> Iterator[bytes]:
        """The bytes of the file `name`. Raises OutOfReach where they do not come whole or are no such file."""
        deadline = time.monotonic() + FETCH_SECONDS
        try:
            with self._request("GET", url, stream=True) as response:
                first = True
                for chunk in response.iter_content(CHUNK_BYTES):
                    if first:
                        _check_kind(name, url, chunk, response)
                        first = False
                    if time.monotonic() > deadline:
                        raise OutOfReach(f"{url} was still sending after {FETCH_SECONDS / 3600:g} hours.")
                    yield chunk
        except requests.RequestException as error:
            raise OutOfReach(f"{url} broke off while {name} was fetched: {_reason(error)}. Tried again.") from error
        if first:
            raise OutOfReach(f"{url} answered with an empty file for {name}. It is fetched again later.")

    def _request(self, method: str, url: str, **options: Any) -> requests.Response:
        try:
            response = self._session.request(method, url, timeout=(CONNECT_SECONDS, READ_SECONDS), **options)
        except requests.RequestException as error:
            raise OutOfReach(f"{method} {url} was not answered: {_reason(error)}. It is tried again.") from error
        if response.status_code != HTTPStatus.OK:
            response.close()
            raise OutOfReach(
                f"{method} {url} was answered with {response.status_code} {response.reason}, not with 200. "
                "It is tried again; if it goes on, ask the publisher or correct the dataset's declaration."
            )
        return response


def _reason(error: Exception) -> str:
    """The innermost cause, without the wrapping of three libraries."""
    while (cause := error.__cause__ or error.__context__) is not None and isinstance(cause, Exception):
        error = cause
    return str(error) or type(error).__name__


def _check_kind(name: str, url: str, start: bytes, response: requests.Response) -> None:
    is_page = start.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html"))
    if is_page or (name.endswith(".zip") and not start.startswith(b"PK")):
        kind = "an HTML page" if is_page else f"{response.headers.get('Content-Type', 'something')} that is no zip"
        raise OutOfReach(
            f"{url} answered 200 with {kind} instead of the file {name}; nothing was kept. It is fetched again later."
        )


def list_offers(dataset: Dataset, publishers: Publishers, storage: Storage) -> list[Offer]:
    """The files that a dataset's source offers now, by name. Raises OutOfReach for any doubt about the listing."""
    source = dataset.source
    match source:
        case ArcGisSearch():
            offers = list(_arcgis_offers(source, publishers))
        case HtmlLinks():
            offers = list(_linked_offers(source, publishers))
        case StorageFolder():
            return _folder_offers(dataset, source, storage)
        case None:
            return []
    if not offers:
        raise OutOfReach(
            f"The listing of {dataset.key} holds no file that matches {_pattern(source)!r}, though it was read whole. "
            "If this lasts, the publisher has renamed its files: correct the dataset's declaration."
        )
    unique = {offer.name: offer for offer in reversed(offers)}  # the first of a name is the newest
    return sorted(unique.values(), key=lambda offer: offer.name)


def _pattern(source: Source) -> str:
    return source.title if isinstance(source, ArcGisSearch) else source.name


def _arcgis_offers(source: ArcGisSearch, publishers: Publishers) -> Iterator[Offer]:
    """Search API of ArcGIS portals: https://developers.arcgis.com/rest/users-groups-and-items/search/."""
    portal = publishers.url(source.portal)
    start, seen, total = 1, 0, 0
    for _ in range(LISTING_PAGES):
        response = publishers.get(
            f"{portal}/search", q=source.query, f="json", sortField="modified", sortOrder="desc",
            num=ARCGIS_PAGE_ITEMS, start=start,
        )  # fmt: skip
        try:
            page = response.json()
            results, total, following = page["results"], int(page["total"]), int(page["nextStart"])
            for item in results:
                title = re.fullmatch(source.title, item["title"])
                if item["type"] == source.item_type and title:
                    yield Offer(
                        _stored_name(source.stored_as, title),
                        f"{portal}/content/items/{item['id']}/data",
                        f"{item.get('modified', '')} {item.get('size', '')}",
                    )
        except (ValueError, KeyError, TypeError) as error:
            raise OutOfReach(
                f"{response.url} did not answer as an ArcGIS search does ({type(error).__name__}: {error}): "
                f"{response.text[:200]!r}. It is asked again."
            ) from error
        seen += len(results)
        if following < 0:
            break
        start = following
    if seen < total:
        raise OutOfReach(
            f"The listing of {portal} was cut short: it announced {total} items and gave {seen}. It is read again."
        )


def _stored_name(pattern: str, title: re.Match[str]) -> str:
    groups = {name: value.upper() for name, value in title.groupdict().items()}
    if "month" in groups:
        groups["month"] = groups["month"][:3]
    return pattern.format(**groups)


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


def _linked_offers(source: HtmlLinks, publishers: Publishers) -> Iterator[Offer]:
    for page in source.pages:
        response = publishers.get(publishers.url(page))
        links = _Links()
        links.feed(response.text)
        if not links.is_whole:
            raise OutOfReach(
                f"{response.url} was cut short: the page has no end (</html>) after {len(response.content):,} bytes. "
                "It is read again."
            )
        for href in links.hrefs:
            url = urljoin(response.url, href)
            name = unquote(urlsplit(url).path).rpartition("/")[2]
            if re.fullmatch(source.name, name):
                yield Offer(name, url, publishers.version(url))


def _folder_offers(dataset: Dataset, source: StorageFolder, storage: Storage) -> list[Offer]:
    """An empty folder is no fault here: operators fill it when they have something."""
    return [
        Offer(file.name, "", file.version)
        for file in storage.list_folder(storage.dataset_path(dataset.organisation, dataset.name))
        if re.fullmatch(source.name, file.name) and not IGNORED_NAMES.fullmatch(file.name)
    ]

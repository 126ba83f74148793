"""Files that an API lists in JSON."""

import re
from typing import Any, Final
from urllib.parse import unquote, urljoin, urlsplit

from dss_assets.dataset import JsonListing
from dss_assets.dataset.json_paths import Nested, expand, fill, find
from dss_assets.errors import TransientError
from dss_assets.sources.client import PublisherClient
from dss_assets.sources.http import Visit
from dss_assets.sources.json_pages import JsonPage, json_pages, unexpected
from dss_assets.sources.near_misses import nearly_matches
from dss_assets.sources.offered_version import offered_version
from dss_assets.sources.remote_file import Listing, RemoteFile

# At most so many pages are read, since a sensor has 60 seconds: the search for the files of ONS fills three.
LISTING_PAGES: Final = 20

# By which of the items with one name the newest is known: the revision in its title, and what stands at `newest`.
_Rank = tuple[int, float, str]


def json_files(source: JsonListing, publishers: PublisherClient) -> Listing:
    """The items whose titles match, the newest of each name first.

    Raises TransientError where the listing is not whole, and where it does not say which of two items counts.
    """
    listing = Listing()
    ranked: list[tuple[_Rank, RemoteFile]] = []
    with publishers.visit(source=source) as visit:
        pages = json_pages(visit, publishers, source.url, source.items, source.paging, source.total, LISTING_PAGES)
        for page in pages:
            for item in expand(page.document, source.items):
                if not all(one.pattern.matches(_text(find(item, one.path))) for one in source.where):
                    continue
                link = fill(source.link, item)
                # People type titles, and leave blanks around them.
                title = _file_name(link) if source.title is None else _text(find(item, source.title)).strip()
                match = re.fullmatch(source.matching, title)
                if match:
                    ranked.append(
                        (_rank(source, item, match), _file(visit, publishers, source, page, item, match, link, listing))
                    )
                elif nearly_matches(title, source.matching) and title not in listing.near_misses:
                    listing.near_misses.append(title)
    ranked.sort(key=lambda one: one[0], reverse=True)
    if source.newest is None:
        _require_one_each(source, ranked)
    listing.files = [file for _, file in ranked]
    return listing


def _file(
    visit: Visit,
    publishers: PublisherClient,
    source: JsonListing,
    page: JsonPage,
    item: Nested,
    title: re.Match[str],
    link: str | None,
    listing: Listing,
) -> RemoteFile:
    if link is None:
        raise unexpected(page.page, f"the item {title[0]!r} has nothing for the link {source.link!r}")
    url = publishers.url(urljoin(page.page.url, link))
    version = " ".join(_text(find(item, path)) for path in source.version).strip()
    name = _stored_name(source.stored_as, title) if source.stored_as else _file_name(link)
    return RemoteFile(name, url, version or offered_version(visit, url, listing) or "")


def _rank(source: JsonListing, item: Nested, title: re.Match[str]) -> _Rank:
    value = find(item, source.newest) if source.newest else None
    revision = int(title.groupdict().get("revision") or 1)
    return (revision, value, "") if isinstance(value, int | float) else (revision, 0, _text(value))


def _require_one_each(source: JsonListing, ranked: list[tuple[_Rank, RemoteFile]]) -> None:
    newest: dict[str, tuple[_Rank, RemoteFile]] = {}
    for rank, file in ranked:
        known_rank, known = newest.setdefault(file.name, (rank, file))
        if known_rank == rank and known.url != file.url:
            raise TransientError(
                f"{source.url} lists {file.name} twice, at {known.url} and at {file.url}, and nothing says which "
                "counts. It is read again. If this lasts, declare by `newest` what tells, or narrow what matches."
            )


def _stored_name(pattern: str, title: re.Match[str]) -> str:
    groups = {name: value.upper() for name, value in title.groupdict().items() if value}
    if "month" in groups:
        groups["month"] = groups["month"][:3]
    return pattern.format(**groups)


def _file_name(link: str | None) -> str:
    return unquote(urlsplit(link or "").path).rpartition("/")[2]


def _text(value: Any) -> str:
    return "" if value is None else str(value)

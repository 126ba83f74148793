"""Items of an ArcGIS portal, by its search API: https://developers.arcgis.com/rest/users-groups-and-items/search/."""

import json
import re
from typing import Any

from dss_assets.dataset import ArcGisSearch
from dss_assets.errors import TransientError
from dss_assets.sources.client import PublisherClient
from dss_assets.sources.http import Page, Visit
from dss_assets.sources.near_misses import nearly_matches
from dss_assets.sources.remote_file import Listing, RemoteFile

# At most so many pages are read: the portal of ONS fills three.
LISTING_PAGES = 20
# The most that the API gives on a page.
ARCGIS_PAGE_ITEMS = 100


def arcgis_files(source: ArcGisSearch, publishers: PublisherClient) -> Listing:
    """The items whose title matches: later revisions first, those of one revision from the one modified last on.

    Raises TransientError where the listing is not whole.
    """
    portal = publishers.url(source.portal)
    listing, seen, total, start = Listing(), 0, 0, 1
    # Each file with its revision, which is 1 where the title names none.
    revisions: list[tuple[int, RemoteFile]] = []
    with publishers.visit() as visit:
        for _ in range(LISTING_PAGES):
            page, found = _search(visit, portal, source.query, start)
            try:
                results, total, start = found["results"], int(found["total"]), int(found["nextStart"])
                for item in results:
                    title = re.fullmatch(source.title, item["title"])
                    if item["type"] != source.item_type:
                        continue
                    if title:
                        revisions.append(
                            (int(title.groupdict().get("revision") or 1), _file(source, portal, item, title))
                        )
                    elif nearly_matches(item["title"], source.title):
                        listing.near_misses.append(item["title"])
            except (ValueError, KeyError, TypeError) as error:
                raise _no_search(page, error) from error
            seen += len(results)
            if start < 0:
                break
    if seen < total:
        raise TransientError(
            f"The listing of {portal} was cut short: it announced {total} items and gave {seen}. It is read again."
        )
    listing.files = [file for _, file in sorted(revisions, key=lambda one: one[0], reverse=True)]
    return listing


def _search(visit: Visit, portal: str, query: str, start: int) -> tuple[Page, dict[str, Any]]:
    """A page of results. Raises TransientError for an error that comes with status 200, as ArcGIS sends them."""
    page = visit.get(
        f"{portal}/search",
        q=query,
        f="json",
        sortField="modified",
        sortOrder="desc",
        num=ARCGIS_PAGE_ITEMS,
        start=start,
    )
    try:
        found = page.json()
    except ValueError as error:
        raise _no_search(page, error) from error
    if not isinstance(found, dict):
        raise _no_search(page, TypeError(f"{type(found).__name__} instead of an object"))
    if "error" in found:
        raise TransientError(
            f"{page.url} was answered with an error: {_error_text(found['error'])}. It is asked again."
        )
    return page, found


def _file(source: ArcGisSearch, portal: str, item: dict[str, Any], title: re.Match[str]) -> RemoteFile:
    version = f"{item.get('modified', '')} {item.get('size', '')}"
    return RemoteFile(_stored_name(source.stored_as, title), f"{portal}/content/items/{item['id']}/data", version)


def _stored_name(pattern: str, title: re.Match[str]) -> str:
    groups = {name: value.upper() for name, value in title.groupdict().items() if value}
    if "month" in groups:
        groups["month"] = groups["month"][:3]
    return pattern.format(**groups)


def _error_text(error: Any) -> str:
    """`code message; details`, as far as they are there."""
    if not isinstance(error, dict):
        return json.dumps(error)
    details = error.get("details") or []
    text = f"{error.get('code', '')} {error.get('message', '')}".strip()
    return "; ".join([text, *map(str, details if isinstance(details, list) else [details])]) or json.dumps(error)


def _no_search(page: Page, error: Exception) -> TransientError:
    return TransientError(
        f"{page.url} did not answer as an ArcGIS search does ({type(error).__name__}: {error}): "
        f"{page.text[:200]!r}. It is asked again."
    )

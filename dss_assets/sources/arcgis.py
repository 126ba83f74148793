"""Items of an ArcGIS portal, by its search API: https://developers.arcgis.com/rest/users-groups-and-items/search/."""

import re
from collections.abc import Iterator

from dss_assets.dataset import ArcGisSearch
from dss_assets.errors import TransientError
from dss_assets.sources.http import PublisherClient
from dss_assets.sources.remote_file import RemoteFile

# At most so many pages are read: the portal of ONS fills three.
LISTING_PAGES = 20
# The most that the API gives on a page.
ARCGIS_PAGE_ITEMS = 100


def arcgis_files(source: ArcGisSearch, publishers: PublisherClient) -> list[RemoteFile]:
    """The items whose title matches: later revisions first, those of one revision from the one modified last on.

    Raises TransientError where the listing is not whole.
    """
    files = sorted(_items(source, publishers), key=lambda item: item[0], reverse=True)
    return [file for _, file in files]


def _items(source: ArcGisSearch, publishers: PublisherClient) -> Iterator[tuple[int, RemoteFile]]:
    """Each item that matches with its revision, which is 1 where the title names none."""
    portal = publishers.url(source.portal)
    start, seen, total = 1, 0, 0
    for _ in range(LISTING_PAGES):
        page = publishers.get(
            f"{portal}/search",
            q=source.query,
            f="json",
            sortField="modified",
            sortOrder="desc",
            num=ARCGIS_PAGE_ITEMS,
            start=start,
        )
        try:
            found = page.json()
            results, total, following = found["results"], int(found["total"]), int(found["nextStart"])
            for item in results:
                title = re.fullmatch(source.title, item["title"])
                if item["type"] == source.item_type and title:
                    yield (
                        int(title.groupdict().get("revision") or 1),
                        RemoteFile(
                            _stored_name(source.stored_as, title),
                            f"{portal}/content/items/{item['id']}/data",
                            f"{item.get('modified', '')} {item.get('size', '')}",
                        ),
                    )
        except (ValueError, KeyError, TypeError) as error:
            raise TransientError(
                f"{page.url} did not answer as an ArcGIS search does ({type(error).__name__}: {error}): "
                f"{page.text[:200]!r}. It is asked again."
            ) from error
        seen += len(results)
        if following < 0:
            break
        start = following
    if seen < total:
        raise TransientError(
            f"The listing of {portal} was cut short: it announced {total} items and gave {seen}. It is read again."
        )


def _stored_name(pattern: str, title: re.Match[str]) -> str:
    groups = {name: value.upper() for name, value in title.groupdict().items() if value}
    if "month" in groups:
        groups["month"] = groups["month"][:3]
    return pattern.format(**groups)

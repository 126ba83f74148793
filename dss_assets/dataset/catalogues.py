"""Catalogues whose listings have one form at every publisher: each is a `JsonListing` that need not be spelt out."""

import re
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from dss_assets.dataset.columns import Pattern
from dss_assets.dataset.headers import Header
from dss_assets.dataset.json_sources import JsonListing, Where
from dss_assets.dataset.paging import NextOffset, Offset
from dss_assets.dataset.validation import require

# The most that both APIs give on a page without being asked to by an administrator.
PAGE_ITEMS: Final = 100
# What CKAN says of a resource; all of it may be missing.
_CKAN_VERSION: Final = ("last_modified", "hash", "size")


def arcgis_search(
    portal: str,
    query: str,
    item_type: str,
    title: str,
    stored_as: str,
    every: timedelta,
    headers: tuple[Header, ...] = (),
) -> JsonListing:
    """Items of an ArcGIS portal, found by its search API.

    `title` is matched against the whole title of an item, since the search is fuzzy; its named groups are
    filled into `stored_as`, in capitals, with the group `month` cut to three letters. Of items that would be
    stored under one name the greatest `revision` counts, and of one revision the item that was modified last.
    The portal sorts the items only so that each reading has the same order.

    Source: https://developers.arcgis.com/rest/users-groups-and-items/search/ (seen 2026-11).
    """
    require(portal.startswith("https://"), f"the portal {portal!r} is no https URL")
    parameters = {"q": query, "f": "json", "sortField": "modified", "sortOrder": "desc", "num": PAGE_ITEMS}
    return JsonListing(
        url=f"{portal}/search?{urlencode(parameters)}",
        items="results",
        title="title",
        matching=title,
        stored_as=stored_as,
        link="content/items/{id}/data",
        where=(Where("type", Pattern(re.escape(item_type))),),
        version=("modified", "size"),
        newest="modified",
        paging=NextOffset("start", "nextStart"),
        total="total",
        every=every,
        headers=headers,
    )


def ckan_package(
    portal: str,
    package: str,
    matching: str,
    every: timedelta,
    title: str | None = None,
    stored_as: str | None = None,
    headers: tuple[Header, ...] = (),
) -> JsonListing:
    """The resources of one package of a CKAN portal, such as https://ckan.publishing.service.gov.uk.

    `matching` is matched against the file name in a resource's URL, or with `title` against what stands at that path of
    the resource: `name`, for example.

    Source: https://docs.ckan.org/en/2.10/api/ (package_show, seen 2026-11).
    """
    require(bool(package), "the package has no name")
    return JsonListing(
        url=f"{portal}/api/3/action/package_show?{urlencode({'id': package})}",
        items="result.resources",
        title=title,
        matching=matching,
        stored_as=stored_as,
        link="{url}",
        version=_CKAN_VERSION,
        every=every,
        headers=headers,
    )


def ckan_search(
    portal: str,
    query: str,
    package: Pattern,
    matching: str,
    every: timedelta,
    title: str | None = None,
    stored_as: str | None = None,
    headers: tuple[Header, ...] = (),
) -> JsonListing:
    """The resources of all packages that a search finds at a CKAN portal and whose whole title `package` matches.

    Source: https://docs.ckan.org/en/2.10/api/ (package_search, seen 2026-11).
    """
    return JsonListing(
        url=f"{portal}/api/3/action/package_search?{urlencode({'q': query, 'rows': PAGE_ITEMS})}",
        items="result.results[].resources[]",
        title=title,
        matching=matching,
        stored_as=stored_as,
        link="{url}",
        where=(Where("../title", package),),
        version=_CKAN_VERSION,
        paging=Offset("start"),
        total="result.count",
        every=every,
        headers=headers,
    )


def dcat_catalogue(
    url: str,
    dataset: Pattern,
    matching: str,
    every: timedelta,
    title: str | None = None,
    stored_as: str | None = None,
    headers: tuple[Header, ...] = (),
) -> JsonListing:
    """The distributions of the datasets of a `data.json` (DCAT) whose whole title `dataset` matches.

    `matching` is matched against the file name in a distribution's URL, or with `title` against what stands at that
    path of the distribution. A date in DCAT is of a day, so the server is asked for the version.

    Source: https://resources.data.gov/resources/dcat-us/ (seen 2026-11).
    """
    return JsonListing(
        url=url,
        items="dataset[].distribution[]",
        title=title,
        matching=matching,
        stored_as=stored_as,
        link="{downloadURL}",
        where=(Where("../title", dataset), Where("downloadURL", Pattern(".+"))),
        every=every,
        headers=headers,
    )

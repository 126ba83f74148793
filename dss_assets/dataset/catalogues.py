"""Catalogues whose listings have one form at every publisher: each is a JsonListing that need not be spelt out."""

import re
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class ArcGisSearch:
    """Items of an ArcGIS portal, found by its search API.

    `title` is matched against the whole title of an item, since the search is fuzzy; its named groups are
    filled into `stored_as`, in capitals, with the group `month` cut to three letters. Of items that would be
    stored under one name the greatest `revision` counts, and of one revision the item that was modified last.

    Source: https://developers.arcgis.com/rest/users-groups-and-items/search/ (seen 2026-11).
    """

    portal: str
    query: str
    item_type: str
    title: str
    stored_as: str
    every: timedelta
    headers: tuple[Header, ...] = ()

    def __post_init__(self) -> None:
        require(self.portal.startswith("https://"), f"the portal {self.portal!r} is no https URL")
        _ = self.listing  # a mistake in it is refused with the catalogue

    @property
    def listing(self) -> JsonListing:
        """The listing, of which the portal sorts the items for no reason but to be read the same each time."""
        query = {"q": self.query, "f": "json", "sortField": "modified", "sortOrder": "desc", "num": PAGE_ITEMS}
        return JsonListing(
            url=f"{self.portal}/search?{urlencode(query)}",
            items="results",
            title="title",
            matching=self.title,
            stored_as=self.stored_as,
            link="content/items/{id}/data",
            where=(Where("type", Pattern(re.escape(self.item_type))),),
            version=("modified", "size"),
            newest="modified",
            paging=NextOffset("start", "nextStart"),
            total="total",
            every=self.every,
            headers=self.headers,
        )

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the publisher is asked."""
        return (self.portal,)


@dataclass(frozen=True, slots=True)
class CkanPackage:
    """The resources of one package of a CKAN portal, such as https://ckan.publishing.service.gov.uk.

    `matching` is matched against the file name in a resource's URL, or with `title` against what stands at that path of
    the resource: `name`, for example.

    Source: https://docs.ckan.org/en/2.10/api/ (package_show, seen 2026-11).
    """

    portal: str
    package: str
    matching: str
    every: timedelta
    title: str | None = None
    stored_as: str | None = None
    headers: tuple[Header, ...] = ()

    def __post_init__(self) -> None:
        require(bool(self.package), "the package has no name")
        _ = self.listing  # a mistake in it is refused with the catalogue

    @property
    def listing(self) -> JsonListing:
        """The listing of the package's resources."""
        return JsonListing(
            url=f"{self.portal}/api/3/action/package_show?{urlencode({'id': self.package})}",
            items="result.resources",
            title=self.title,
            matching=self.matching,
            stored_as=self.stored_as,
            link="{url}",
            version=_CKAN_VERSION,
            every=self.every,
            headers=self.headers,
        )

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the publisher is asked."""
        return (self.portal,)


@dataclass(frozen=True, slots=True)
class CkanSearch:
    """The resources of all packages that a search finds at a CKAN portal and whose whole title `package` matches.

    Source: https://docs.ckan.org/en/2.10/api/ (package_search, seen 2026-11).
    """

    portal: str
    query: str
    package: Pattern
    matching: str
    every: timedelta
    title: str | None = None
    stored_as: str | None = None
    headers: tuple[Header, ...] = ()

    def __post_init__(self) -> None:
        _ = self.listing  # a mistake in it is refused with the catalogue

    @property
    def listing(self) -> JsonListing:
        """The listing of the resources of all packages."""
        return JsonListing(
            url=f"{self.portal}/api/3/action/package_search?{urlencode({'q': self.query, 'rows': PAGE_ITEMS})}",
            items="result.results[].resources[]",
            title=self.title,
            matching=self.matching,
            stored_as=self.stored_as,
            link="{url}",
            where=(Where("../title", self.package),),
            version=_CKAN_VERSION,
            paging=Offset("start"),
            total="result.count",
            every=self.every,
            headers=self.headers,
        )

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the publisher is asked."""
        return (self.portal,)


@dataclass(frozen=True, slots=True)
class DcatCatalogue:
    """The distributions of the datasets of a `data.json` (DCAT) whose whole title `dataset` matches.

    `matching` is matched against the file name in a distribution's URL, or with `title` against what stands at that
    path of the distribution.

    Source: https://resources.data.gov/resources/dcat-us/ (seen 2026-11).
    """

    url: str
    dataset: Pattern
    matching: str
    every: timedelta
    title: str | None = None
    stored_as: str | None = None
    headers: tuple[Header, ...] = ()

    def __post_init__(self) -> None:
        _ = self.listing  # a mistake in it is refused with the catalogue

    @property
    def listing(self) -> JsonListing:
        """The listing of the distributions. A date in DCAT is of a day, so the server is asked for the version."""
        return JsonListing(
            url=self.url,
            items="dataset[].distribution[]",
            title=self.title,
            matching=self.matching,
            stored_as=self.stored_as,
            link="{downloadURL}",
            where=(Where("../title", self.dataset), Where("downloadURL", Pattern(".+"))),
            every=self.every,
            headers=self.headers,
        )

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the publisher is asked."""
        return (self.url,)


Catalogue = ArcGisSearch | CkanPackage | CkanSearch | DcatCatalogue

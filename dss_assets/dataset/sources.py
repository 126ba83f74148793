"""Where the files of a dataset come from."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class ArcGisSearch:
    """Items of an ArcGIS portal, found by its search API.

    `title` is matched against the whole title of an item, since the search is fuzzy; its named groups are
    filled into `stored_as`, in capitals, with the group `month` cut to three letters. Of items that would be
    stored under one name the greatest `revision` counts, and of one revision the item that was modified last.
    """

    portal: str
    query: str
    item_type: str
    title: str
    stored_as: str
    every: timedelta


@dataclass(frozen=True, slots=True)
class HtmlLinks:
    """Links of HTML pages. A file is known by its name; whatever stands before that may change at any time."""

    pages: tuple[str, ...]
    name: str
    every: timedelta


@dataclass(frozen=True, slots=True)
class StorageFolder:
    """No publisher: operators put files into the dataset's folder of the storage."""

    name: str
    every: timedelta


Source = ArcGisSearch | HtmlLinks | StorageFolder

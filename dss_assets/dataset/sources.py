"""Where the files of a dataset come from."""

from dataclasses import dataclass
from datetime import timedelta

from dss_assets.dataset.validation import placeholders, require, require_interval, require_pattern


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

    def __post_init__(self) -> None:
        unknown = placeholders(self.stored_as) - require_pattern(self.title, "the title")
        require(not unknown, f"the title has no group for {', '.join(sorted(unknown))} of {self.stored_as!r}")
        require(self.portal.startswith("https://"), f"the portal {self.portal!r} is no https URL")
        require_interval(self.every)


@dataclass(frozen=True, slots=True)
class HtmlLinks:
    """Links of HTML pages. A file is known by its name; whatever stands before that may change at any time."""

    pages: tuple[str, ...]
    name: str
    every: timedelta

    def __post_init__(self) -> None:
        require(bool(self.pages) and not isinstance(self.pages, str), "links are read from at least one page")
        for page in self.pages:
            require(page.startswith(("https://", "http://")), f"the page {page!r} is no URL")
        require_pattern(self.name, "the file's name")
        require_interval(self.every)


@dataclass(frozen=True, slots=True)
class StorageFolder:
    """No publisher: operators put files into the dataset's folder of the storage.

    A release may also come in pieces, of which each is a member of its zip: with `packed_as`, the files in the folder
    and those below it are stored together as one zip of that name, once there is one for each table and, where a
    release was packed before, each has changed.
    """

    name: str
    every: timedelta
    packed_as: str | None = None

    def __post_init__(self) -> None:
        require(
            self.packed_as is None or (self.packed_as.endswith(".zip") and "/" not in self.packed_as),
            f"what is packed as {self.packed_as!r} is a zip in the dataset's folder",
        )
        require_pattern(self.name, "the file's name")
        require_interval(self.every)


Source = ArcGisSearch | HtmlLinks | StorageFolder

"""APIs that answer in JSON: listings of files, and records that are themselves the data."""

from dataclasses import dataclass
from datetime import timedelta

from dss_assets.dataset.columns import Pattern
from dss_assets.dataset.headers import Header, require_headers
from dss_assets.dataset.json_paths import require_path, template_paths
from dss_assets.dataset.paging import Paging
from dss_assets.dataset.validation import (
    placeholders,
    require,
    require_file_name,
    require_interval,
    require_pattern,
    require_url,
)


@dataclass(frozen=True, slots=True)
class Where:
    """What an item of a listing must have: at `path` a text, number or truth value that `pattern` matches."""

    path: str
    pattern: Pattern

    def __post_init__(self) -> None:
        require_path(self.path, "the filter's path", is_relative=True)


@dataclass(frozen=True, slots=True)
class JsonListing:
    """Files that an API lists in JSON; `json_paths.py` has how paths are written.

    `items` is the path to the items, and all other paths but `total` start at an item. `link` is a template of a file's
    URL, absolute or relative to the page: `{url}`, or `items/{id}/data`.

    `matching` is matched against the whole text at `title`, or without a title against the file name at the end of the
    URL. `stored_as` is filled with its named groups, in capitals, with the group `month` cut to three letters; without
    it the file is known by its name in the URL. `where` are conditions on an item besides.

    The version of a file is what stands at the paths of `version`, or what the server says of it where that is nothing.
    Of items with one name the greatest group `revision` counts, and of one revision the greatest value at `newest`;
    without `newest` two of them are an error. `total` is a path from the top to the number of all items, in the
    outermost array.
    """

    url: str
    items: str
    link: str
    matching: str
    every: timedelta
    title: str | None = None
    stored_as: str | None = None
    where: tuple[Where, ...] = ()
    version: tuple[str, ...] = ()
    newest: str | None = None
    paging: Paging | None = None
    total: str | None = None
    headers: tuple[Header, ...] = ()

    def __post_init__(self) -> None:
        require_url(self.url, "the listing")
        require_path(self.items, "the items' path")
        paths = template_paths(self.link)
        require(bool(paths), f"the link {self.link!r} has no path in braces, such as {{url}}")
        require(not isinstance(self.version, str), "the paths of the version are one text, and not a tuple of texts")
        relative = (("link", path) for path in paths)
        for what, path in (*relative, *(("version", path) for path in self.version)):
            require_path(path, f"the {what}'s path", is_relative=True)
        for what, optional in (("title", self.title), ("newest", self.newest), ("total", self.total)):
            if optional is not None:
                require_path(optional, f"the path of {what}", is_relative=True)
        groups = require_pattern(self.matching, "the title")
        unknown = placeholders(self.stored_as or "") - groups
        require(not unknown, f"the title has no group for {', '.join(sorted(unknown))} of {self.stored_as!r}")
        require_interval(self.every)
        require_headers(self.headers, self.urls)

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the publisher is asked."""
        return (self.url,)


@dataclass(frozen=True, slots=True)
class PagedRecords:
    """The records of an API, page after page, kept as one file `stored_as` with a record in JSON on each line (NDJSON).

    `records` is the path to a page's records, and `total` that to the number of all of them. The version of the file is
    what stands at the path `version` of each page, such as the date of the last update. Without it, all pages are
    fetched once a day and whenever the first has changed, and their digest decides.
    """

    url: str
    records: str
    stored_as: str
    every: timedelta
    paging: Paging | None = None
    version: str | None = None
    total: str | None = None
    headers: tuple[Header, ...] = ()

    def __post_init__(self) -> None:
        require_url(self.url, "the API")
        require_path(self.records, "the records' path")
        for what, optional in (("version", self.version), ("total", self.total)):
            if optional is not None:
                require_path(optional, f"the path of {what}", is_relative=True)
        require_file_name(self.stored_as)
        require_interval(self.every)
        require_headers(self.headers, self.urls)

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the publisher is asked."""
        return (self.url,)

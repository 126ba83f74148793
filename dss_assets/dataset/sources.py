"""Where the files of a dataset come from."""

from dataclasses import dataclass
from datetime import timedelta

from dss_assets.dataset.dated_url import DatedUrl
from dss_assets.dataset.headers import Header, require_headers
from dss_assets.dataset.json_sources import JsonListing, PagedRecords
from dss_assets.dataset.validation import require, require_file_name, require_interval, require_pattern, require_url


@dataclass(frozen=True, slots=True)
class FixedUrl:
    """One file that its publisher replaces in place. It is known as `stored_as`."""

    url: str
    stored_as: str
    every: timedelta
    headers: tuple[Header, ...] = ()

    def __post_init__(self) -> None:
        require_url(self.url, "the file's URL")
        require_file_name(self.stored_as)
        require_interval(self.every)
        require_headers(self.headers, self.urls)

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the publisher is asked."""
        return (self.url,)


@dataclass(frozen=True, slots=True)
class HtmlLinks:
    """Links of HTML pages. A file is known by its name; whatever stands before that may change at any time.

    Each of the pages must link to a file.
    """

    pages: tuple[str, ...]
    name: str
    every: timedelta
    headers: tuple[Header, ...] = ()

    def __post_init__(self) -> None:
        require(bool(self.pages) and not isinstance(self.pages, str), "links are read from at least one page")
        for page in self.pages:
            require_url(page, "the page")
        require_pattern(self.name, "the file's name")
        require_interval(self.every)
        require_headers(self.headers, self.urls)

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the publisher is asked."""
        return self.pages


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


# Sources that are asked over HTTP.
HttpSource = FixedUrl | DatedUrl | HtmlLinks | JsonListing | PagedRecords
Source = HttpSource | StorageFolder

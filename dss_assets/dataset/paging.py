"""How an API with JSON gives what is more than a page."""

from dataclasses import dataclass

from dss_assets.dataset.json_paths import require_path
from dss_assets.dataset.validation import require


@dataclass(frozen=True, slots=True)
class NextLink:
    """Each page has the URL of the next one at `path`; the last has none."""

    path: str

    def __post_init__(self) -> None:
        require_path(self.path, "the next link", is_relative=True)


@dataclass(frozen=True, slots=True)
class NextOffset:
    """Each page has at `path` the number with which the query's `parameter` asks for the next; the last -1 or none."""

    parameter: str
    path: str

    def __post_init__(self) -> None:
        require(bool(self.parameter), "the next offset is asked for by a parameter")
        require_path(self.path, "the next offset", is_relative=True)


@dataclass(frozen=True, slots=True)
class PageNumber:
    """Pages are numbered by the query's `parameter`, from `first` on.

    The last is known by the number of pages at the path `pages`, else by the declared total, else it is the first
    empty one.
    """

    parameter: str = "page"
    first: int = 1
    pages: str | None = None

    def __post_init__(self) -> None:
        require(bool(self.parameter), "the page is asked for by a parameter")
        if self.pages is not None:
            require_path(self.pages, "the number of pages", is_relative=True)


@dataclass(frozen=True, slots=True)
class Offset:
    """The query's `parameter` says how many elements come before the page, counted from `first`.

    The last page is known by the declared total, else it is the first empty one.
    """

    parameter: str = "offset"
    first: int = 0

    def __post_init__(self) -> None:
        require(bool(self.parameter), "the offset is asked for by a parameter")


Paging = NextLink | NextOffset | PageNumber | Offset

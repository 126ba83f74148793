"""A dataset's own routes in the API: the assets half declares and writes them down, the web half serves them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

# The routes that take a table's name, by the first part of their paths, with their scopes.
TABLE_ROUTES: Final = {
    "table-structure": "get_table_structure",
    "table-data": "get_table_data",
    "table-export": "export_table",
}
# By which column a row is found.
POSTCODE: Final = "postcode"

# Each is one path, in one spelling, that needs no escaping; the slash at its end may be left out by clients.
_PATH: Final = re.compile(r"([a-z0-9]+(-[a-z0-9]+)*/)+")
_SCOPE: Final = re.compile(r"[a-z][a-z0-9_]*")


class Casing(StrEnum):
    """How a column's name becomes a key."""

    AS_STORED = "as_stored"
    CAMEL = "camel"


class RowSelection(StrEnum):
    """Which rows a route serves: pages by id, or the one row of a postcode."""

    PAGES = "pages"
    BY_POSTCODE = "by_postcode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route at /api/v1/`path` over one table of its dataset.

    `path`    below /api/v1/, with its slash at the end
    `scope`   what a client's scopes must include; also the operation's name in the documentation
    `table`   which of the dataset's tables
    `casing`  of the keys
    `hidden`  columns that it does not show, besides those of the loader and `data_source_row_id`
    `rows`    which rows it serves
    """

    path: str
    scope: str
    table: str
    casing: Casing = Casing.AS_STORED
    hidden: tuple[str, ...] = ()
    rows: RowSelection = RowSelection.PAGES

    def __post_init__(self) -> None:
        if not _PATH.fullmatch(self.path):
            raise ValueError(
                f"the route {self.path!r} is no path of lower-case words, each with a slash behind it: get-trees/"
            )
        if (first := self.path.partition("/")[0]) in TABLE_ROUTES:
            raise ValueError(f"the route {self.path!r} begins with {first}, which serves every table already")
        if not _SCOPE.fullmatch(self.scope):
            raise ValueError(f"the scope {self.scope!r} of the route {self.path!r} is no lower-case name: list_trees")
        if self.scope in TABLE_ROUTES.values():
            raise ValueError(f"the scope {self.scope!r} of the route {self.path!r} opens every table already")
        if isinstance(self.hidden, str):
            raise ValueError(f"`hidden` of the route {self.path!r} is one text, and not a tuple of columns")

    def as_json(self) -> dict[str, Any]:
        """What `operations.dataset` has of it."""
        return {
            "path": self.path,
            "scope": self.scope,
            "table": self.table,
            "casing": self.casing.value,
            "hidden": list(self.hidden),
            "rows": self.rows.value,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Route":
        """The route of `as_json`. Raises ValueError or KeyError where another release wrote what is not known here."""
        return cls(
            path=said["path"],
            scope=said["scope"],
            table=said["table"],
            casing=Casing(said["casing"]),
            hidden=tuple(said["hidden"]),
            rows=RowSelection(said["rows"]),
        )


def camel_case(name: str) -> str:
    """`local_enterprise_partnership_lep1_code` → `localEnterprisePartnershipLep1Code`."""
    first, *others = [part for part in name.split("_") if part] or [name]
    return first + "".join(part.capitalize() for part in others)


def key_of(name: str, casing: Casing) -> str:
    """The key under which a column appears in a response."""
    return camel_case(name) if casing is Casing.CAMEL else name

"""The columns of a published file, and of L0."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dss_assets.dataset.validation import require
from dss_web.shared.contract import RESERVED_COLUMNS, ColumnType

# A name that SQL takes unquoted: clients write it as it stands.
COLUMN_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a published file, and of L0.

    `titles` are the names that the publisher's header has used for it, as patterns that match the whole name
    in any case: an edition that renames a column is one more pattern here. Without titles it is `name`.
    """

    name: str
    type: ColumnType = ColumnType.TEXT
    titles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require(bool(COLUMN_NAME.fullmatch(self.name)), f"'{self.name}' is not a lower-case column name")
        require(self.name not in RESERVED_COLUMNS, f"the loader keeps the column name '{self.name}' for itself")

    def is_titled(self, title: str) -> bool:
        """Whether a header's `title` names this column."""
        patterns = self.titles or (re.escape(self.name),)
        return any(re.fullmatch(pattern, title.strip(), re.IGNORECASE) for pattern in patterns)


def text_columns(names: str, titles: Mapping[str, str] | None = None) -> tuple[Column, ...]:
    """Text columns of the white-space separated `names`; `titles` has the patterns of those that were renamed."""
    given = titles or {}
    return tuple(Column(name, titles=(given[name],) if name in given else ()) for name in names.split())

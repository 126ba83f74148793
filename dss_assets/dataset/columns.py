"""The columns of a published file, and of L0."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from dss_assets.dataset.validation import require, require_pattern
from dss_assets.dataset.written import Number, Written
from dss_web.shared.contract import RESERVED_COLUMNS, ColumnType

# Small letters, so that no client has to know how it is written; a year may be a name.
COLUMN_NAME = re.compile(r"[a-z0-9_]+")
# Postgres cuts longer names off without an error: https://www.postgresql.org/docs/current/limits.html.
MOST_CHARACTERS = 63
_NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.BIGINT, ColumnType.NUMERIC})
_DATES = frozenset({ColumnType.DATE, ColumnType.TIMESTAMP})


@dataclass(frozen=True, slots=True)
class Pattern:
    """Titles that a regular expression matches as a whole, in any case: `Pattern(r"ced(\\d\\dcd)?")`."""

    text: str

    def __post_init__(self) -> None:
        require_pattern(self.text, "the title")

    def matches(self, title: str) -> bool:
        """Whether the pattern matches the whole title."""
        return re.fullmatch(self.text, title, re.IGNORECASE) is not None


class Absent(StrEnum):
    """What becomes of a file that lacks a column."""

    REFUSED = "refused"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a published file, and of L0.

    `titles` are the names that the publisher's headers have used for it, in any case and with any blanks or line ends
    between words, each a text or a Pattern: an edition that renames a column is one more of them. Without titles it is
    `name`. Publishers add and drop columns:
    with `absent=Absent.NULL` a file that lacks this one is loaded, and has NULL there. `formerly` are names that the
    column had in earlier declarations: what is loaded under one of them stays, under the new name.

    `written` says how the values of a typed column are written, if not as Postgres reads them. A column `from_name` is
    not in the rows: its value is that named group of the member's name, or of the file's.
    """

    name: str
    type: ColumnType = ColumnType.TEXT
    titles: tuple[str | Pattern, ...] = ()
    absent: Absent = Absent.REFUSED
    description: str = ""
    formerly: tuple[str, ...] = ()
    written: Written | None = field(default=None, kw_only=True)
    from_name: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        require(bool(COLUMN_NAME.fullmatch(self.name)), f"'{self.name}' is not a lower-case column name")
        require(
            len(self.name) <= MOST_CHARACTERS,
            f"the column name '{self.name}' has {len(self.name)} characters, of which Postgres keeps {MOST_CHARACTERS}",
        )
        for texts in ("titles", "formerly"):
            require(
                not isinstance(getattr(self, texts), str),
                f"`{texts}` of '{self.name}' is one text, and not a tuple of texts",
            )
        require(self.name not in self.formerly, f"the column '{self.name}' formerly had the name that it has now")
        written_as, types = ("a number", _NUMBERS) if isinstance(self.written, Number) else ("a date", _DATES)
        require(
            self.written is None or self.type in types,
            f"the column '{self.name}' of type {self.type} is written as {written_as}",
        )
        require(
            not (self.from_name and (self.titles or self.written)),
            f"the column '{self.name}' has its value from a name, and so no titles or way of writing",
        )

    @property
    def is_in_rows(self) -> bool:
        """Whether rows have a field for the column; the others are filled from elsewhere."""
        return not self.from_name and self != OTHER_COLUMNS

    def is_titled(self, title: str) -> bool:
        """Whether a header's `title` names this column."""
        cleaned = _cleaned(title)
        return any(
            known.matches(cleaned) if isinstance(known, Pattern) else _cleaned(known).casefold() == cleaned.casefold()
            for known in self.titles or (self.name,)
        )


def _cleaned(title: str) -> str:
    """A title with one blank between its words: cells of workbooks have line ends there, and people type two blanks."""
    return " ".join(title.split())


# Text, which every client can read; `other_columns::jsonb` in SQL.
OTHER_COLUMNS = Column(
    "other_columns", description="The columns that are not declared and not empty, as a JSON object of texts by title"
)
"""The column of L0 for `Others.KEPT`."""


def text_columns(names: str, absent: Absent = Absent.REFUSED) -> tuple[Column, ...]:
    """Text columns of the white-space separated `names`, whose titles are their names."""
    return tuple(Column(name, absent=absent) for name in names.split())


def require_unreserved(columns: Iterable[Column], allowed: frozenset[str] = frozenset()) -> None:
    """Raise ValueError where a column has a name that the loader needs, unless it is `allowed`."""
    for name in (column.name for column in columns):
        require(name not in RESERVED_COLUMNS - allowed, f"the loader keeps the column name '{name}' for itself")

"""How the rows of a file get into tables."""

from dataclasses import dataclass
from enum import StrEnum

from dss_assets.dataset.release import Release
from dss_assets.dataset.validation import require, require_different


@dataclass(frozen=True, slots=True)
class Incremental:
    """Each file adds its rows; the same file again replaces its own rows.

    `unit` is the column, or the columns, by whose values rows belong together, a month or a filing for example, where
    publishers offer the same unit in several files: the rows of a file then also replace those that other files brought
    of the same units. A unit that is the same in both keeps its rows and their ids, and one that a newer file has
    brought stays as that has it.
    """

    unit: str | tuple[str, ...] | None = None

    @property
    def units(self) -> tuple[str, ...]:
        """The columns of the unit, none where files do not share units."""
        return (self.unit,) if isinstance(self.unit, str) else self.unit or ()


class MissingRows(StrEnum):
    """What becomes of rows that a newer snapshot no longer has."""

    KEEP = "keep"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Each file is the whole dataset: rows are known by the hash of their values and stored once."""

    missing_rows: MissingRows = MissingRows.KEEP


@dataclass(frozen=True, slots=True)
class Append:
    """The rows that the file `base` left stay, with their ids, and those of the new file come behind them."""

    base: str

    def __post_init__(self) -> None:
        require(bool(self.base), "Append needs a `base`: the file whose rows stay")


@dataclass(frozen=True, slots=True)
class Update:
    """The rows that the file `base` left stay, with their ids; those whose `key` is in the new file get its values.

    Rows with a new key come behind them. None is removed. A column that the new file lacks keeps its values. The key is
    one column or several; it is unique and never empty, in the file as in the table.
    """

    base: str
    key: tuple[str, ...]

    def __post_init__(self) -> None:
        require(bool(self.base), "Update needs a `base`: the file whose rows stay")
        require(bool(self.key) and not isinstance(self.key, str), "Update needs a `key`: a tuple of names of columns")
        require_different(self.key, "Update: columns of the key")


@dataclass(frozen=True, slots=True)
class Replace:
    """Each file takes the place of everything before it.

    `kept` is how many of the tables that were replaced are kept: a client that is half through one of them reads it to
    its end, and a file whose table is kept takes its place again without being read. Each takes as much disk as the
    table in use.

    With `merge`, the new table also has the rows of an earlier file: a column that the new file lacks is `absent`.
    """

    kept: int = 0
    merge: Append | Update | None = None

    def __post_init__(self) -> None:
        require(self.kept >= 0, f"{self.kept} tables cannot be kept: 0 or more can")


Loading = Incremental | Snapshot | Replace | Release

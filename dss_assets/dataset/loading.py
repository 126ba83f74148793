"""How the rows of a file get into tables."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Incremental:
    """Each file adds its rows; the same file again replaces its own rows."""


class MissingRows(StrEnum):
    """What becomes of rows that a newer snapshot no longer has."""

    KEEP = "keep"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Each file is the whole dataset: rows are known by the hash of their values and stored once."""

    missing_rows: MissingRows = MissingRows.KEEP


@dataclass(frozen=True, slots=True)
class Replace:
    """Each file takes the place of everything before it."""


Loading = Incremental | Snapshot | Replace

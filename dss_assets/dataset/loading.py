"""How the rows of a file get into tables."""

from dataclasses import dataclass
from enum import StrEnum

from dss_assets.dataset.release import Release


@dataclass(frozen=True, slots=True)
class Incremental:
    """Each file adds its rows; the same file again replaces its own rows.

    `unit` is the column by whose value rows belong together, a month for example, where publishers offer the same unit
    in several files: the rows of a file then also replace those that other files brought of the same units.
    """

    unit: str | None = None


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


Loading = Incremental | Snapshot | Replace | Release

"""What is checked of the rows of each file once they are loaded, over the table that clients read.

A check stops nothing: its outcome is kept beside the file in the registry, and shown in the Dagster UI.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from dss_assets.dataset.validation import require, require_different


class Severity(StrEnum):
    """How the Dagster UI shows a check that fails."""

    ERROR = "error"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Unique:
    """No two rows of a file have the same values in all of `columns`. Rows with a NULL among them are not compared."""

    columns: tuple[str, ...]
    severity: Severity = Severity.ERROR

    def __post_init__(self) -> None:
        require(
            bool(self.columns) and not isinstance(self.columns, str),
            f"Unique takes its columns as one tuple, such as Unique(('code', 'month')), and was given {self.columns!r}",
        )
        require_different(self.columns, "columns of Unique")

    @property
    def name(self) -> str:
        """The check's name in the Dagster UI and the registry."""
        return "_".join(["unique", *self.columns])

    @property
    def description(self) -> str:
        """What holds if the check passes."""
        return f"No two rows of a file have the same {', '.join(self.columns)}."


@dataclass(frozen=True, slots=True)
class NotNull:
    """Each row has a value in `column`."""

    column: str
    severity: Severity = Severity.ERROR

    @property
    def name(self) -> str:
        """The check's name in the Dagster UI and the registry."""
        return f"not_null_{self.column}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are looked at."""
        return (self.column,)

    @property
    def description(self) -> str:
        """What holds if the check passes."""
        return f"Each row has a value in {self.column}."


Bound = int | Decimal | date


@dataclass(frozen=True, slots=True)
class Within:
    """Each value of `column` is from `least` to `greatest`, both included; None for no bound. NULL is no value."""

    column: str
    least: Bound | None = None
    greatest: Bound | None = None
    severity: Severity = Severity.ERROR

    def __post_init__(self) -> None:
        require(self.least is not None or self.greatest is not None, f"Within({self.column!r}) has no bound")
        kinds = {type(bound) for bound in (self.least, self.greatest) if bound is not None}
        require(len(kinds) == 1, f"the bounds of Within({self.column!r}) are of two types")
        if self.least is not None and self.greatest is not None:
            is_range = self.least <= self.greatest  # type: ignore[operator]  # both are of one type
            require(is_range, f"Within({self.column!r}): {self.least} is more than {self.greatest}")

    @property
    def name(self) -> str:
        """The check's name in the Dagster UI and the registry."""
        return f"within_{self.column}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are looked at."""
        return (self.column,)

    @property
    def bounds(self) -> str:
        """The bounds in words."""
        if self.greatest is None:
            return f"{self.least} or more"
        return f"{self.greatest} or less" if self.least is None else f"from {self.least} to {self.greatest}"

    @property
    def description(self) -> str:
        """What holds if the check passes."""
        return f"Each {self.column} is {self.bounds}."


@dataclass(frozen=True, slots=True)
class References:
    """Each value of `column` is one of `to`, a column of the table that clients read of `dataset`."""

    column: str
    dataset: str
    to: str
    severity: Severity = Severity.ERROR

    @property
    def name(self) -> str:
        """The check's name in the Dagster UI and the registry."""
        return f"references_{self.column}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are looked at."""
        return (self.column,)

    @property
    def description(self) -> str:
        """What holds if the check passes."""
        return f"Each {self.column} is a {self.to} of {self.dataset}."


RowCheck = Unique | NotNull | Within | References

"""How a publisher writes numbers and dates, where Postgres would not read them so."""

from dataclasses import dataclass
from enum import StrEnum

from dss_assets.dataset.validation import require


@dataclass(frozen=True, slots=True)
class Number:
    """Numbers with marks of their own: `Number(decimal=",", thousands=".")` for 1.234,56.

    Thousands may be left unmarked, but where there is a mark it stands between groups of three digits. A blank as the
    mark stands for the no-break spaces too.
    """

    decimal: str = "."
    thousands: str = ""

    def __post_init__(self) -> None:
        require(self.decimal in {".", ","}, f"the decimal mark {self.decimal!r} is neither a point nor a comma")
        require(
            self.thousands in {"", ".", ",", " ", "'"} and self.thousands != self.decimal,
            f"the mark of thousands {self.thousands!r} is none of . , ' and blank, or is the decimal mark",
        )


class DateOrder(StrEnum):
    """Dates as 31/12/2024 (or -, . and blank between), 31-Dec-2024 or 31 December 2024, in which day or month is first.

    A time may follow. A date with its year first, as 2024-12-31, is read in either order. Years have four digits.
    """

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"


Written = Number | DateOrder

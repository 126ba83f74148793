"""How many rows of a file may be left out before the file is taken for another one."""

from dataclasses import dataclass
from typing import Final

from dss_assets.dataset.validation import require


@dataclass(frozen=True, slots=True)
class RejectLimit:
    """How many rows of a file may be wrong: the larger of `rows` and `share` of its rows.

    A wrong row has another number of fields than its dataset has columns, or a value that is not of its column's type,
    that L1 cannot convert, or that a key lacks. Each is a reject. Of more than the limit a file is refused as a whole,
    since it is another layout or was cut off rather than a few slips. Rows without any value do not count: they are
    left out as well.
    """

    # A few slips in a small file, and as many of a large one as a person can look through.
    rows: int = 10
    share: float = 0.01

    def __post_init__(self) -> None:
        require(self.rows >= 0, f"RejectLimit of {self.rows} rows: expected 0 or more")
        require(0 <= self.share <= 1, f"RejectLimit with a share of {self.share}: expected from 0 to 1")

    def allowed(self, records: int) -> int:
        """How many of so many rows may be wrong."""
        return max(self.rows, int(self.share * records))


# For files whose parts only count together: one wrong row refuses them.
NO_REJECTS: Final = RejectLimit(rows=0, share=0)

"""What the columns hold below the header, which a header and a title do not."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from dss_web.shared.csv.cells import DATA, DATES, NUMBERS, TIMES, WRITTEN_NUMBERS, Kind, look_at

# No table needs more rows to show what its columns hold.
BODY_ROWS = 300


class Numbered(NamedTuple):
    """A row and the line on which it begins."""

    line: int
    fields: list[str]


def is_blank(fields: Sequence[str]) -> bool:
    """Whether a row has no value."""
    return not any(fields) or not any(value.strip() for value in fields)


class BodyTypes:
    """What the columns hold further down: `typed` are those with numbers, dates or words of one kind."""

    def __init__(self, top: Sequence[Numbered], width: int) -> None:
        whole = [row.fields for row in top if len(row.fields) == width]
        # The lower part: the header, and what stands above it, is not what the columns hold.
        start = 0 if len(whole) < 2 else max(1, min(len(whole) // 2, 12))
        self.rows = whole[start:][:BODY_ROWS]
        self.width = width
        self.typed: dict[int, frozenset[str]] = {}
        for column in range(width):
            kinds = Counter(_family(value) for fields in self.rows if (value := fields[column].strip()))
            kinds.pop("null", None)
            total = sum(kinds.values())
            good = {family for family, count in kinds.items() if family != "text" and count >= 0.2 * total}
            if total and sum(kinds[family] for family in good) >= 0.8 * total:
                self.typed[column] = frozenset(good)
        self.filled = [sum(bool(fields[column].strip()) for fields in self.rows) for column in range(width)]

    def like(self, fields: Sequence[str]) -> tuple[int, int]:
        """How many values of a row are what their column holds, and how many are text where it holds none."""
        like = unlike = 0
        for column, good in self.typed.items():
            value = fields[column].strip() if column < len(fields) else ""
            if not value:
                continue
            family = _family(value)
            like += (
                family in good
                or (family == "number" and bool(good & {"money"}))
                or (family == "money" and "number" in good)
            )
            unlike += family == "text"
        return like, unlike

    def fits(self, fields: Sequence[str]) -> bool:
        """Whether every value of a row stands in a column that holds such values."""
        for column, value in enumerate(fields[: self.width]):
            if not value.strip():
                continue
            if len(self.rows) > 2 and not self.filled[column]:
                return False
            if column in self.typed and _family(value.strip()) not in self.typed[column] | {"null"}:
                return False
        return True


def _family(value: str) -> str:
    kind = look_at(value).kind
    if kind in NUMBERS or kind in {Kind.CODE_E, Kind.ZEROS, Kind.LONG, Kind.PLUS}:
        return "number"
    if kind in WRITTEN_NUMBERS or kind is Kind.COMMA:
        return "money"
    if kind in DATES or kind in TIMES or kind in {Kind.TIME_OFFSET, Kind.SHORT_YEAR, Kind.CLOCK}:
        return "date"
    if kind is Kind.NULL_WORD:
        return "null"
    return "data" if kind in DATA else "text"


def _has_below(header: Sequence[Numbered], place: int, column: int) -> bool:
    return any(column < len(row.fields) and bool(row.fields[column].strip()) for row in header[place + 1 :])


def joined_titles(header: Sequence[Numbered], width: int) -> list[str]:
    """The name of each column from all lines of the header; a name above several columns is that of each of them."""
    if not header:
        return [""] * width
    parts: list[list[str]] = [[] for _ in range(width)]
    for place, row in enumerate(header):
        values = [value.strip() for value in row.fields] + [""] * (width - len(row.fields))
        group = -1
        for column in range(width):
            value = values[column]
            if value:
                group = column
            elif group >= 0 and _has_below(header, place, column) and _has_below(header, place, group):
                value = values[group]
            if value and (not parts[column] or parts[column][-1] != value):
                parts[column].append(value)
    return [" ".join(part) for part in parts]

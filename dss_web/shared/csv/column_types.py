"""Values of a column -> the narrowest type that all of them have."""

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from dss_web.shared.contract import ColumnType

# Each shape is a part of what Postgres reads with DateStyle 'ISO, DMY', which is how files are loaded. It reads more
# (`Jan 8`, `1e5`, `on`), which a person may ask for, but which is text as often as not: `+44` is a telephone number.
_INTEGER = re.compile(r" *-?(?:0|[1-9][0-9]{0,9}) *")
_NUMERIC = re.compile(r" *-?(?:(?:0|[1-9][0-9]{0,999})(?:\.[0-9]{0,999})?|\.[0-9]{1,999})(?:[eE][+-]?[0-9]{1,2})? *")
_ISO_DATE = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_BRITISH_DATE = r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})"
_TIME = r"(?:{}(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{{1,6}})?)?)?"
_DATES = (re.compile(_ISO_DATE), re.compile(_BRITISH_DATE))
_TIMESTAMPS = (re.compile(_ISO_DATE + _TIME.format("[ T]")), re.compile(_BRITISH_DATE + _TIME.format(" ")))
_BOOLEAN_WORDS: Final = frozenset({"true", "false", "t", "f", "yes", "no"})


def _is_integer(value: str) -> bool:
    return _INTEGER.fullmatch(value) is not None and -(2**31) <= int(value) < 2**31


def _is_numeric(value: str) -> bool:
    return _NUMERIC.fullmatch(value) is not None


def _is_boolean(value: str) -> bool:
    return value.lower() in _BOOLEAN_WORDS


def _is_dated(value: str, shapes: Iterable[re.Pattern[str]]) -> bool:
    for shape in shapes:
        if match := shape.fullmatch(value):
            try:
                datetime.date(int(match["year"]), int(match["month"]), int(match["day"]))
            except ValueError:
                return False
            return True
    return False


def _is_date(value: str) -> bool:
    return _is_dated(value, _DATES)


def _is_timestamp(value: str) -> bool:
    return _is_dated(value, _TIMESTAMPS)


# Narrowest first. BIGINT is missing: a number that no integer holds becomes numeric, which has no bounds.
_CHECKS: Final[tuple[tuple[ColumnType, Callable[[str], bool]], ...]] = (
    (ColumnType.INTEGER, _is_integer),
    (ColumnType.NUMERIC, _is_numeric),
    (ColumnType.BOOLEAN, _is_boolean),
    (ColumnType.DATE, _is_date),
    (ColumnType.TIMESTAMP, _is_timestamp),
)


class ColumnTypes:
    """Narrows each column's type as rows go by: one value that does not fit excludes a type for good."""

    def __init__(self, width: int) -> None:
        """`width` is the number of columns."""
        self._possible = [list(_CHECKS) for _ in range(width)]
        self._is_empty = [True] * width

    def narrow(self, rows: Sequence[Sequence[str]]) -> None:
        """Take in a batch of rows, each as wide as the table, with '' for NULL."""
        for position, column in enumerate(zip(*rows, strict=True)):
            possible = self._possible[position]
            if not possible:
                continue
            values = set(column)
            values.discard("")
            if values:
                self._is_empty[position] = False
            possible[:] = [(kind, fits) for kind, fits in possible if all(map(fits, values))]

    def inferred(self) -> list[ColumnType]:
        """The type of each column; a column without a value is text."""
        return [
            possible[0][0] if possible and not is_empty else ColumnType.TEXT
            for possible, is_empty in zip(self._possible, self._is_empty, strict=True)
        ]


def looks_like_data(fields: Sequence[str]) -> bool:
    """Whether a line holds only numbers, dates and the like, as a header never does."""
    types = ColumnTypes(len(fields))
    types.narrow([fields])
    return ColumnType.TEXT not in types.inferred()

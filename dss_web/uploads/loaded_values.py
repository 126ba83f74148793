"""A value of a file -> how it is loaded: a word for NULL, converted, and as Postgres shows what is of its type."""

from collections.abc import Callable
from typing import Final

from dss_web.shared.contract import ColumnType
from dss_web.shared.csv import ColumnReading, Conversion
from dss_web.shared.csv.cells import FALSE_WORDS, TRUE_WORDS
from dss_web.shared.csv.conversions import converted, converter

# As Postgres reads them: https://www.postgresql.org/docs/current/datatype-boolean.html (seen 2026-11).
_BOOLEANS: Final = dict.fromkeys(TRUE_WORDS | {"1", "on"}, "true") | dict.fromkeys(FALSE_WORDS | {"0", "off"}, "false")


def loader(column: ColumnReading) -> Callable[[str], str]:
    """What makes of a value of the column's what is loaded, '' for NULL. Dates are read with the day first."""
    convert = converter(column.conversion)
    nulls = frozenset(column.nulls)

    def load(value: str) -> str:
        if value.strip() in nulls:
            return ""
        return _as_read(convert(value) if convert and value else value, column.type)

    return load


def _as_read(value: str, kind: ColumnType) -> str:
    if kind in {ColumnType.DATE, ColumnType.TIMESTAMP}:
        return converted(Conversion.DAY_FIRST, value)
    if kind is ColumnType.BOOLEAN:
        return _BOOLEANS.get(value.strip().lower(), value)
    return value

"""A column's values and the type that a person chose -> the first value that the load would refuse."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import DataError, connection, transaction
from psycopg import sql

from dss_web.shared.contract import ColumnType
from dss_web.shared.csv import Row
from dss_web.shared.values import BLANKS, DateStyle, shape


@dataclass(frozen=True, slots=True)
class InvalidValue:
    """A value that is not of its column's type."""

    line: int
    column: str
    value: str
    expected: ColumnType


def find_invalid_values(rows: Iterable[Row], names: list[str], chosen: Mapping[int, ColumnType]) -> list[InvalidValue]:
    """The first value of each column in `chosen` (position -> type) that is not taken as that type.

    The load's own rules decide, and then Postgres itself, as it will when the file is loaded. Changes nothing.
    """
    lines: dict[int, dict[str, int]] = {position: {} for position, kind in chosen.items() if kind != ColumnType.TEXT}
    for row in rows:
        for position, seen in lines.items():
            value = row.fields[position]
            if value:  # the empty value is NULL
                seen.setdefault(value, row.line)
    invalid = []
    for position, seen in lines.items():
        first = _first_invalid(list(seen), chosen[position])
        if first is not None:
            invalid.append(InvalidValue(seen[first], names[position], first, chosen[position]))
    return invalid


def _first_invalid(values: list[str], kind: ColumnType) -> str | None:
    """Halve what is refused until one value is left: Postgres before 16 does not tell which one it was."""
    if pattern := shape(kind, DateStyle.DAY_FIRST):
        for value in values:
            if not re.fullmatch(pattern, value.strip(BLANKS), re.ASCII):
                return value
    if not values or _are_read(values, kind):
        return None
    while len(values) > 1:
        half = len(values) // 2
        values = values[half:] if _are_read(values[:half], kind) else values[:half]
    return values[0]


def _are_read(values: list[str], kind: ColumnType) -> bool:
    query = sql.SQL("SELECT count(value::{}) FROM unnest(%s::text[]) AS value").format(sql.SQL(kind.value))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # The setting under which files are loaded: 03/04/2024 is the third of April.
            cursor.execute("SET LOCAL datestyle TO 'ISO, DMY'")
            cursor.execute(query.as_string(cursor.connection), [values])
    except DataError:
        return False
    return True

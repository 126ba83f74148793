"""A column's values on their way into JSON: the SQL that prepares them, and how the cell is to be taken.

Rows leave Postgres by COPY in a form that is nearly JSON already: text in double quotes with backslashes before
quotes and backslashes, numbers bare, NULL as `null`. That costs no more than plain COPY; JSON made by Postgres
takes two to three times as long (docs/decisions/pages-by-copy.md).
"""

import re
from base64 import b64encode
from enum import Enum, auto
from typing import Final

from psycopg import sql

from dss_web.tables.types import ColumnType


class Cell(Enum):
    """How a value stands in a row of COPY."""

    BARE = auto()  # a number, true or false
    QUOTED = auto()  # a string
    NESTED = auto()  # JSON within a string
    DOCUMENT = auto()  # the same, with white space between its parts
    BYTES = auto()  # the same, with strings of hexadecimal digits in the place of base64


NESTED_CELLS: Final = frozenset({Cell.NESTED, Cell.DOCUMENT, Cell.BYTES})

_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_STRING_OR_SPACE: Final = re.compile(rb'("(?:[^"\\]|\\.)*")|[ \t\n\r]+', re.DOTALL)
_HEXADECIMAL: Final = re.compile(rb'"\\\\x([0-9a-f]*)"')

_BARE: Final = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8", "bool"})
_JSON: Final = frozenset({"json", "jsonb"})

# Before Christ and 'infinity' stay as Postgres writes them.
_TIMESTAMP = sql.SQL("""
    CASE WHEN isfinite({value}) AND {value} >= '0001-01-01' THEN to_char({value}, CASE
        WHEN {value} = date_trunc('second', {value}) THEN 'YYYY-MM-DD"T"HH24:MI:SS'
        ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US' END)
    ELSE {value}::text END
""")
# The session's time zone is UTC.
_TIMESTAMP_WITH_ZONE = sql.SQL("""
    CASE WHEN isfinite({value}) AND {value} >= '0001-01-01+00' THEN to_char({value}, CASE
        WHEN {value} = date_trunc('second', {value}) THEN 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'
        ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"' END)
    ELSE {value}::text END
""")
_BASE64 = sql.SQL("translate(encode({value}, 'base64'), E'\\n', '')")
# Outside of its strings, where they must be escaped, JSON may hold these three; a cell may not.
_JSON_TEXT = sql.SQL("translate({value}::text, E'\\t\\n\\r', '   ')")
_JSON_ARRAY = sql.SQL("translate(to_json({value})::text, E'\\t\\n\\r', '   ')")
_ARRAY = sql.SQL("to_json({value})::text")
_FRACTIONAL_ARRAY = sql.SQL("replace(to_json({value})::text, '\"NaN\"', 'null')")
# to_json leaves out a fraction's final noughts: six digits are made of what it has.
_TIMESTAMP_ARRAY = sql.SQL("""
    regexp_replace(
        regexp_replace(to_json({value})::text, '\\.(\\d+)(["+-])', '.\\100000\\2', 'g'),
        '\\.(\\d{{6}})\\d*(["+-])', '.\\1\\2', 'g')
""")
_VALUES: Final = {
    "timestamp": _TIMESTAMP,
    "timestamptz": _TIMESTAMP_WITH_ZONE,
    "bytea": _BASE64,
    "json": _JSON_TEXT,
    "jsonb": _JSON_TEXT,
    "bool": sql.SQL("{value}::text"),
}
_ARRAYS: Final = {
    "numeric": _FRACTIONAL_ARRAY,
    "float4": _FRACTIONAL_ARRAY,
    "float8": _FRACTIONAL_ARRAY,
    "timestamp": _TIMESTAMP_ARRAY,
    "timestamptz": _TIMESTAMP_ARRAY,
    "json": _JSON_ARRAY,
    "jsonb": _JSON_ARRAY,
}


def cell_of(column: ColumnType) -> Cell:
    """How the column's values stand in a row."""
    if column.name in _JSON:
        return Cell.DOCUMENT
    if column.is_array:
        return Cell.BYTES if column.name == "bytea" else Cell.NESTED
    return Cell.BARE if column.name in _BARE else Cell.QUOTED


def nested_json(cell: Cell, value: bytes) -> bytes:
    """A nested cell's value as JSON, compact."""
    if value == b"null":
        return value
    value = _ESCAPED.sub(rb"\1", value[1:-1])
    match cell:
        case Cell.DOCUMENT:
            return _STRING_OR_SPACE.sub(lambda found: found[1] or b"", value)
        case Cell.BYTES:
            return _HEXADECIMAL.sub(lambda found: b'"%b"' % b64encode(bytes.fromhex(found[1].decode())), value)
        case _:
            return value


def expression(column: ColumnType, value: sql.Composable) -> sql.Composable:
    """The SQL that turns a value of this type into its cell."""
    templates, otherwise = (_ARRAYS, _ARRAY) if column.is_array else (_VALUES, sql.SQL("{value}"))
    return templates.get(column.name, otherwise).format(value=value)

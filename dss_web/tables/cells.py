"""A column's values on their way into JSON: the SQL that prepares them, and how to read the cell that it gives.

Rows leave Postgres by COPY in a form that is nearly JSON: text in double quotes with backslashes before quotes and
backslashes, numbers bare, NULL as `null`. That costs no more than plain COPY; JSON made by Postgres takes two to three
times as long (docs/decisions/pages-by-copy.md).
"""

import re
from base64 import b64encode
from enum import Enum, auto
from typing import Final

from psycopg import sql

from dss_web.tables.types import ColumnType


class Cell(Enum):
    """The form of a value in a row of COPY."""

    BARE = auto()  # a number, true or false
    QUOTED = auto()  # a string
    NESTED = auto()  # JSON within a string
    DOCUMENT = auto()  # JSON within a string, with white space between its parts
    BYTES = auto()  # JSON within a string, whose strings are hexadecimal digits instead of base64


# Cells that must be unescaped one by one. All others are JSON as they stand.
NESTED_CELLS: Final = frozenset({Cell.NESTED, Cell.DOCUMENT, Cell.BYTES})

_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_STRING_OR_SPACE: Final = re.compile(rb'("(?:[^"\\]|\\.)*")|[ \t\n\r]+', re.DOTALL)
_HEXADECIMAL: Final = re.compile(rb'"\\\\x([0-9a-f]*)"')

_BARE: Final = frozenset({"int2", "int4", "int8", "oid", "numeric", "float4", "float8", "bool"})
_JSON: Final = frozenset({"json", "jsonb"})

# to_char writes neither years before Christ nor 'infinity' as ISO 8601: those stay as Postgres writes them.
_TIMESTAMP = sql.SQL("""
    CASE WHEN isfinite({value}) AND {value} >= '0001-01-01' THEN to_char({value}, CASE
        WHEN {value} = date_trunc('second', {value}) THEN 'YYYY-MM-DD"T"HH24:MI:SS'
        ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US' END)
    ELSE {value}::text END
""")
# The same with a zone, which is UTC because the session's is (`relation`).
_TIMESTAMP_WITH_ZONE = sql.SQL("""
    CASE WHEN isfinite({value}) AND {value} >= '0001-01-01+00' THEN to_char({value}, CASE
        WHEN {value} = date_trunc('second', {value}) THEN 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'
        ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"' END)
    ELSE {value}::text END
""")
_BASE64 = sql.SQL("translate(encode({value}, 'base64'), E'\\n', '')")
# JSON may have these three characters between its parts, where they mean nothing; a row of COPY may not.
_JSON_TEXT = sql.SQL("translate({value}::text, E'\\t\\n\\r', '   ')")
_JSON_ARRAY = sql.SQL("translate(to_json({value})::text, E'\\t\\n\\r', '   ')")
_ARRAY = sql.SQL("to_json({value})::text")
_FRACTIONAL_ARRAY = sql.SQL("replace(to_json({value})::text, '\"NaN\"', 'null')")
# Postgres leaves out a fraction's final zeros. The contract has six digits or none: append zeros, then cut.
_SIX_DIGITS = sql.SQL("""
    regexp_replace(regexp_replace({value}::text, '\\.(\\d+)', '.\\100000', 'g'), '\\.(\\d{{6}})\\d*', '.\\1', 'g')
""")
# `+02` → `+02:00`, at the end of a value, of a bound, and of a string in JSON.
_FULL_ZONE = sql.SQL("""regexp_replace({value}, '([+-]\\d\\d)(?=$|[],)"])', '\\1:00', 'g')""")
# As the Flask service wrote them, through psycopg2 and pandas: a year has 365 days, a month 30, and only days are
# negative, as in `-1 days +22:00:00`.
_INTERVAL = sql.SQL("""
    CASE WHEN isfinite({value}) THEN (
        SELECT days || ' days ' || CASE WHEN days < 0 THEN '+' ELSE '' END || to_char(
            make_interval(secs => (seconds - days * 86400)::float8),
            CASE WHEN seconds = trunc(seconds) THEN 'HH24:MI:SS' ELSE 'HH24:MI:SS.US' END)
        FROM (SELECT seconds, floor(seconds / 86400) AS days FROM (
            SELECT (extract(year FROM {value}) * 365 + extract(month FROM {value}) * 30 + extract(day FROM {value}))
                * 86400 + extract(hour FROM {value}) * 3600 + extract(minute FROM {value}) * 60
                + extract(second FROM {value}) AS seconds
        ) AS as_seconds) AS with_days
    ) ELSE {value}::text END
""")
# As psycopg2 wrote them: with a space behind the comma, and None for a bound that is not there.
_RANGE = sql.SQL("""
    CASE WHEN {value} IS NULL THEN NULL WHEN isempty({value}) THEN 'empty' ELSE
        CASE WHEN lower_inc({value}) THEN '[' ELSE '(' END || coalesce(lower({value})::text, 'None') || ', '
        || coalesce(upper({value})::text, 'None') || CASE WHEN upper_inc({value}) THEN ']' ELSE ')' END
    END
""")
# For each type the SQL by which a value becomes its cell, in steps.
_VALUES: Final[dict[str, tuple[sql.SQL, ...]]] = {
    "timestamp": (_TIMESTAMP,),
    "timestamptz": (_TIMESTAMP_WITH_ZONE,),
    "time": (_SIX_DIGITS,),
    "timetz": (_SIX_DIGITS, _FULL_ZONE),
    "interval": (_INTERVAL,),
    "int4range": (_RANGE,),
    "int8range": (_RANGE,),
    "numrange": (_RANGE,),
    "daterange": (_RANGE,),
    "tsrange": (_RANGE, _SIX_DIGITS),
    "tstzrange": (_RANGE, _SIX_DIGITS, _FULL_ZONE),
    "bytea": (_BASE64,),
    "json": (_JSON_TEXT,),
    "jsonb": (_JSON_TEXT,),
    "bool": (sql.SQL("{value}::text"),),
}
_ARRAYS: Final[dict[str, tuple[sql.SQL, ...]]] = {
    "oid": (sql.SQL("to_json({value}::bigint[])::text"),),
    "numeric": (_FRACTIONAL_ARRAY,),
    "float4": (_FRACTIONAL_ARRAY,),
    "float8": (_FRACTIONAL_ARRAY,),
    "timestamp": (_ARRAY, _SIX_DIGITS),
    "timestamptz": (_ARRAY, _SIX_DIGITS),
    "time": (_ARRAY, _SIX_DIGITS),
    "timetz": (_ARRAY, _SIX_DIGITS, _FULL_ZONE),
    "json": (_JSON_ARRAY,),
    "jsonb": (_JSON_ARRAY,),
}


def cell_of(column: ColumnType) -> Cell:
    """The form of the column's values in a row."""
    if column.name in _JSON:
        return Cell.DOCUMENT
    if column.is_array:
        return Cell.BYTES if column.name == "bytea" else Cell.NESTED
    return Cell.BARE if column.name in _BARE else Cell.QUOTED


def nested_json(cell: Cell, value: bytes) -> bytes:
    """The value of one of NESTED_CELLS as compact JSON."""
    if value == b"null":
        return value
    value = _ESCAPED.sub(rb"\1", value[1:-1])
    match cell:
        case Cell.DOCUMENT:
            return _STRING_OR_SPACE.sub(lambda match: match[1] or b"", value)
        case Cell.BYTES:
            return _HEXADECIMAL.sub(lambda match: b'"%b"' % b64encode(bytes.fromhex(match[1].decode())), value)
        case _:
            return value


def expression(column: ColumnType, value: sql.Composable) -> sql.Composable:
    """The SQL that turns a value of this type into its cell."""
    steps = _ARRAYS.get(column.name, (_ARRAY,)) if column.is_array else _VALUES.get(column.name, ())
    for step in steps:
        value = step.format(value=value)
    return value

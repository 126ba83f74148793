"""The columns of a table in the datasets database, and the SQL that makes their values of ours.

They are what data-flow makes of the API's table-structure and table-data, so that a deployment may change from one
delivery to the other and readers notice nothing: columns are in the order of ours, the loader's bookkeeping is left
out, precisions are dropped, and NaN, which JSON does not have, is NULL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataflow import RequestRefused
from dss_web.shared.contract import HIDDEN_COLUMNS, DataflowSituation

_TEXT: Final = sql.SQL("text")
_INTEGER: Final = sql.SQL("integer")
_FLOAT: Final = sql.SQL("double precision")
# pg_type.typname -> the type there. data-flow fails on all others, and so do we: a table that arrived by one delivery
# alone would be missing after a change to the other.
_TYPES: Final = {
    "text": _TEXT,
    "varchar": _TEXT,
    "bpchar": _TEXT,
    "char": _TEXT,
    "name": _TEXT,
    "citext": _TEXT,
    "int2": _INTEGER,
    "int4": _INTEGER,
    "int8": sql.SQL("bigint"),
    "numeric": sql.SQL("numeric"),
    "float4": _FLOAT,
    "float8": _FLOAT,
    "bool": sql.SQL("boolean"),
    "date": sql.SQL("date"),
    "timestamp": sql.SQL("timestamp without time zone"),
}
_WITH_NAN: Final = frozenset({"numeric", "float4", "float8"})
# pg_type.typtype of an enum, which the API shows as text.
_ENUM: Final = "e"

# An array's type is that of its elements. A view has its columns in pg_attribute as a table has.
_SELECT: Final = """
    SELECT attname::text, coalesce(element.typname, own.typname)::text,
        CASE coalesce(element.typtype, own.typtype) WHEN 'e' THEN 'e' ELSE '' END,
        element.oid IS NOT NULL, format_type(atttypid, atttypmod)
    FROM pg_attribute JOIN pg_type AS own ON own.oid = atttypid
    LEFT JOIN pg_type AS element ON element.typarray = own.oid
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attname <> ALL (%s)
    ORDER BY attnum
"""


@dataclass(frozen=True, slots=True)
class Column:
    """`name` and `type` there; `value` is the SQL of its value here."""

    name: str
    type: sql.Composable
    value: sql.Composable

    @property
    def definition(self) -> sql.Composable:
        """As CREATE TABLE has it."""
        return sql.SQL("{} {}").format(sql.Identifier(self.name), self.type)


def columns_of(connection: Connection, schema: str, table: str) -> Sequence[Column]:
    """The columns of one of our tables as they are there. Raises RequestRefused where there can be none."""
    name = sql.Identifier(schema, table).as_string(connection)
    found = connection.execute(_SELECT, [name, list(HIDDEN_COLUMNS)]).fetchall()
    unknown = [f"{column} ({full})" for column, kind, form, _, full in found if form != _ENUM and kind not in _TYPES]
    if unknown or not found:
        reason = f"it has {', '.join(unknown)}" if found else "there is no such table"
        raise RequestRefused(
            f"{schema}.{table} was not copied: {reason}. The datasets database takes text, whole numbers, numeric, "
            "floats, booleans, dates, times without a zone, and arrays of these. Convert the column in the dataset.",
            DataflowSituation.REFUSED,
        )
    return [_column(column, "text" if form == _ENUM else kind, kind, array) for column, kind, form, array, _ in found]


def _column(name: str, known: str, kind: str, is_array: bool) -> Column:
    brackets = sql.SQL("[]" if is_array else "")
    type_ = sql.SQL("{}{}").format(_TYPES[known], brackets)
    value: sql.Composable = sql.Identifier(name)
    if kind in _WITH_NAN:
        without = "array_replace({}, 'NaN', NULL)" if is_array else "nullif({}, 'NaN')"
        value = sql.SQL(without).format(value)
    if kind == "float4":
        # By its text, which has the shortest number that reads back the same: 0.1 is not to become 0.10000000149.
        value = sql.SQL("{}::text{}").format(value, brackets)
    return Column(name, type_, sql.SQL("{}::{}").format(value, type_))

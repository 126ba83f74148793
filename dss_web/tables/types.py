"""The types of columns: what Postgres says of them, and the names by which clients know them."""

from dataclasses import dataclass
from typing import Any, Final

import psycopg

from dss_web.configuration import TypeNames

# Types with smaller oids come with Postgres and never change.
FIRST_USER_OID: Final = 16384

_TEXTS: Final = frozenset({"text", "varchar", "bpchar", "char", "name", "citext"})
_NAMES: Final = {
    "int2": "INTEGER",
    "int4": "INTEGER",
    "int8": "BIGINT",
    "numeric": "NUMERIC",
    "float4": "FLOAT",
    "float8": "FLOAT",
    "bool": "BOOLEAN",
    "date": "DATE",
}
_ENUM = "e"

# Of a domain that is an array's element, what it is made over in the end; of a column's, Postgres tells that itself.
_LOOK_UP = """
    WITH RECURSIVE element AS (
        SELECT typarray AS of_array, oid, typbasetype FROM pg_type WHERE typarray = ANY (%(oids)s)
        UNION ALL
        SELECT element.of_array, base.oid, base.typbasetype
        FROM element JOIN pg_type base ON base.oid = element.typbasetype
    )
    SELECT own.oid, told.typname::text, told.typtype::text, format_type(told.oid, NULL), element.oid IS NOT NULL
    FROM pg_type own
    LEFT JOIN element ON element.of_array = own.oid AND element.typbasetype = 0
    JOIN pg_type told ON told.oid = coalesce(element.oid, own.oid)
    WHERE own.oid = ANY (%(oids)s)
"""


@dataclass(frozen=True)
class ColumnType:
    """`name`, `kind` and `words` are pg_type's typname, typtype and SQL name; of an array, those of its elements."""

    name: str
    kind: str
    words: str
    is_array: bool


_built_in: dict[int, ColumnType] = {}


def types_of(connection: psycopg.Connection[Any], oids: set[int]) -> dict[int, ColumnType]:
    """What the types are. Only those that come with Postgres are remembered: the others may be made anew."""
    if unknown := oids - _built_in.keys():
        found = {oid: ColumnType(*rest) for oid, *rest in connection.execute(_LOOK_UP, {"oids": list(unknown)})}
        _built_in.update({oid: type_ for oid, type_ in found.items() if oid < FIRST_USER_OID})
        return {**_built_in, **found}
    return _built_in


def name_for_clients(column: ColumnType, names: TypeNames) -> str:
    """The type's name in table-structure."""
    if names is TypeNames.FLASK:
        if column.is_array:
            return "ARRAY"
        if column.name in {"timestamp", "timestamptz"}:
            return "TIMESTAMP"
    is_text = column.kind == _ENUM or column.name in _TEXTS
    name = "TEXT" if is_text else _NAMES.get(column.name) or column.words.upper()
    return f"{name}[]" if column.is_array else name

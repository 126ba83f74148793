"""The types of columns, as Postgres tells them."""

from dataclasses import dataclass
from typing import Any, Final

import psycopg

# Types with smaller oids come with Postgres and never change.
FIRST_USER_OID: Final = 16384

# The type of each oid; for an array, that of its elements. If those are a domain, `element` follows typbasetype down to
# the type that it is over. A column's own domain need not be followed: the protocol names its base type.
_SELECT_TYPES = """
    WITH RECURSIVE element AS (
        SELECT typarray AS of_array, oid, typbasetype FROM pg_type WHERE typarray = ANY (%(oids)s)
        UNION ALL
        SELECT element.of_array, base.oid, base.typbasetype
        FROM element JOIN pg_type base ON base.oid = element.typbasetype
    )
    SELECT own.oid, resolved.typname::text, resolved.typtype::text, format_type(resolved.oid, NULL),
        element.oid IS NOT NULL,
        coalesce((SELECT max(length(enumlabel)) FROM pg_enum WHERE enumtypid = resolved.oid), 0)
    FROM pg_type own
    LEFT JOIN element ON element.of_array = own.oid AND element.typbasetype = 0
    JOIN pg_type resolved ON resolved.oid = coalesce(element.oid, own.oid)
    WHERE own.oid = ANY (%(oids)s)
"""


@dataclass(frozen=True)
class ColumnType:
    """`name`, `kind` and `sql_name` are pg_type's typname, typtype and format_type; of an array, its elements'.

    `longest_label` is the length of an enum's longest one, 0 for other types.
    """

    name: str
    kind: str
    sql_name: str
    is_array: bool
    longest_label: int = 0


_built_in: dict[int, ColumnType] = {}


def types_of(connection: psycopg.Connection[Any], oids: set[int]) -> dict[int, ColumnType]:
    """The types of these oids. Types that come with Postgres are cached; others may be dropped and created again."""
    if unknown := oids - _built_in.keys():
        rows = connection.execute(_SELECT_TYPES, {"oids": list(unknown)})
        types = {oid: ColumnType(*columns) for oid, *columns in rows}
        _built_in.update({oid: type_ for oid, type_ in types.items() if oid < FIRST_USER_OID})
        return {**_built_in, **types}
    return _built_in

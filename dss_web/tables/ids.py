"""The column `id`, by which rows are ordered and told apart: its types, its values, and what is wrong with it.

Only integers are made by the loader. Text and UUIDs are of tables that others have made; the Flask service paged by
whatever `id` was. It compared one column, so that a key of several columns, in which `id` repeats, gave rows twice or
went round for ever: such a table is refused.
"""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final
from uuid import UUID

from dss_web.http.errors import BadRequest, Unprocessable
from dss_web.tables.relation import Column, Relation
from dss_web.tables.types import ColumnType

# What a row's id is on its way to `next` and back.
Id = int | str

INTEGERS: Final = frozenset({"int2", "int4", "int8"})
TEXTS: Final = frozenset({"text", "varchar", "bpchar"})
# Their text is read back as the same value, and equal values have the same text.
_TYPES: Final = INTEGERS | TEXTS | {"uuid"}
# Of an id that an error shows.
_SHOWN_CHARACTERS: Final = 60

_QUOTED: Final = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)


def id_column(relation: Relation) -> Column:
    """The column by which the table is paged. Raises Unprocessable if there is none, or its type will not do."""
    column = next((column for column in relation.row_type.columns if column.name == "id"), None)
    if column is None:
        # The Flask service's own words, which clients may know.
        raise Unprocessable("The table must have an id column")
    if column.type.is_array or column.type.name not in _TYPES:
        raise wrong_id(relation, f"has the type {column.type.sql_name}{'[]' if column.type.is_array else ''}")
    return column


def require_integer_id(relation: Relation) -> None:
    """Raise Unprocessable unless the table's `id` is an integer, which an export's receipt can hold."""
    column = id_column(relation)
    if column.type.name not in INTEGERS:
        raise Unprocessable(
            f"The id column of {relation} has the type {column.type.sql_name}, and exports need an integer: read the "
            "table by pages"
        )


def wrong_id(relation: Relation, found: str) -> Unprocessable:
    """The error of a table with an `id` by which it cannot be paged."""
    return Unprocessable(
        f"The id column of {relation} {found}, so that the table cannot be read in pages: it must be unique, not null, "
        "and an integer, text or a UUID"
    )


def require_unique(relation: Relation, ids: Iterable[Id | None]) -> None:
    """Raise Unprocessable if one of these ids, which are in their order, is NULL or repeats."""
    ids = list(ids)
    if None in ids:
        raise wrong_id(relation, "is NULL in a row")
    if repeated := next((earlier for earlier, later in pairwise(ids) if earlier == later), None):
        raise wrong_id(relation, f"has the value {str(repeated)[:_SHOWN_CHARACTERS]} in several rows")


def parse_id(column: Column, text: str) -> Id:
    """The id that a client sends in `next-id`. Raises BadRequest for what is none of the column's type."""
    if column.type.name in INTEGERS:
        try:
            # As the Flask service read it: with white space around it, which a plus sign in a URL stands for.
            return int(text)
        except ValueError:
            raise BadRequest("next-id must be an integer") from None
    if column.type.name == "uuid":
        try:
            return str(UUID(text))
        except ValueError:
            raise BadRequest("next-id must be a UUID") from None
    if "\0" in text:
        raise BadRequest("next-id must be text without the character NUL")
    return text


def id_of_cell(row: bytes, separator: bytes) -> Id | None:
    """The id at the beginning of a row of COPY, None if it is NULL: an integer bare, everything else in quotes."""
    if quoted := _QUOTED.match(row):
        return _ESCAPED.sub(rb"\1", quoted[1]).decode()
    cell = row.partition(separator)[0].rstrip(b"\n")
    return None if cell == b"null" else int(cell)


def is_quoted(column: ColumnType) -> bool:
    """Whether an id of this type is in quotes in a row of COPY, where it may hold any character."""
    return column.name not in INTEGERS

"""What the columns of a table hold: examples, how much is empty, the smallest and the largest value.

Of a large table a sample is looked at, since counting ten million rows takes seconds: a few rows at each of two hundred
places, spread over all ids, with the first and the last rows among them. What was found is kept in memory, by the
table's version, and nowhere else: a dataset that is deleted leaves no values behind.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from psycopg import sql

from dss_web.tables.columns import Selection, visible_columns
from dss_web.tables.ids import require_integer_id
from dss_web.tables.relation import Relation
from dss_web.tables.served_table import ServedTable
from dss_web.tables.types import ColumnType

# Two thousand rows of fifty columns take 60 ms, once for a version of a table; ten thousand are looked at as a whole.
PLACES: Final = 200
ROWS_AT_EACH: Final = 10
LOOKED_AT_AS_A_WHOLE: Final = 10_000
# A view that no index serves takes longer; its page then does without.
_MILLISECONDS: Final = 2000
_EXAMPLES: Final = 3
# Of how many rows examples are taken.
_EXAMPLE_ROWS: Final = 200
# Enough to recognise a value by.
_CHARACTERS: Final = 60
# Some ten kilobytes each.
_KEPT: Final = 200

_ORDERED: Final = frozenset(
    [
        "int2",
        "int4",
        "int8",
        "numeric",
        "float4",
        "float8",
        "date",
        "timestamp",
        "timestamptz",
        "time",
        "timetz",
        "interval",
        "text",
        "varchar",
        "bpchar",
    ]
)


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What a column holds, of the rows that were looked at. `empty` is a share from 0 to 1.

    `smallest` and `largest` are '' where values of the type have no order, all are empty, or they must not be shown.
    """

    empty: float
    smallest: str = ""
    largest: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableFacts:
    """The columns by their names, and how many `rows` were looked at: all of them if it `is_whole`."""

    rows: int = 0
    is_whole: bool = True
    columns: dict[str, ColumnFacts] = field(default_factory=dict)


_Key = tuple[str, str, int, bool]
_known: OrderedDict[_Key, TableFacts] = OrderedDict()
_guard: Final = threading.Lock()

# Relies on an index on id for both. The places are spread over the ids and not over the rows, which comes to the same
# unless many rows were removed; rows at two places at once count once.
_BOUNDS: Final = sql.SQL('SELECT min("id"), max("id") FROM {table}')
_LOOK: Final = sql.SQL("""
    WITH place AS (
        SELECT DISTINCT {low}::bigint + (({high}::numeric - {low}) * number / {last})::bigint AS start
        FROM generate_series(0, {last}) AS number
    ), near AS MATERIALIZED (
        SELECT DISTINCT ON (near.dss_id) near.* FROM place CROSS JOIN LATERAL (
            SELECT "id" AS dss_id, {columns} FROM {table} WHERE "id" >= place.start ORDER BY "id" LIMIT {rows}
        ) AS near
    ), sample AS (SELECT row_number() OVER () AS number, * FROM near)
    SELECT count(*), json_build_array({facts}) FROM sample
""")
# Each column is one array, since a function takes a hundred arguments: see `_facts`.
_ARRAYS: Final = 50


def facts_about(relation: Relation, table: ServedTable, *, with_values: bool) -> TableFacts | None:
    """What the columns of an open table hold; None where that takes too long. Without values it says what is empty.

    Raises Unprocessable for a table without an id.
    """
    require_integer_id(relation)
    if relation.version is None:
        return _look(relation, table, with_values=with_values)
    key = (table.schema, table.name, relation.version.number, with_values)
    with _guard:
        if known := _known.get(key):
            _known.move_to_end(key)
            return known
    found = _look(relation, table, with_values=with_values)
    if found:
        with _guard:
            _known[key] = found
            while len(_known) > _KEPT:
                _known.popitem(last=False)
    return found


def _look(relation: Relation, table: ServedTable, *, with_values: bool) -> TableFacts | None:
    visible = visible_columns(relation.row_type, table.hidden, table.casing)
    connection = relation.connection
    try:
        with connection.transaction():
            connection.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(_MILLISECONDS))
            bounds = connection.execute(_BOUNDS.format(table=relation.identifier)).fetchone()
            if not bounds or bounds[0] is None:
                return TableFacts()
            low, high = bounds
            is_whole = high - low < LOOKED_AT_AS_A_WHOLE
            statement = _statement(relation, visible, low, high, is_whole=is_whole, with_values=with_values)
            row = connection.execute(statement).fetchone()
    except psycopg.errors.QueryCanceled:
        return None
    rows, groups = row or (0, [])
    cells = [cell for group in groups for cell in group]
    columns = zip((column.key for column in visible.columns), cells, strict=True)
    return TableFacts(rows, is_whole, {name: _read(cell, rows) for name, cell in columns})


def _statement(
    relation: Relation, visible: Selection, low: int, high: int, *, is_whole: bool, with_values: bool
) -> sql.Composed:
    aliases = [sql.Identifier(f"c{number}") for number in range(len(visible.columns))]
    columns = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(sql.Identifier(column.column.name), alias)
        for column, alias in zip(visible.columns, aliases, strict=True)
    )
    step = max(1, (high - low + 1 if is_whole else PLACES * ROWS_AT_EACH) // _EXAMPLE_ROWS)
    facts = [
        _facts(column.type, alias, step, with_values=with_values)
        for column, alias in zip(visible.columns, aliases, strict=True)
    ]
    arrays = [
        sql.SQL("json_build_array({})").format(sql.SQL(", ").join(facts[start : start + _ARRAYS]))
        for start in range(0, len(facts), _ARRAYS)
    ]
    return _LOOK.format(
        table=relation.identifier,
        low=sql.Literal(low),
        high=sql.Literal(high),
        last=sql.Literal(1 if is_whole else PLACES - 1),
        rows=sql.Literal(LOOKED_AT_AS_A_WHOLE if is_whole else ROWS_AT_EACH),
        columns=columns,
        facts=sql.SQL(", ").join(arrays),
    )


def _facts(type_: ColumnType, column: sql.Identifier, step: int, *, with_values: bool) -> sql.Composable:
    """An array: how many values there are and, if they may be shown, the smallest, the largest, and different ones."""
    filled = sql.SQL("count(*) FILTER (WHERE {column}::text <> '')").format(column=column)
    if not with_values:
        return sql.SQL("json_build_array({})").format(filled)
    is_ordered = type_.name in _ORDERED and not type_.is_array
    ends = sql.SQL("left(min({column})::text, {n}), left(max({column})::text, {n})" if is_ordered else "NULL, NULL")
    examples = sql.SQL(
        "(array_agg(DISTINCT left({column}::text, {n})) FILTER (WHERE {column}::text <> '' AND number % {step} = 0))"
    )
    return sql.SQL("json_build_array({filled}, {ends}, {examples})").format(
        filled=filled,
        ends=ends.format(column=column, n=sql.Literal(_CHARACTERS)),
        examples=examples.format(column=column, n=sql.Literal(_CHARACTERS), step=sql.Literal(step)),
    )


def _read(cell: list[Any], rows: int) -> ColumnFacts:
    filled, smallest, largest, found = (*cell, None, None, None)[:4]
    found = found or [value for value in (smallest, largest) if value]
    # Spread over what was found, which is in alphabetical order.
    examples = [found[number * len(found) // _EXAMPLES] for number in range(_EXAMPLES)] if found else []
    empty = 1 - filled / rows if rows else 0.0
    return ColumnFacts(empty, smallest or "", largest or "", tuple(dict.fromkeys(examples)))

"""Some rows of a table, for a person who looks at them: a page after another, filtered, or in another order.

However large the table is, what is looked at is bounded. Pages go by id. A filter or an order that an index serves is
asked of the whole table; any other one of a window of rows, and the page says so.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import errors, sql

from dss_web.catalogue.conditions import Condition, are_served
from dss_web.tables.columns import OutputColumn, Selection
from dss_web.tables.copy_out import MAX_ID, all_rows, copy_of
from dss_web.tables.ids import require_integer_id
from dss_web.tables.json_rows import JsonRows, Orientation
from dss_web.tables.relation import Relation

ROWS: Final = 50
# Columns beside one another. More are no preview, and a person chooses none of a thousand by scrolling.
COLUMNS: Final = 60
# Looking at so many rows takes 20 to 50 ms, whether a filter finds something among them or not.
WINDOW: Final = 25_000
# Where an index serves a filter, it may still be a poor one: the window is looked at instead.
_INDEX_MILLISECONDS: Final = 300
_MILLISECONDS: Final = 5000
_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Order:
    """By which column rows are shown, instead of by their ids."""

    column: OutputColumn
    is_descending: bool

    @property
    def parameter(self) -> str:
        """The value of the parameter `sort` that asks for it."""
        return f"{'-' if self.is_descending else ''}{self.column.key}"


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """The rows that a person asks for: those of all `conditions`, from `first_id` on or in an `order`."""

    selection: Selection
    conditions: Sequence[Condition] = ()
    order: Order | None = None
    first_id: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """`rows` have a text for each of `columns`, '' for NULL. `next_id` is where the next page begins, None for none.

    `looked_at` is how many rows were looked at for a filter or an order, None where it was asked of all that there are.
    """

    columns: tuple[OutputColumn, ...]
    rows: list[list[str]]
    next_id: int | None = None
    looked_at: int | None = None


# Both rely on an index on id, by which the window is found. Columns that nothing asks for are not computed, although
# the window names all: it is no barrier to Postgres.
_WINDOW: Final = sql.SQL('(SELECT * FROM {table} t {where} ORDER BY t."id" LIMIT {limit})')
_WINDOW_END: Final = sql.SQL(
    'SELECT count(*), max("id") FROM (SELECT "id" FROM {table} WHERE "id" >= {first} ORDER BY "id" LIMIT {limit}) AS t'
)
# Rows are put in order before their values are made for COPY, which takes longer than finding them.
_COPY: Final = sql.SQL("""
    COPY (
        SELECT {values} FROM (SELECT * FROM {source} t {where} ORDER BY {order} LIMIT {limit}) t ORDER BY {order}
    ) TO STDOUT ({options})
""")


def preview(relation: Relation, asked: PreviewRequest) -> Preview:
    """The rows of an open table that were asked for. Raises Unprocessable, InvalidCondition and Unavailable."""
    require_integer_id(relation)
    _limit(relation, _MILLISECONDS)
    shown = Selection(asked.selection.columns[:COLUMNS])
    form = JsonRows(shown.columns, Orientation.TABULAR, id_is_quoted=False)
    is_served = are_served(relation, asked.conditions)
    if asked.order:
        rows, looked_at = _sorted(relation, asked, form, asked.order, is_served=is_served)
        return Preview(shown.columns, _texts(form, rows), looked_at=looked_at)
    if is_served:
        try:
            with relation.connection.transaction():
                if asked.conditions:
                    _limit(relation, _INDEX_MILLISECONDS)
                rows = all_rows(relation.connection, _whole(relation, asked, form))
            return Preview(shown.columns, _texts(form, rows[:ROWS]), _next_of(form, rows))
        except errors.QueryCanceled:
            if not asked.conditions:
                raise
    return _in_window(relation, asked, shown, form)


def _whole(relation: Relation, asked: PreviewRequest, form: JsonRows) -> sql.Composed:
    """The page, of all rows."""
    return copy_of(
        relation.identifier,
        form.values,
        form.options,
        first_id=asked.first_id,
        conditions=[condition.sql for condition in asked.conditions],
        limit=ROWS + 1,
    )


def _in_window(relation: Relation, asked: PreviewRequest, shown: Selection, form: JsonRows) -> Preview:
    """The page, of the next WINDOW rows."""
    first = min(asked.first_id, MAX_ID)
    window = _WINDOW.format(table=relation.identifier, where=_where([_from(first)]), limit=sql.Literal(WINDOW))
    rows = all_rows(
        relation.connection,
        _COPY.format(
            values=form.values,
            source=window,
            where=_where([condition.sql for condition in asked.conditions]),
            order=sql.SQL('t."id"'),
            limit=sql.Literal(ROWS + 1),
            options=form.options,
        ),
    )
    texts = _texts(form, rows[:ROWS])
    if next_id := _next_of(form, rows):
        return Preview(shown.columns, texts, next_id)
    looked_at, last_id = _window_end(relation, first)
    if looked_at < WINDOW:
        return Preview(shown.columns, texts)
    return Preview(shown.columns, texts, last_id + 1, looked_at)


def _sorted(
    relation: Relation, asked: PreviewRequest, form: JsonRows, order: Order, *, is_served: bool
) -> tuple[list[memoryview], int | None]:
    """The first rows in another order, and how many were looked at: None for all. Rows without a value are left out."""
    column = sql.Identifier("t", order.column.column.name)
    by = sql.SQL("{} {}").format(column, sql.SQL("DESC" if order.is_descending else "ASC"))
    filled = sql.SQL("{} IS NOT NULL").format(column)
    conditions = [condition.sql for condition in asked.conditions]

    def read(source: sql.Composable, where: Sequence[sql.Composable]) -> list[memoryview]:
        statement = _COPY.format(
            values=form.values,
            source=source,
            where=_where([*where, filled]),
            order=by,
            limit=sql.Literal(ROWS),
            options=form.options,
        )
        return all_rows(relation.connection, statement)

    if is_served and (conditions or _is_order_served(relation, by, filled)):
        try:
            with relation.connection.transaction():
                _limit(relation, _INDEX_MILLISECONDS)
                return read(relation.identifier, conditions), None
        except errors.QueryCanceled:
            pass
    looked_at, _ = _window_end(relation, -MAX_ID)
    window = _WINDOW.format(table=relation.identifier, where=_where([]), limit=sql.Literal(WINDOW))
    return read(window, conditions), looked_at if looked_at >= WINDOW else None


def _is_order_served(relation: Relation, by: sql.Composable, filled: sql.Composable) -> bool:
    """Whether an index has the rows in this order, so that Postgres need not sort them."""
    with relation.connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("EXPLAIN (FORMAT JSON) SELECT FROM {} t WHERE {} ORDER BY {} LIMIT {}").format(
                relation.identifier, filled, by, sql.Literal(ROWS)
            )
        )
        row = cursor.fetchone()
    return row is not None and "Sort" not in json.dumps(row[0])


def _window_end(relation: Relation, first: int) -> tuple[int, int]:
    """How many rows the window from an id on has, and the id of its last one."""
    row = relation.connection.execute(
        _WINDOW_END.format(table=relation.identifier, first=sql.Literal(first), limit=sql.Literal(WINDOW))
    ).fetchone()
    return row if row and row[0] else (0, first)


def _from(first_id: int) -> sql.Composable:
    return sql.SQL('t."id" >= {}').format(sql.Literal(first_id)) if first_id > 0 else sql.SQL("true")


def _where(conditions: Sequence[sql.Composable]) -> sql.Composable:
    return sql.SQL("WHERE {}").format(sql.SQL(" AND ").join(conditions)) if conditions else sql.SQL("")


def _limit(relation: Relation, milliseconds: int) -> None:
    relation.connection.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(milliseconds))


def _next_of(form: JsonRows, rows: Sequence[memoryview]) -> int | None:
    """The id of the row after the page, if one was read."""
    if len(rows) <= ROWS:
        return None
    (following,) = form.ids(rows[ROWS : ROWS + 1])
    return following if isinstance(following, int) else None


def _texts(form: JsonRows, rows: Sequence[memoryview]) -> list[list[str]]:
    body = b"".join([b"[", *form.chunks(rows, b","), b"]"])
    # Numbers as they are written: a float would lose digits of a decimal number.
    values: list[list[Any]] = json.loads(body, parse_float=str, parse_int=str)
    return [[_text(value) for value in row] for row in values]


def _text(value: Any) -> str:
    """A value as people read it: as the API writes it, and not longer than a cell may be."""
    match value:
        case None:
            return ""
        case str():
            text = value
        case _:
            text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS]}…"

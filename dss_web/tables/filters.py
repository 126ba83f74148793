"""Conditions on columns: `column=value` and `column.gte=value`, for columns with an index.

Postgres's planner decides whether an index serves a condition: it knows about views, expressions and types what no
catalog says.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from psycopg import errors, sql

from dss_web.http.errors import BadRequest
from dss_web.tables.columns import OutputColumn, Selection
from dss_web.tables.relation import Relation

# The operators of parameters, and SQL's.
OPERATORS: Final = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}

# Without sequential scans the planner uses an index wherever it can. A condition that no index serves remains in the
# plan as a Filter. The last statement restores the setting for the query of the page.
_EXPLAIN = sql.SQL("""
    SET LOCAL enable_seqscan = off;
    EXPLAIN (FORMAT JSON) SELECT FROM {table} AS t WHERE {condition};
    SET LOCAL enable_seqscan TO DEFAULT;
""")
# A value that the planner does not know: the plan is the one for any value of the column's type.
_ANY_VALUE = sql.SQL("""t.{column} = (SELECT other.{column} FROM {table} AS other LIMIT 1)""")


@dataclass(frozen=True)
class Filter:
    """One condition of a request: `parameter` is `key` or `key.operator`."""

    parameter: str
    column: OutputColumn
    operator: str
    value: str

    @property
    def condition(self) -> sql.Composable:
        """SQL over `t`. COPY takes no parameters: libpq quotes the value, and Postgres gives it the column's type."""
        return sql.SQL("t.{} {} {}").format(
            sql.Identifier(self.column.column.name), sql.SQL(OPERATORS[self.operator]), sql.Literal(self.value)
        )


def parse_filters(visible: Selection, parameters: Iterable[tuple[str, str]]) -> list[Filter]:
    """The filters among a request's parameters, which are names and values.

    A name that is neither a column's key nor `something.operator` is ignored, as all unknown parameters are. Raises
    BadRequest for an operator on an unknown column.
    """
    by_key = visible.by_key
    filters = []
    for parameter, value in parameters:
        key, dot, operator = parameter.rpartition(".")
        if parameter in by_key:
            filters.append(Filter(parameter, by_key[parameter], "eq", value))
        elif dot and operator in OPERATORS:
            if key not in by_key:
                raise BadRequest(f"{parameter}: the table has no column {key}. It has: {', '.join(by_key)}")
            filters.append(Filter(parameter, by_key[key], operator, value))
    return filters


def check_filters(relation: Relation, visible: Selection, filters: Iterable[Filter]) -> None:
    """Raise BadRequest unless an index serves each filter and each value has its column's type."""
    for filter_ in filters:
        try:
            is_served = is_served_by_index(relation, filter_.condition)
        except (errors.DataError, errors.UndefinedFunction) as error:
            raise BadRequest(
                f"{filter_.parameter}: {filter_.value!r} cannot be compared with a column of type "
                f"{filter_.column.type.sql_name}: {error.diag.message_primary}"
            ) from error
        if not is_served:
            filterable = ", ".join(filterable_columns(relation, visible)) or "none"
            raise BadRequest(
                f"{filter_.parameter}: rows of {relation} cannot be chosen by {filter_.column.key}. No index finds "
                f"them, and to look through all rows would take too long. Columns that can be used: {filterable}"
            )


def filterable_columns(relation: Relation, visible: Selection) -> Iterator[str]:
    """The keys of the columns that an index serves."""
    for column in visible.columns:
        condition = _ANY_VALUE.format(column=sql.Identifier(column.column.name), table=relation.identifier)
        try:
            with relation.connection.transaction():
                is_served = is_served_by_index(relation, condition)
        except errors.UndefinedFunction:  # a type without comparison
            continue
        if is_served:
            yield column.key


def is_served_by_index(relation: Relation, condition: sql.Composable) -> bool:
    """Whether an index finds the rows of an open table for which a condition over `t` holds.

    Raises psycopg.Error for a value that its column's type does not take: the transaction has then failed.
    """
    with relation.connection.cursor() as cursor:
        cursor.execute(_EXPLAIN.format(table=relation.identifier, condition=condition))
        while cursor.description is None:
            cursor.nextset()
        row = cursor.fetchone()
    assert row
    nodes = list(_nodes(row[0][0]["Plan"]))
    return any("Index Cond" in node for node in nodes) and not any("Filter" in node for node in nodes)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)

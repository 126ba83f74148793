"""What a person asks of a table's rows: conditions on its columns, and the order in which the rows are shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from psycopg import errors, sql

from dss_web.catalogue.type_titles import type_title
from dss_web.tables.columns import OutputColumn, Selection
from dss_web.tables.filters import is_served_by_index
from dss_web.tables.relation import Relation


class Comparison(StrEnum):
    """How a column's values are compared. Those with a title in `TITLES` are offered in this order."""

    IS = "eq"
    STARTS_WITH = "prefix"
    AT_LEAST = "gte"
    AT_MOST = "lte"
    IS_EMPTY = "empty"
    IS_FILLED = "filled"

    @property
    def takes_value(self) -> bool:
        """Whether it compares with something."""
        return self not in {Comparison.IS_EMPTY, Comparison.IS_FILLED}


TITLES: Final = {
    Comparison.IS: "is",
    Comparison.STARTS_WITH: "starts with",
    Comparison.AT_LEAST: "is at least",
    Comparison.AT_MOST: "is at most",
    Comparison.IS_EMPTY: "is empty",
    Comparison.IS_FILLED: "is not empty",
}
_SQL: Final = {
    Comparison.IS: sql.SQL("{column} = {value}"),
    Comparison.STARTS_WITH: sql.SQL("{text} ^@ {value}"),
    Comparison.AT_LEAST: sql.SQL("{column} >= {value}"),
    Comparison.AT_MOST: sql.SQL("{column} <= {value}"),
    Comparison.IS_EMPTY: sql.SQL("({column} IS NULL OR {text} = '')"),
    Comparison.IS_FILLED: sql.SQL("{text} <> ''"),
}


class InvalidCondition(Exception):
    """What is asked cannot be asked of this table; the text says why, to the person."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on one column; `value` is '' where the comparison takes none."""

    column: OutputColumn
    comparison: Comparison
    value: str

    @property
    def parameter(self) -> str:
        """The value of the parameter `filter` that asks for it."""
        return f"{self.column.key}.{self.comparison}={self.value}"

    @property
    def title(self) -> str:
        """It in words, such as `postcode starts with AB1`."""
        return " ".join(filter(None, [self.column.key, TITLES[self.comparison], self.value]))

    @property
    def sql(self) -> sql.Composable:
        """It over `t`. COPY takes no parameters: libpq quotes the value, and Postgres gives it the column's type."""
        column = sql.Identifier("t", self.column.column.name)
        return _SQL[self.comparison].format(
            column=column, text=sql.SQL("{}::text").format(column), value=sql.Literal(self.value)
        )


def parse_conditions(visible: Selection, parameters: Iterable[str]) -> list[Condition]:
    """The conditions that values of the parameter `filter` ask for: `column.comparison=value`. Each is taken once.

    Raises InvalidCondition for what is none of them, or is about a column that the table does not have.
    """
    found = []
    for parameter in dict.fromkeys(parameters):
        name, _, value = parameter.partition("=")
        key, _, comparison = name.rpartition(".")
        if key not in visible.by_key:
            raise InvalidCondition(f"The table has no column “{key or name}”. Remove this filter.")
        if comparison not in list(Comparison):
            raise InvalidCondition(f"“{comparison}” is no way to compare values. Remove this filter.")
        chosen = Comparison(comparison)
        # Postgres holds no such character in any text.
        if "\0" in value:
            raise InvalidCondition(f"Enter a value for {key} without control characters")
        found.append(Condition(visible.by_key[key], chosen, value if chosen.takes_value else ""))
    return found


def are_served(relation: Relation, conditions: Sequence[Condition]) -> bool:
    """Whether an index serves each of the conditions; so that no other row is looked at.

    Raises InvalidCondition for a value that its column's type does not take.
    """
    served = True
    for condition in conditions:
        try:
            with relation.connection.transaction():
                served = is_served_by_index(relation, condition.sql) and served
        except (errors.DataError, errors.UndefinedFunction) as error:
            raise InvalidCondition(
                f"“{condition.value}” cannot be compared with {condition.column.key}, whose type is "
                f"{type_title(condition.column.type.sql_name).lower()}"
            ) from error
    return served

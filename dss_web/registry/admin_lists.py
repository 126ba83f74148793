"""Lists of the administration that stay quick beside fifty thousand rows: their number, and the values to filter by."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection
from psycopg import sql

if TYPE_CHECKING:  # generic only for the type checker
    AnyPaginator = Paginator[Any]
else:
    AnyPaginator = Paginator

# Fewer rows than this are counted within a millisecond or two, and people compare such numbers.
COUNTED_ROWS = 10_000


class EstimatingPaginator(AnyPaginator):
    """Pages of a list whose rows are counted only if they are few, or filtered: of all others Postgres knows about how
    many there are.
    """

    @cached_property
    def count(self) -> int:
        """How many rows there are, about."""
        query = getattr(self.object_list, "query", None)
        if query is not None and not query.where and not query.distinct:
            with connection.cursor() as cursor:
                # The name as Django quotes it, whose tables may be in other schemas.
                cursor.execute(
                    "SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)",
                    [connection.ops.quote_name(query.model._meta.db_table)],
                )
                found = cursor.fetchone()
            if found and found[0] > COUNTED_ROWS:
                return int(found[0])
        return super().count


class IndexedValuesFilter(admin.AllValuesFieldListFilter):
    """All values of a column with an index that begins with it, read by leaps from one to the next."""

    def __init__(self, field: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(field, *arguments, **options)
        self.lookup_choices = _Values(field.model._meta.db_table, field.column)  # type: ignore[assignment]


class _Values:
    """The values of a column, in order, as often as they are asked for."""

    def __init__(self, table: str, column: str) -> None:
        self._table, self._column = table, column

    def __iter__(self) -> Any:
        names = {"table": sql.SQL(connection.ops.quote_name(self._table)), "column": sql.Identifier(self._column)}
        # Relies on an index over the column: the cost grows with the number of values, and not with that of rows.
        statement = sql.SQL(
            """
            WITH RECURSIVE known (value) AS (
                SELECT min({column}) FROM {table}
                UNION ALL
                SELECT (SELECT min({column}) FROM {table} WHERE {column} > value) FROM known WHERE value IS NOT NULL
            )
            SELECT value FROM known WHERE value IS NOT NULL
            """
        ).format(**names)
        with connection.cursor() as cursor:
            cursor.execute(statement.as_string())
            return iter([value for (value,) in cursor.fetchall()])

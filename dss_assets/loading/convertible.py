"""Whether L1 can be made of the rows of L0: each value fits its conversion, so that reading L1 never fails."""

from collections.abc import Mapping
from typing import NamedTuple

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Chosen, Dataset
from dss_assets.errors import InvalidRow
from dss_assets.loading.declared_sql import declared_sql
from dss_assets.loading.tables import Tables
from dss_assets.loading.views import applied
from dss_assets.parsing import Rows


class Unconvertible(NamedTuple):
    """A value that L1 cannot convert, and the id of its row in L0."""

    id: int
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        """As an error goes on after the place: `column doterm: found …, expected …`."""
        return f"column {self.column}: found {self.value!r}, expected {self.expected}"


def validate_l1(connection: Connection, tables: Tables, first_id: int, rows: Rows) -> None:
    """Raise InvalidRow unless L1 can be made of each row from `first_id` on."""
    first = sql.Literal(first_id)
    number = sql.SQL("CASE WHEN id >= {} THEN id - {} + 1 END").format(first, first)
    require_keys(connection, tables.dataset, tables.l0, number, rows)
    if fault := find_unconvertible(connection, tables, first_id):
        place = rows.place_of_row(fault.id - first_id + 1)
        raise InvalidRow(f"{place}, {fault}. Nothing was loaded.")


def require_keys(
    connection: Connection, dataset: Dataset, table: sql.Composable, number: sql.Composable, rows: Rows
) -> None:
    """Raise InvalidRow unless each row of a table has the values by which L1 chooses among rows, if it does.

    `number` is the expression for the number of a row in its file.
    """
    if not isinstance(dataset.l1, Chosen):
        return
    names = sql.SQL(", ").join(map(sql.Identifier, dataset.l1.key))
    found = connection.execute(
        sql.SQL("SELECT min({}) FROM {} WHERE num_nulls({}) > 0").format(number, table, names)
    ).fetchone()
    if found and found[0] is not None:
        raise InvalidRow(
            f"{rows.place_of_row(found[0])}: expected a value in each of {', '.join(dataset.l1.key)}, by which rows "
            "are chosen. Nothing was loaded."
        )


def find_unconvertible(
    connection: Connection, tables: Tables, first_id: int, present: Mapping[str, str] | None = None
) -> Unconvertible | None:
    """The first value in the rows from `first_id` on that its conversion does not take.

    `present` are the columns that L0 has at present by their declared names, all of the declared ones if None.
    """
    names = {column.name: column.name for column in tables.dataset.columns} if present is None else present
    checked = [
        (column.source, names[column.source], column.conversion)
        for column in tables.dataset.conversions
        if column.conversion.valid and column.source in names
    ]
    if not checked:
        return None
    invalid = sql.SQL(" OR ").join(
        sql.SQL("NOT ({})").format(applied(conversion.valid or "", sql.Identifier(name)))
        for _, name, conversion in checked
    )
    with declared_sql(tables.dataset):
        found = _first_id(connection, tables, first_id, invalid)
    if found is None:
        return None
    values = connection.execute(
        sql.SQL("SELECT {} FROM {} WHERE id = %s").format(
            sql.SQL(", ").join(sql.Identifier(name) for _, name, _ in checked), tables.l0
        ),
        [found],
    ).fetchone()
    assert values
    for (source, _, conversion), value in zip(checked, values, strict=True):
        wrong = connection.execute(
            sql.SQL("SELECT NOT ({})").format(applied(conversion.valid or "", sql.SQL("%(value)s::text"))),
            {"value": value},
        ).fetchone()
        if wrong and wrong[0]:
            return Unconvertible(found, source, value, conversion.expected)
    raise AssertionError(f"row {found} of {tables.dataset.key} is invalid, and none of its values is")


def _first_id(connection: Connection, tables: Tables, first_id: int, invalid: sql.Composed) -> int | None:
    """The least id from `first_id` on of a row that is invalid.

    Nearly always there is none, and all rows are looked at: by two processes, each over a part of the pages. Asked for
    the first row, or for min(id), Postgres goes through the index with one, which takes three times as long.
    """
    with connection.transaction():
        # One beside our own, so that the API has its share of two cores.
        connection.execute("SET LOCAL max_parallel_workers_per_gather = 1")
        row = connection.execute(
            sql.SQL("SELECT min(id + 0) FROM {} WHERE id >= %s AND ({})").format(tables.l0, invalid), [first_id]
        ).fetchone()
    return row[0] if row else None

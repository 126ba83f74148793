"""Whether L1 can be made of the rows of L0: each value fits its conversion, so that reading L1 never fails."""

from collections.abc import Mapping
from typing import NamedTuple

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.errors import InvalidFile
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
    """Raise InvalidFile unless each row from `first_id` on can be converted."""
    if fault := find_unconvertible(connection, tables, first_id):
        place = rows.place_of_row(fault.id - first_id + 1)
        raise InvalidFile(f"{place}, {fault}. Nothing was loaded.")


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

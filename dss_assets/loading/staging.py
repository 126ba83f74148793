"""The tables in which a derived L1 is made, beside the one that is read.

"organisation.dataset"."L1.staging"  the rows so far; its comment says of what they are made
"organisation.dataset"."L1.units"    the units that are done, each in the transaction of its rows

Both outlive a process that dies, so that the next one goes on with the units that are missing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Dataset, Derived, Part
from dss_assets.errors import InvalidDerivation
from dss_assets.loading import change_tracking
from dss_assets.loading.recipe import Recipe, Unit, derivation_of

# For the transactions of a batch. Compiling costs more than it saves, since each statement runs for a second at most.
# The intermediate tables are new, so little is known of them: merge joins, which sort everything first, were chosen and
# took half as long again. Statistics of 3,000 rows serve as well as those of 30,000, which take longer than the query.
_SETTINGS: Final = sql.SQL(
    "SET LOCAL jit = off; SET LOCAL enable_mergejoin = off; SET LOCAL default_statistics_target = 10;"
    " SET LOCAL work_mem = '64MB'"
)
# Whoever reads L1 would wait behind us while we wait for one who reads it for minutes: we come back instead.
_SWAP_WAIT: Final = "500ms"


# Between the first ids of two units, so that ids go by the units whichever worker is first: no table has as many rows
# of one unit, and the ids of nine million units are still whole numbers in JavaScript.
ROOM: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Units that are computed in one transaction; `position` is that of the first of them among all units."""

    position: int
    units: Sequence[Unit]

    def __str__(self) -> str:
        """The first and the last of them."""
        return str(self.units[0]) if len(self.units) == 1 else f"{self.units[0]} to {self.units[-1]}"


class Staging:
    """The tables in which a derived L1 is made, beside the one that is read."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset, self.derived = dataset, derivation_of(dataset)
        self.rows = sql.Identifier(dataset.key, "L1.staging")
        self.units = sql.Identifier(dataset.key, "L1.units")
        self.l1 = sql.Identifier(dataset.key, "L1")

    def prepare(self, connection: Connection, recipe: Recipe) -> None:
        """Make the tables empty, unless they are there and by this recipe."""
        found = connection.execute(
            "SELECT obj_description(to_regclass(%s), 'pg_class')", [self.rows.as_string(connection)]
        ).fetchone()
        if found and found[0] == str(recipe):
            return
        with connection.transaction():
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self.dataset.key)))
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}, {}").format(self.rows, self.units))
            # The primary key comes last: an index that is built at once beats one that is filled row by row.
            connection.execute(create_table(self.derived, self.rows))
            connection.execute(
                sql.SQL("CREATE TABLE {} (unit {} PRIMARY KEY, rows bigint NOT NULL)").format(
                    self.units, sql.SQL(self.derived.unit_type)
                )
            )
            connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(self.rows, sql.Literal(str(recipe))))

    def done(self, connection: Connection) -> dict[Unit, int]:
        """The units that are done, each with its rows."""
        return dict(connection.execute(sql.SQL("SELECT unit, rows FROM {}").format(self.units)).fetchall())

    def fill_batch(self, connection: Connection, snapshot: str, batch: Batch) -> int:
        """Compute the rows of a batch from a snapshot of the inputs, in a transaction of its own; their number."""
        units = sql.SQL("{}::{}[]").format(sql.Literal(list(batch.units)), sql.SQL(self.derived.unit_type))
        with _reading(connection, snapshot):
            connection.execute(_SETTINGS)
            *intermediate, rows = self.derived.parts[1:]
            for part in intermediate:
                name = sql.Identifier(part.name)
                create = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT *").format(name)
                self._execute(connection, create, part, units)
                connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier("pg_temp", part.name)))
            columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in self.derived.columns)
            # Columns by name, whatever the order in which the SQL has them; rows numbered in the order of the SQL.
            insert = sql.SQL("INSERT INTO {} (id, {}) SELECT {} + row_number() OVER (), {}").format(
                self.rows, columns, sql.Literal(batch.position * ROOM), columns
            )
            counted = self._execute(connection, insert, rows, units)
            # The rows of a batch are counted at its first unit: a batch is done as a whole.
            connection.execute(
                sql.SQL(
                    "INSERT INTO {} SELECT unit, CASE position WHEN 1 THEN %s ELSE 0 END"
                    " FROM unnest({}) WITH ORDINALITY AS done (unit, position)"
                ).format(self.units, units),
                [counted],
            )
        return counted

    def _execute(self, connection: Connection, before: sql.Composed, part: Part, units: sql.Composable) -> int:
        """Execute the SELECT of a part with what is to become of its rows; their number."""
        try:
            return connection.execute(
                sql.SQL("{} FROM ({}) AS part").format(before, self.filled_in(part.sql, units))
            ).rowcount
        except (psycopg.ProgrammingError, psycopg.DataError, psycopg.IntegrityError) as error:
            raise InvalidDerivation(
                f"{self.dataset.key}.L1 was not made: Postgres refused the part '{part.name}' of its SQL: {error}. "
                "Correct the declaration; the table is made again when that or an input has changed."
            ) from error

    def filled_in(self, text: str, units: sql.Composable) -> sql.Composed:
        """The SQL of a part with its inputs and the units of a batch."""
        names = {one.name: sql.Identifier(one.dataset, one.table) for one in self.derived.inputs}
        return sql.SQL(text).format(**names, units=units)

    def finish(self, connection: Connection) -> None:
        """Give the filled table its primary key, unless it has it already."""
        found = connection.execute(
            "SELECT FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p'",
            [self.rows.as_string(connection)],
        ).fetchone()
        if not found:
            with connection.transaction():
                connection.execute(_SETTINGS)
                connection.execute("SET LOCAL maintenance_work_mem = '128MB'")
                connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (id)").format(self.rows))
            # The ids were not taken from the sequence.
            connection.execute(
                sql.SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {}").format(self.rows),
                [self.rows.as_string(connection)],
            )

    def swap(self, connection: Connection) -> None:
        """Put the table in L1's place, in the caller's transaction. Raises psycopg's LockNotAvailable."""
        connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(_SWAP_WAIT)))
        kind = connection.execute(
            "SELECT relkind::text FROM pg_class WHERE oid = to_regclass(%s)", [self.l1.as_string(connection)]
        ).fetchone()
        if kind:
            word = sql.SQL("VIEW" if kind[0] == "v" else "TABLE")
            connection.execute(sql.SQL("DROP {} {}").format(word, self.l1))
        connection.execute(sql.SQL("DROP TABLE {}").format(self.units))
        connection.execute(sql.SQL("COMMENT ON TABLE {} IS NULL").format(self.rows))
        connection.execute(sql.SQL('ALTER TABLE {} RENAME TO "L1"').format(self.rows))
        change_tracking.track_changes(connection, self.l1)


def create_table(derived: Derived, name: sql.Identifier) -> sql.Composed:
    """The statement that makes a table of the declared columns, with an id that is no primary key yet."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type)) for column in derived.columns
    )
    return sql.SQL("CREATE TABLE {} (id bigint GENERATED BY DEFAULT AS IDENTITY, {})").format(name, columns)


def create_empty(connection: Connection, dataset: Dataset) -> None:
    """Make an L1 without rows where there is none, so that clients see its columns before it is made."""
    l1 = sql.Identifier(dataset.key, "L1")
    found = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [l1.as_string(connection)]).fetchone()
    if found and not found[0]:
        connection.execute(create_table(derivation_of(dataset), l1))
        connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (id)").format(l1))
        change_tracking.track_changes(connection, l1)


@contextmanager
def _reading(connection: Connection, snapshot: str) -> Iterator[None]:
    """A transaction that sees what the one saw which exported the snapshot."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
        yield

"""Rows that belong together and are replaced together, whichever file brings them: a month, a year, a filing."""

from dataclasses import dataclass

from psycopg import sql

from dss_assets.database import Connection
from dss_assets.loading.change_log import delete_rows
from dss_assets.loading.change_tracking import delete_unseen_rows

# The units of a file that were there before it, while the file is loaded.
_SHARED = sql.Identifier("pg_temp", "shared_units")


@dataclass(frozen=True, slots=True)
class Units:
    """The units that a file brings, whose rows are those of `l0` from `first_id` on; the others were there before.

    `files` has the files that are loaded, without this one. `names` are the columns that name a unit, `columns` all
    that a file fills, with commas between. `views` are those over `l0` that have its ids.
    """

    l0: sql.Identifier
    files: sql.Identifier
    names: tuple[str, ...]
    columns: sql.Composed
    first_id: int
    views: tuple[sql.Identifier, ...] = ()

    def settle(self, connection: Connection, newer_files: list[str]) -> int:
        """Let each unit be there once; how many rows of the file were left out for those of `newer_files`.

        What a newer file brought stays. So does a unit that has the same rows already, with their ids: clients need not
        read them again. Of every other unit the rows that were there go. What that costs grows with the units that are
        there already, and not with the table.
        """
        if not self._are_there(connection):
            return 0
        connection.execute(self._sql("CREATE TEMPORARY TABLE shared_units ON COMMIT DROP AS {shared}"))
        connection.execute(sql.SQL("ANALYZE {}").format(_SHARED))
        superseded = 0
        if newer_files:
            superseded = delete_unseen_rows(connection, self.l0, self._of_files(newer_files))
        delete_unseen_rows(connection, self.l0, self._unchanged())
        delete_rows(connection, self.l0, self._replaced(), *self.views)
        # Several files may be loaded in one transaction.
        connection.execute(sql.SQL("DROP TABLE {}").format(_SHARED))
        return superseded

    def _are_there(self, connection: Connection) -> bool:
        """Whether any of the units was brought by another file."""
        # The units of a first file are not even looked for, which takes a tenth of the time of its load.
        earlier = connection.execute(self._sql("SELECT EXISTS (SELECT FROM {files})")).fetchone()
        if not (earlier and earlier[0]):
            return False
        found = connection.execute(self._sql("SELECT EXISTS ({shared})")).fetchone()
        return bool(found and found[0])

    def _shared(self) -> sql.Composed:
        # The LIMIT lets Postgres look each unit up in the index. It would otherwise read all rows that were there.
        return sql.SQL(
            "SELECT brought.* FROM (SELECT DISTINCT {unit} FROM {l0} WHERE id >= {first}) AS brought"
            " CROSS JOIN LATERAL (SELECT FROM {l0} AS earlier WHERE id < {first} AND {same} LIMIT 1) AS known"
        ).format(
            l0=self.l0,
            unit=self._unit(),
            first=sql.Literal(self.first_id),
            same=self._same("earlier", "brought"),
        )

    def _of_files(self, names: list[str]) -> sql.Composed:
        return self._sql(
            "id >= {first} AND ({unit}) IN (SELECT {unit} FROM {l0} WHERE id < {first}"
            " AND ({unit}) IN (SELECT {unit} FROM {units}) AND datafile_created = ANY ({names}))",
            names=sql.Literal(names),
        )

    def _unchanged(self) -> sql.Composed:
        # A unit is the same if it has as many rows as before with the same sums of two hashes, in any order.
        return self._sql("""
            id >= {first} AND ({unit}) IN (
                SELECT {unit} FROM (
                    SELECT {unit}, count(*) AS size, sum(hashtextextended(text, 0)) AS one,
                        sum(hashtextextended(text, 1)) AS other
                    FROM (
                        SELECT {unit}, id >= {first} AS is_new, ROW({columns})::text AS text FROM {l0}
                        WHERE ({unit}) IN (SELECT {unit} FROM {units})
                    ) AS known
                    GROUP BY {unit}, is_new
                ) AS counted
                GROUP BY {unit}
                HAVING count(*) = 2 AND min(size) = max(size) AND min(one) = max(one) AND min(other) = max(other)
            )
        """)

    def _replaced(self) -> sql.Composed:
        # The rows of the file that have gone by now count no longer.
        return self._sql(
            "id < {first} AND ({unit}) IN (SELECT {unit} FROM {units} AS shared WHERE EXISTS"
            " (SELECT FROM {l0} AS brought WHERE brought.id >= {first} AND {same}))",
            same=self._same("brought", "shared"),
        )

    def _same(self, one: str, other: str) -> sql.Composed:
        """The condition that two rows, by their aliases, are of the same unit."""
        return sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(sql.Identifier(one, name), sql.Identifier(other, name)) for name in self.names
        )

    def _unit(self) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, self.names))

    def _sql(self, text: str, **values: sql.Composable) -> sql.Composed:
        return sql.SQL(text).format(
            l0=self.l0,
            files=self.files,
            unit=self._unit(),
            units=_SHARED,
            shared=self._shared(),
            columns=self.columns,
            first=sql.Literal(self.first_id),
            **values,
        )

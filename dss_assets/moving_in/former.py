"""The tables of the Flask service, as its database has them: real ones, L1 too, with an `id` of type integer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import sql

from dss_assets.database import Connection
from dss_web.shared.contract import TABLE_VERSION
from dss_web.shared.former import aside_name


@dataclass(frozen=True, slots=True)
class FormerTable:
    """One of its tables: where it is now, and the types of its columns by their names."""

    identifier: sql.Identifier
    columns: dict[str, str]


class FormerDatabase:
    """Its database, over a connection in autocommit mode. `is_in_place`: it is the one of this service as well."""

    def __init__(self, connection: Connection, *, is_in_place: bool) -> None:
        self.connection, self.is_in_place = connection, is_in_place

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One state of the database for all that is read within; nothing is written."""
        with self.connection.transaction():
            self.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield

    def schema(self, name: str) -> str | None:
        """What its schema of this name is called now; None where there is none, or only ours."""
        if not self.is_in_place:
            return name
        aside = aside_name(name)
        if self._has_schema(aside):
            return aside
        return None if self._is_ours(name) else name

    def table(self, schema: str, name: str) -> FormerTable | None:
        """A table; None where there is none, which a view is not."""
        where = self.schema(schema)
        if where is None:
            return None
        identifier = sql.Identifier(where, name)
        columns = self.connection.execute(
            "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
            " WHERE attrelid = to_regclass(%s) AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped"
            " ORDER BY attnum",
            [identifier.as_string(self.connection)],
        ).fetchall()
        return FormerTable(identifier, dict(columns)) if columns else None

    def uploaded_datasets(self) -> list[tuple[str, str]]:
        """Organisation and dataset of those that staff fill by uploading."""
        where = self.schema("public")
        if self.is_in_place and not self._has_schema(aside_name("public")):
            where = "public"
        return self.connection.execute(
            sql.SQL("SELECT organisation, dataset FROM {} ORDER BY organisation, dataset").format(
                sql.Identifier(where or "public", "pipeline")
            )
        ).fetchall()

    def scan(self, table: FormerTable) -> tuple[int, str]:
        """The number of a table's rows, and what changes with whatever is added to, changed in or removed from it.

        Every version of a row has the number of its transaction, which only grows.
        """
        row = self.connection.execute(
            sql.SQL("SELECT count(*), coalesce(max(xmin::text::bigint), 0) FROM {}").format(table.identifier)
        ).fetchone()
        assert row
        return row[0], f"{row[0]} {row[1]} {','.join(table.columns)}"

    def count(self, table: FormerTable | None) -> int:
        """The number of rows of a table, 0 where there is none."""
        if table is None:
            return 0
        row = self.connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table.identifier)).fetchone()
        return row[0] if row else 0

    def last_id(self, schema: str) -> int:
        """The greatest number that a sequence of a dataset's tables has given."""
        row = self.connection.execute(
            "SELECT coalesce(max(last_value), 0) FROM pg_sequences WHERE schemaname = %s", [self.schema(schema)]
        ).fetchone()
        return row[0] if row else 0

    def other_schemas(self, known: Sequence[str]) -> list[str]:
        """The schemas with tables or views of which this service knows nothing: nobody brings them."""
        rows = self.connection.execute(
            "SELECT DISTINCT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
            " WHERE relkind IN ('r', 'p', 'v', 'm') AND nspname <> ALL (%s) AND nspname !~ '^(pg_|flask |dss )'"
            " ORDER BY nspname",
            [[*known, "information_schema", "public", "operations", "admin"]],
        ).fetchall()
        return [name for (name,) in rows]

    def _has_schema(self, name: str) -> bool:
        found = self.connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", [name]).fetchone()
        return found is not None

    def _is_ours(self, schema: str) -> bool:
        """Whether a table of the schema is one whose changes this service tracks."""
        versions = sql.Identifier(*TABLE_VERSION)
        found = self.connection.execute("SELECT to_regclass(%s)", [versions.as_string(self.connection)]).fetchone()
        if not (found and found[0]):
            return False
        tracked = self.connection.execute(
            sql.SQL(
                "SELECT FROM {} JOIN pg_class ON pg_class.oid = relation WHERE relnamespace = to_regnamespace(%s)"
            ).format(versions),
            [sql.Identifier(schema).as_string(self.connection)],
        )
        return tracked.rowcount > 0

"""The keys and checks of released tables, and which row breaks one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import ForeignKey, Release, ReleasedTable
from dss_assets.errors import InvalidFile, InvalidRow
from dss_assets.loading.copy_in import copy_any_rows
from dss_assets.loading.row_rules import RowRule, quoted, rules_of_table
from dss_assets.parsing import ReleaseRows

_COPIED = sql.Identifier("pg_temp", "copied")
_LINE = sql.Identifier("dss line")  # no published column has a blank in its name


@dataclass(frozen=True, slots=True)
class StagedTables:
    """The tables of a release in the schema in which they are filled, and the rows from which that was done.

    `schema` is what messages call the schema.
    """

    connection: Connection
    release: Release
    rows: ReleaseRows
    staging: str
    schema: str

    def name(self, table: str) -> sql.Identifier:
        """A table while it is filled."""
        return sql.Identifier(self.staging, table)

    def add_constraints(self, table: ReleasedTable) -> None:
        """Let Postgres hold the table's own rules, in one pass. Raises InvalidFile with the row that breaks one."""
        self._alter(table, own_changes(table))

    def add_foreign_keys(self, table: ReleasedTable) -> None:
        """Let Postgres hold its foreign keys, once all tables are filled. Raises what `add_constraints` does."""
        for changes in foreign_key_changes(self.release, table, self.staging):
            self._alter(table, changes)

    def _alter(self, table: ReleasedTable, change: sql.Composable) -> None:
        try:
            with self.connection.transaction():
                self.connection.execute(sql.SQL("ALTER TABLE {} {}").format(self.name(table.name), change))
        except psycopg.IntegrityError as error:
            is_of_a_row = isinstance(error, psycopg.errors.NotNullViolation | psycopg.errors.CheckViolation)
            raise self._explain(table, error, InvalidRow if is_of_a_row else InvalidFile) from error
        except (psycopg.ProgrammingError, psycopg.DataError) as error:
            raise InvalidFile(
                f"{self.schema}.{table.name} cannot have its declared keys and checks: {error.diag.message_primary}. "
                "Nothing was loaded. Correct the dataset's declaration."
            ) from error

    def _explain(self, table: ReleasedTable, error: psycopg.Error, kind: type[InvalidFile]) -> InvalidFile:
        """The first row that breaks a rule, by its line. Only an error copies a file once more, to number its rows."""
        self.connection.execute(
            sql.SQL("CREATE TEMPORARY TABLE copied ({}, {} bigint GENERATED ALWAYS AS IDENTITY) ON COMMIT DROP").format(
                column_definitions(table.columns), _LINE
            )
        )
        with self.rows.open(table) as rows:
            copy_any_rows(self.connection, _COPIED, rows)
            for rule in self._rules(table):
                if found := self._first_broken(table, rule):
                    number, key, values = found
                    of_key = f", row with {key}" if key else ""
                    return kind(
                        f"{rows.place_of_row(number)}, table {self.schema}.{table.name}{of_key}: found {values}, "
                        f"expected {rule.expected}. Nothing was loaded."
                    )
            return kind(
                f"{rows.place} does not fit {self.schema}.{table.name}: {error.diag.message_primary} "
                f"{error.diag.message_detail or ''} Nothing was loaded."
            )

    def _first_broken(self, table: ReleasedTable, rule: RowRule) -> tuple[int, str, str] | None:
        """The number of the first row that breaks a rule, its key and the values of the rule's columns."""
        shown = (*table.primary_key, *rule.columns)
        row: tuple[Any, ...] | None = self.connection.execute(
            sql.SQL("SELECT {line}, {shown} FROM {copied} AS copied WHERE {broken} ORDER BY {line} LIMIT 1").format(
                line=_LINE,
                shown=sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in shown),
                copied=_COPIED,
                broken=rule.broken,
            )
        ).fetchone()
        if row is None:
            return None
        values = [f"{name} = {quoted(value)}" for name, value in zip(shown, row[1:], strict=True)]
        size = len(table.primary_key)
        return row[0], ", ".join(values[:size]), ", ".join(values[size:])

    def _rules(self, table: ReleasedTable) -> Iterator[RowRule]:
        yield from rules_of_table(table)
        if table.primary_key:
            yield RowRule(table.primary_key, self._comes_again(table), "each primary key once")
        for key in table.foreign_keys:
            columns = ", ".join(self.release.table(key.table).primary_key)
            yield RowRule(
                key.columns, self._leads_nowhere(key), f"a row of {self.schema}.{key.table} with this {columns}"
            )

    def _comes_again(self, table: ReleasedTable) -> sql.Composed:
        return sql.SQL("EXISTS (SELECT FROM {} AS other WHERE {} AND other.{line} < copied.{line})").format(
            _COPIED, _equal(table.primary_key, table.primary_key), line=_LINE
        )

    def _leads_nowhere(self, key: ForeignKey) -> sql.Composed:
        # A key with a NULL leads nowhere on purpose (MATCH SIMPLE, which is what Postgres does by default).
        return sql.SQL("num_nulls({}) = 0 AND NOT EXISTS (SELECT FROM {} AS other WHERE {})").format(
            _names(key.columns),
            self.name(key.table),
            _equal(self.release.table(key.table).primary_key, key.columns),
        )


def own_changes(table: ReleasedTable) -> sql.Composed:
    """What follows ALTER TABLE for the rules that hold within the table, all in one pass."""
    parts: list[sql.Composable] = [
        sql.SQL("ALTER {} SET NOT NULL").format(sql.Identifier(name)) for name in table.required
    ]
    if table.primary_key:
        parts.append(sql.SQL("ADD PRIMARY KEY ({})").format(_names(table.primary_key)))
    if table.has_published_id:
        parts.append(sql.SQL("ADD CHECK (id >= 0)"))
    else:
        parts.append(sql.SQL("ADD UNIQUE (id)"))
    parts += [sql.SQL("ADD CHECK ({})").format(sql.SQL(check.sql)) for check in table.checks]
    return sql.SQL(", ").join(parts)


def foreign_key_changes(release: Release, table: ReleasedTable, schema: str) -> Iterator[sql.Composed]:
    """What follows ALTER TABLE for each foreign key, to tables in this schema."""
    for key in table.foreign_keys:
        yield sql.SQL("ADD FOREIGN KEY ({}) REFERENCES {} ({})").format(
            _names(key.columns), sql.Identifier(schema, key.table), _names(release.table(key.table).primary_key)
        )


def column_definitions(columns: tuple[Any, ...]) -> sql.Composed:
    """Names and types of columns, as CREATE TABLE takes them."""
    return sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type)) for column in columns
    )


def _names(names: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _equal(others: tuple[str, ...], own: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("other.{} = copied.{}").format(sql.Identifier(other), sql.Identifier(name))
        for other, name in zip(others, own, strict=True)
    )

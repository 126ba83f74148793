"""Rows -> a table, by COPY, with Postgres's complaints in words that name file, line and column."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.errors import InvalidFile, NoRows
from dss_assets.parsing import Reject, Rows
from dss_web.shared.contract import ColumnType

# What messages say that a column takes.
EXPECTED = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "a whole number between -2147483648 and 2147483647",
    ColumnType.BIGINT: "a whole number",
    ColumnType.NUMERIC: "a number",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.DATE: "a date, for example 2024-01-31",
    ColumnType.TIMESTAMP: "a date and time, for example 2024-01-31 14:30:00",
}

# The context of an error of COPY, which Postgres words the same in every version since 8.0 (CopyFromErrorCallback).
_CONTEXT = re.compile(r'COPY .*?, line (\d+)(?:, column (.+?): "(.*)"|: "(.*)")?', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one load did. `rows` are those of the file; `skipped` counts by reason what was not taken.

    `table_rows` are those of each table of a release. `remarks` and `rejects` are those of the file's `Rows`.
    """

    rows: int
    skipped: Mapping[str, int] = field(default_factory=dict)
    table_rows: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    rejects: tuple[Reject, ...] = ()


def copy_rows(connection: Connection, table: sql.Composable, rows: Rows) -> int:
    """COPY all rows into `table` and return their number. Raises InvalidFile where they do not fit or are none."""
    count = copy_any_rows(connection, table, rows)
    if count == 0:
        skipped = ", ".join(f"{number:,} with {reason}" for reason, number in rows.skipped.items())
        raise NoRows(
            f"{rows.place} holds no rows{f' ({skipped} were skipped)' if skipped else ''}. Nothing was changed. "
            "A release without rows is taken for a mistake."
        )
    return count


def copy_any_rows(connection: Connection, table: sql.Composable, rows: Rows) -> int:
    """COPY all rows into `table`, of which there may be none. Raises InvalidFile where they do not fit."""
    with connection.cursor() as cursor:
        try:
            with cursor.copy(_statement(table, rows)) as copy:
                for chunk in rows.chunks:
                    copy.write(chunk)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise InvalidFile(_complaint(error, rows)) from error
        return cursor.rowcount


def _statement(table: sql.Composable, rows: Rows) -> sql.Composed:
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in rows.columns)
    form = rows.copy_format
    options = [
        sql.SQL("FORMAT {}").format(sql.SQL(form.kind)),
        sql.SQL("DELIMITER {}").format(sql.Literal(form.delimiter)),
        sql.SQL("ENCODING {}").format(sql.Literal(form.postgres_encoding)),
    ]
    if form.kind == "csv":
        options += [
            sql.SQL("QUOTE {}").format(sql.Literal(form.quote)),
            sql.SQL("FORCE_NULL ({})").format(columns),
        ]
    return sql.SQL("COPY {} ({}) FROM STDIN ({})").format(table, columns, sql.SQL(", ").join(options))


def _complaint(error: psycopg.Error, rows: Rows) -> str:
    reason = error.diag.message_primary or str(error)
    context = _CONTEXT.match(error.diag.context or "")
    if context is None:
        return f"{rows.place} does not fit its table: {reason}. Nothing was loaded."
    line, name, value, whole_line = context.groups()
    place = rows.place_of_line(int(line))
    column = next((column for column in rows.columns if column.name == name), None)
    if column and value is not None:
        return f"{place}, column {name}: found {value!r}, expected {EXPECTED[column.type]}. Nothing was loaded."
    return (
        f"{place}: {reason}{f' in {whole_line[:200]!r}' if whole_line else ''}. Nothing was loaded. "
        f"Expected {len(rows.columns)} fields: {', '.join(column.name for column in rows.columns)}."
    )

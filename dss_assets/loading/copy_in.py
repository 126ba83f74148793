"""Rows -> a table, by COPY, with Postgres's complaints in words that name file, line and column."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter

import psycopg
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.errors import InvalidFile, NoRows
from dss_assets.loading.refusals import in_words, is_lasting
from dss_assets.loading.strict_values import expected, strict_values
from dss_assets.parsing import CopyFormat, Reject, Rows, Tally
from dss_assets.parsing.copy_text import in_text_form

# The context of an error of COPY, which Postgres words the same in every version since 8.0 (CopyFromErrorCallback).
_CONTEXT = re.compile(r'COPY .*?, line (\d+)(?:, column (.+?): "(.*)"|: "(.*)")?', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one load did.

    `rows` are those of the file that are in the tables, `superseded` those that were left out, since a newer file has
    them; `file_date` is that by which the file is ordered. `skipped` counts by reason what was not taken.
    `table_rows` are those of each table of a release. `remarks`, `rejects`, `tally` and `titles` are those of
    the file's `Rows`.
    """

    rows: int
    skipped: Mapping[str, int] = field(default_factory=dict)
    table_rows: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    rejects: tuple[Reject, ...] = ()
    superseded: int = 0
    file_date: date | None = None
    tally: Tally = field(default_factory=Tally)
    titles: tuple[str, ...] = ()


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
    # With years first, Postgres refuses 03/04/2020: which of April and March it is has to be declared.
    connection.execute("SELECT set_config('DateStyle', %s, true)", [f"ISO, {rows.dates}"])
    count, line_ends, last = 0, 0, b""
    pieces = in_text_form(strict_values(rows), rows.copy_format)
    with connection.cursor() as cursor:
        # One COPY for all pieces of a form that follow one another: seldom more than one.
        for form, piece in groupby(pieces, itemgetter(0)):
            try:
                with cursor.copy(_statement(table, rows, form)) as copy:
                    for _, chunk in piece:
                        copy.write(chunk)
                        line_ends += chunk.count(b"\n")
                        last = chunk or last
            except psycopg.Error as error:
                if not (isinstance(error, psycopg.IntegrityError) or is_lasting(error)):
                    raise
                raise InvalidFile(_complaint(error, rows, count)) from error
            count += cursor.rowcount
    _require_all_records(rows, count, line_ends + (last[-1:] not in {b"\n", b""}))
    return count


def _require_all_records(rows: Rows, copied: int, lines: int) -> None:
    """Raise InvalidFile unless each record of the file is a row, or was rejected and counted.

    Of a file that was passed on as it is, each line is a record. Where lines and rows differ in number, since a field
    has line ends or lines end otherwise, its rows are counted once more as its positions are.
    """
    tally = rows.tally
    if not tally.records:
        tally.records = lines if lines == copied else sum(1 for _ in rows.positions())
        tally.accepted = tally.rows = copied
    if tally.records != tally.accepted + tally.rejected or tally.rows != copied:
        raise InvalidFile(
            f"{rows.place}: {tally.records:,} records were read, of which {tally.accepted:,} gave {tally.rows:,} rows "
            f"and {tally.rejected:,} were rejected, but {copied:,} rows were copied. They have to add up. Nothing was "
            "loaded. Tell the developers: no row may be lost without a word."
        )


def _statement(table: sql.Composable, rows: Rows, form: CopyFormat) -> sql.Composed:
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in rows.columns)
    options: list[sql.Composable] = [
        sql.SQL("FORMAT {}").format(sql.SQL(form.kind)),
        sql.SQL("DELIMITER {}").format(sql.Literal(form.delimiter)),
        sql.SQL("ENCODING {}").format(sql.Literal(form.postgres_encoding)),
    ]
    if form.kind == "csv":
        options += [
            sql.SQL("QUOTE {}").format(sql.Literal(form.quote)),
            sql.SQL("FORCE_NULL ({})").format(columns),
        ]
    elif rows.copy_format.kind == "csv":
        options.append(sql.SQL("NULL ''"))
    return sql.SQL("COPY {} ({}) FROM STDIN ({})").format(table, columns, sql.SQL(", ").join(options))


def _complaint(error: psycopg.Error, rows: Rows, rows_before: int) -> str:
    """What is wrong with a row, of a COPY that followed one of `rows_before`."""
    reason = error.diag.message_primary or str(error)
    context = _CONTEXT.match(error.diag.context or "")
    if context is None:
        return f"{rows.place} does not fit its table: {reason}. Nothing was loaded."
    line, name, value, whole_line = context.groups()
    place = rows.place_of_line(int(line), rows_before)
    if (words := in_words(error)) != f"{reason}.":
        return f"{place}: {words} Nothing was loaded."
    column = next((column for column in rows.columns if column.name == name), None)
    if column and value is not None:
        return (
            f"{place}, column {name}: found {value!r}, expected {expected(column, rows.dates, value)}. "
            "Nothing was loaded."
        )
    return (
        f"{place}: {reason}{f' in {whole_line[:200]!r}' if whole_line else ''}. Nothing was loaded. "
        f"Expected {len(rows.columns)} fields: {', '.join(column.name for column in rows.columns)}."
    )

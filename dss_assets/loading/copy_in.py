"""Rows -> a table, by COPY, with Postgres's complaints in words that name file, line and column."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import psycopg
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.errors import InvalidFile, InvalidRow, NoRows
from dss_assets.loading.refusals import in_words, is_lasting
from dss_assets.loading.strict_values import expected, fault_of_value, strict_values
from dss_assets.parsing import CopyFormat, Fault, Reject, Rows, Tally
from dss_assets.parsing.copy_text import in_text_form

# The context of an error of COPY, which Postgres words the same in every version since 8.0 (CopyFromErrorCallback).
_CONTEXT = re.compile(r'COPY .*?, line (\d+)(?:, column (.+?): "(.*)"|: "(.*)")?', re.DOTALL)


# A byte that is none in the encoding, and a character that the database has not: the file is in another encoding.
_OF_BYTES = frozenset({"22021", "22P05"})
# Enough to find a row again.
SHOWN_BYTES = 200


class Merged(NamedTuple):
    """What a file did to the rows of an earlier one: rows that it `added`, and those whose values it `changed`."""

    added: int
    changed: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one load did.

    `rows` are those of the file that are in the tables, `superseded` those that were left out, since a newer file has
    them; `file_date` is that by which the file is ordered. `skipped` counts by reason what was not taken.
    `table_rows` are those of each table of a release. `remarks`, `rejects`, `tally` and `titles` are those of
    the file's `Rows`. Of a file that is merged with earlier rows, `rows` are those of both, and `merged` says more.
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
    merged: Merged | None = None


def copy_rows(connection: Connection, table: sql.Composable, rows: Rows) -> int:
    """COPY all rows into `table` and return their number. Raises InvalidFile where they do not fit or are none."""
    count = copy_any_rows(connection, table, rows)
    if count == 0:
        skipped = ", ".join(f"{number:,} with {reason}" for reason, number in rows.skipped.items())
        first = f" The first: {rows.rejects[0]}." if rows.rejects else ""
        raise NoRows(
            f"{rows.place} holds no rows{f' ({skipped} were skipped)' if skipped else ''}.{first} Nothing was changed. "
            "A release without rows is taken for a mistake."
        )
    return count


def copy_any_rows(connection: Connection, table: sql.Composable, rows: Rows) -> int:
    """COPY all rows into `table`, of which there may be none. Raises InvalidFile where they do not fit."""
    set_date_style(connection, rows)
    count, line_ends, last = 0, 0, b""
    names = [column.name for column in rows.columns]
    pieces = in_text_form(strict_values(rows), rows.copy_format)
    with connection.cursor() as cursor:
        # One COPY for all pieces of a form that follow one another: seldom more than one.
        for form, piece in groupby(pieces, itemgetter(0)):
            try:
                with cursor.copy(copy_statement(table, names, rows, form)) as copy:
                    for _, chunk in piece:
                        copy.write(chunk)
                        line_ends += chunk.count(b"\n")
                        last = chunk or last
            except psycopg.Error as error:
                if not (isinstance(error, psycopg.IntegrityError) or is_lasting(error)):
                    raise
                kind = InvalidRow if is_of_a_row(error) else InvalidFile
                raise kind(_complaint(error, rows, count)) from error
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


def set_date_style(connection: Connection, rows: Rows) -> None:
    """Say, for the rest of the transaction, how dates are written."""
    # With years first, Postgres refuses 03/04/2020: which of April and March it is has to be declared.
    connection.execute("SELECT set_config('DateStyle', %s, true)", [f"ISO, {rows.dates}"])


def copy_statement(table: sql.Composable, names: Iterable[str], rows: Rows, form: CopyFormat) -> sql.Composed:
    """The COPY of rows, or of a piece of them that has another form than all, into columns of a table."""
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
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


def is_of_a_row(error: psycopg.Error) -> bool:
    """Whether COPY has refused one row for its fields or a value, and not the file for its bytes."""
    return isinstance(error, psycopg.DataError) and error.sqlstate not in _OF_BYTES


def copied_line(error: psycopg.Error) -> int | None:
    """The line at which COPY has stopped, as it counts."""
    context = _CONTEXT.match(error.diag.context or "")
    return int(context[1]) if context else None


def fault_of(error: psycopg.Error, rows: Rows, text: bytes) -> Fault:
    """What COPY found wrong in a row of this text."""
    context = _CONTEXT.match(error.diag.context or "")
    column = next((column for column in rows.columns if context and column.name == context[2]), None)
    if column and context and context[3] is not None:
        return fault_of_value(column, rows.dates, context[3])
    shown = text[:SHOWN_BYTES].decode(rows.copy_format.encoding, errors="replace")
    return Fault(f"{error.diag.message_primary} in {shown!r}", "fields that Postgres does not take")


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

"""The rows of a file beside those that are there -> how many are added, and how many change.

The file's rows go to a temporary table as they will be loaded, and Postgres compares: however long the file is, no more
than a batch of its rows is in memory.
"""

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from typing import Any, BinaryIO, Final

from django.db import DatabaseError, connection, transaction
from psycopg import sql

from dss_web.registry.models import UploadFile
from dss_web.shared.contract import ColumnType, LoadMode
from dss_web.shared.csv import Reading, open_csv
from dss_web.shared.csv.reader import uncollected
from dss_web.uploads.comparison import table_of
from dss_web.uploads.load_plan import LoadPlan, MergedColumns, Numbers, merge_columns, merged_reading

_SENT: Final = sql.Identifier("pg_temp", "sent_rows")
# No column of an upload has a blank in its name.
_LINE: Final = sql.Identifier("dss line")
_LOCK_WAIT: Final = "2s"
# So many keys that are wrong are shown.
_SHOWN: Final = 5
_SHOWN_CHARACTERS: Final = 60


class CannotMerge(Exception):
    """The rows cannot be together: sentences for the person, one for each problem."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(*sentences)
        self.sentences = list(sentences)


def count_changes(
    before: UploadFile, file: BinaryIO, chosen: Reading, plan: LoadPlan, left_out: Collection[int] = ()
) -> Numbers:
    """What the rows of a file do to those of the version in use. `left_out` are the lines of rows that are not loaded.

    Raises CannotMerge where the key is empty or comes twice, in the file or in the table, InvalidCsv, and obstore's
    errors.
    """
    columns = merge_columns(before, chosen)
    if columns.problem:
        raise CannotMerge(columns.problem)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # Whoever puts another table in its place is let by.
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_LOCK_WAIT])
            table = table_of(before)
            if table is None:
                raise CannotMerge(_GONE)
            _copy_rows(cursor, file, merged_reading(before, chosen), left_out)
            base = sql.Identifier(str(before.pipeline), table.name)
            counts = {"sent": _count(cursor, _SENT), "before": _count(cursor, base)}
            compared = _Comparison(cursor, base, columns)
            if plan.mode is LoadMode.APPEND:
                numbers = Numbers(**counts, added=counts["sent"], changed=0, same=compared.same())
            else:
                matched, changed = compared.matched(plan.key)
                added = counts["sent"] - matched
                numbers = Numbers(**counts, added=added, changed=changed, same=matched - changed)
            # It would otherwise stay to the end of an outer transaction.
            cursor.execute(_text(cursor, sql.SQL("DROP TABLE {}").format(_SENT)))
            return numbers
    except DatabaseError as error:
        raise CannotMerge(_GONE) from error


_GONE: Final = (
    "The rows could not be compared with those of the version in use. Somebody may just be changing it: try again in a "
    "minute."
)


def _copy_rows(cursor: Any, file: BinaryIO, reading: Reading, left_out: Collection[int]) -> None:
    """Copy the rows of the file as they will be loaded, each with the line on which it ends."""
    names = [column.name for column in reading.columns]
    columns = [sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.type.value)) for c in reading.columns]
    create = sql.SQL("CREATE TEMPORARY TABLE sent_rows ({}, {} bigint) ON COMMIT DROP")
    cursor.execute(_text(cursor, create.format(sql.SQL(", ").join(columns), _LINE)))
    # 03/04/2024 is the third of April.
    cursor.execute("SET LOCAL datestyle TO 'ISO, DMY'")
    copied = sql.SQL(", ").join([*map(sql.Identifier, names), _LINE])
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, FORCE_NULL ({}))").format(_SENT, copied, copied)
    with cursor.copy(_text(cursor, statement)) as copy:
        for chunk in _chunks(file, reading, left_out):
            copy.write(chunk)
    cursor.execute(_text(cursor, sql.SQL("ANALYZE {}").format(_SENT)))


def _chunks(file: BinaryIO, reading: Reading, left_out: Collection[int]) -> Iterator[bytes]:
    with uncollected(), open_csv(file, reading) as reader:
        for batch in reader.batches():
            text = io.StringIO(newline="")
            rows = zip(batch.rows, batch.lines, strict=True)
            csv.writer(text).writerows([*row, line] for row, line in rows if line not in left_out)
            yield text.getvalue().encode()


class _Comparison:
    """The rows of a table beside those that were sent, by the types that both will have."""

    def __init__(self, cursor: Any, base: sql.Identifier, columns: MergedColumns) -> None:
        self._cursor, self._base, self._columns = cursor, base, columns

    def same(self) -> int:
        """How many of the file's rows are there with the same values, in the columns that both have."""
        there = sql.SQL(", ").join(self._of_base(name) for name in self._columns.common)
        sent = sql.SQL(", ").join(sql.Identifier("sent", name) for name in self._columns.common)
        # A row that comes twice in the file and once in the table is there once.
        statement = sql.SQL(
            "SELECT count(*) FROM (SELECT {sent} FROM {rows} AS sent INTERSECT ALL SELECT {there} FROM {base} AS base)"
            " AS same"
        )
        return self._number(statement.format(sent=sent, rows=_SENT, there=there, base=self._base))

    def matched(self, key: Sequence[str]) -> tuple[int, int]:
        """How many of the file's rows have a key that is there, and how many of them have other values.

        Raises CannotMerge.
        """
        self._require_key(key)
        differs = [
            sql.SQL("{} IS DISTINCT FROM {}").format(self._of_base(name), sql.Identifier("sent", name))
            for name in self._columns.common
            if name not in key
        ]
        differs += [sql.SQL("{} IS NOT NULL").format(sql.Identifier("sent", name)) for name in self._columns.new]
        same_key = sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(self._of_base(name), sql.Identifier("sent", name)) for name in key
        )
        statement = sql.SQL(
            "SELECT count(*), count(*) FILTER (WHERE {differs}) FROM {rows} AS sent JOIN {base} AS base ON {same_key}"
        ).format(
            differs=sql.SQL(" OR ").join(differs) if differs else sql.SQL("false"),
            rows=_SENT,
            base=self._base,
            same_key=same_key,
        )
        self._cursor.execute(_text(self._cursor, statement))
        matched, changed = self._cursor.fetchone()
        return matched, changed

    def _require_key(self, key: Sequence[str]) -> None:
        problems = [
            _wrong_key(key, values, f"Line {lines[0]}", "the file", lines)
            for values, lines in self._wrong_keys(_SENT, _LINE, key)
        ]
        problems += [
            _wrong_key(key, values, "A row of the version in use", "the version in use")
            for values, _ in self._wrong_keys(self._base, sql.Identifier("id"), key)
        ]
        if problems:
            raise CannotMerge(*problems)

    def _wrong_keys(
        self, table: sql.Identifier, row: sql.Identifier, key: Sequence[str]
    ) -> list[tuple[list[str | None], list[int]]]:
        """The first keys that are empty or come twice, as text, each with the first two of its rows."""
        statement = sql.SQL(
            "SELECT ARRAY[{shown}], (array_agg({row} ORDER BY {row}))[1:2] FROM {table} GROUP BY {key}"
            " HAVING count(*) > 1 OR {empty} ORDER BY min({row}) LIMIT {most}"
        ).format(
            shown=sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in key),
            row=row,
            table=table,
            key=sql.SQL(", ").join(map(sql.Identifier, key)),
            empty=sql.SQL(" OR ").join(sql.SQL("{} IS NULL").format(sql.Identifier(name)) for name in key),
            most=sql.Literal(_SHOWN),
        )
        self._cursor.execute(_text(self._cursor, statement))
        found: list[tuple[list[str | None], list[int]]] = self._cursor.fetchall()
        return found

    def _of_base(self, name: str) -> sql.Composed:
        kind: ColumnType = self._columns.types[name]
        return sql.SQL("{}::{}").format(sql.Identifier("base", name), sql.SQL(kind.value))

    def _number(self, statement: sql.Composed) -> int:
        self._cursor.execute(_text(self._cursor, statement))
        (number,) = self._cursor.fetchone()
        return int(number)


def _wrong_key(
    key: Sequence[str], values: Sequence[str | None], row: str, place: str, lines: Sequence[int] = ()
) -> str:
    """What is wrong with a key that a `row` has, or several in a `place`, in `lines` where that has any."""
    for name, value in zip(key, values, strict=True):
        if value is None:
            return f"{row} has no value in {name}, which is part of the key."
    shown = [(value or "")[:_SHOWN_CHARACTERS] for value in values]
    told = ", ".join(f"{name} “{value}”" for name, value in zip(key, shown, strict=True))
    in_lines = f", in lines {lines[0]} and {lines[1]}" if lines else ""
    return f"{told} comes more than once in {place}{in_lines}."


def _count(cursor: Any, table: sql.Identifier) -> int:
    cursor.execute(_text(cursor, sql.SQL("SELECT count(*) FROM {}").format(table)))
    (number,) = cursor.fetchone()
    return int(number)


def _text(cursor: Any, statement: sql.Composed) -> str:
    return statement.as_string(cursor.connection)

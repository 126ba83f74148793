"""A file that has wrong rows -> which they are, and what is wrong with each.

COPY stops at the first wrong row. So the rows are copied some at a time into a temporary table: where COPY stops, the
row is noted, and the rows after it are copied next. Postgres judges each value, as it does in a load. Only a file whose
load has failed goes this way; it is then loaded once more, without these rows.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import psycopg
from psycopg import sql

from dss_assets.database import Connection
from dss_assets.dataset import Column, RejectLimit
from dss_assets.errors import InvalidFile, TooManyRejects
from dss_assets.loading.copy_in import copied_line, copy_statement, fault_of, is_of_a_row, set_date_style
from dss_assets.loading.row_rules import RowRule
from dss_assets.loading.strict_values import RowChecker
from dss_assets.parsing import Fault, Reject, Rows, list_rejects, split_rows
from dss_assets.parsing.empty_rows import EMPTY_ROW, is_empty
from dss_assets.parsing.rows import LISTED_REJECTS, no_good_row

_JUDGED: Final = sql.Identifier("pg_temp", "judged")
# No published column has a blank in its name.
_NUMBER: Final = "dss number"
# Few enough that to copy those before a wrong row once more takes no time, and that a statement for each is little.
_BATCH_ROWS: Final = 2000
# So many rows an error shows.
_SHOWN: Final = 5


def find_bad_rows(
    connection: Connection,
    columns: Sequence[Column],
    rules: Sequence[RowRule],
    limit: RejectLimit,
    open_rows: Callable[[], AbstractContextManager[Rows]],
) -> dict[int, Fault]:
    """The rows that do not fit the columns of a table or break a rule, by their numbers, counted from 1.

    Runs in the caller's transaction, and leaves nothing there. Raises InvalidFile where no row is right, and
    TooManyRejects as soon as there are more wrong ones than the limit allows.
    """
    with open_rows() as rows:
        # At least as many as there are rows: line ends may be within quotation marks.
        lines = 1 + sum(chunk.count(b"\n") or chunk.count(b"\r") for chunk in rows.chunks)
        left_out = rows.tally.bad_rows
    connection.execute(
        sql.SQL("CREATE TEMPORARY TABLE judged ({} bigint, {}) ON COMMIT DROP").format(
            sql.Identifier(_NUMBER),
            sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type)) for column in columns
            ),
        )
    )
    with open_rows() as rows:
        set_date_style(connection, rows)
        search = _Search(connection, rows, limit.allowed(lines) - left_out)
        search.copy_all()
        search.apply(rules)
    connection.execute(sql.SQL("DROP TABLE {}").format(_JUDGED))
    return search.bad


def require_within(limit: RejectLimit, place: str, bad_rows: int, records: int, rejects: Sequence[Reject]) -> None:
    """Raise InvalidFile where more rows of a file are wrong than the limit allows."""
    allowed = limit.allowed(records)
    if bad_rows <= allowed:
        return
    first = [str(reject) for reject in rejects if reject.is_bad][:_SHOWN]
    if not allowed and first:
        raise InvalidFile(f"{first[0]}. Nothing was loaded.")
    raise InvalidFile(
        f"{place}: {bad_rows:,} of {records:,} rows are not as declared, expected at most {allowed:,}. Nothing was "
        f"loaded. The first: {'; '.join(first)}. If the publisher has changed the layout, correct the dataset's "
        "declaration; if it offers such rows, raise reject_limit."
    )


@dataclass(slots=True)
class _Search:
    """A file's rows on their way to the temporary table, of which so many may be wrong."""

    connection: Connection
    rows: Rows
    allowed: int
    bad: dict[int, Fault] = field(default_factory=dict)
    _read: int = 0
    _empty: int = 0

    def copy_all(self) -> None:
        """Copy all rows that fit."""
        checker = RowChecker(self.rows)
        for found in split_rows(self.rows):
            for start in range(0, len(found), _BATCH_ROWS):
                batch = found[start : start + _BATCH_ROWS]
                self._leave_out_empty(batch)
                for at, fault in checker.faults(batch):
                    self._note(self._read + at + 1, fault)
                self._copy(
                    [
                        (number, text)
                        for number, text in enumerate(batch, start=self._read + 1)
                        if number not in self.bad
                    ],
                    checker,
                )
                self._read += len(batch)
        self._require_good()

    def apply(self, rules: Sequence[RowRule]) -> None:
        """Find the rows that fit and break a rule."""
        if not rules:
            return
        names = [name for rule in rules for name in rule.columns]
        broken = sql.SQL(", ").join(sql.SQL("coalesce({}, false)").format(rule.broken) for rule in rules)
        shown = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names)
        found = self.connection.execute(
            # One more than are allowed are enough to refuse the file.
            sql.SQL(
                "SELECT {number}, ARRAY[{broken}], ARRAY[{shown}] FROM {judged} WHERE {any} ORDER BY 1 LIMIT {most}"
            ).format(
                number=sql.Identifier(_NUMBER),
                broken=broken,
                shown=shown,
                judged=_JUDGED,
                any=sql.SQL(" OR ").join(sql.SQL("({})").format(rule.broken) for rule in rules),
                most=sql.Literal(max(self.allowed, 0) + 1),
            )
        ).fetchall()
        for number, is_broken, values in found:
            at = 0
            for rule, it_is in zip(rules, is_broken, strict=True):
                if it_is:
                    self._note(number, rule.fault(tuple(values[at : at + len(rule.columns)])))
                    break
                at += len(rule.columns)
        self._require_good()

    def _copy(self, batch: list[tuple[int, bytes]], checker: RowChecker) -> None:
        while batch:
            try:
                self._write(batch)
                return
            except psycopg.DataError as error:
                line = copied_line(error)
                if line is None or not is_of_a_row(error):
                    place = self.rows.place_of_row(batch[0][0])
                    raise InvalidFile(
                        f"{place}, or a row after it: {error.diag.message_primary}. Nothing was loaded."
                    ) from error
                at = _row_of_line([text for _, text in batch], line)
                number, text = batch[at]
                self._note(number, checker.width_fault(text) or fault_of(error, self.rows, text))
                if at:
                    self._write(batch[:at])
                batch = batch[at + 1 :]

    def _write(self, batch: list[tuple[int, bytes]]) -> None:
        form = self.rows.copy_format
        names = [_NUMBER, *(column.name for column in self.rows.columns)]
        delimiter = form.delimiter.encode()
        statement = copy_statement(_JUDGED, names, self.rows, form)
        with self.connection.transaction(), self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(b"".join(b"%d%b%b\n" % (number, delimiter, text) for number, text in batch))

    def _leave_out_empty(self, batch: Sequence[bytes]) -> None:
        for number, text in enumerate(batch, start=self._read + 1):
            if is_empty(text, self.rows.copy_format):
                self.bad[number] = EMPTY_ROW
                self._empty += 1

    def _note(self, number: int, fault: Fault) -> None:
        # All are counted by their kinds. Only the first are listed, and a text for each of many would take memory.
        self.bad[number] = fault if len(self.bad) < LISTED_REJECTS else Fault("", fault.kind)
        if len(self.bad) - self._empty > self.allowed:
            self._require_good()
            list_rejects(self.rows, dict([one for one in self.bad.items() if one[1].is_bad][:_SHOWN]))
            first = "; ".join(str(reject) for reject in self.rows.rejects if reject.is_bad)
            raise TooManyRejects(
                f"{self.rows.place}: more rows are not as declared than the {max(self.allowed, 0):,} that its dataset "
                f"allows. Nothing was loaded. The first: {first}. If the publisher has changed the layout, correct the "
                "dataset's declaration; if it offers such rows, raise reject_limit."
            )

    def _require_good(self) -> None:
        """Raise InvalidFile where all rows are wrong."""
        if self._read and len(self.bad) == self._read:
            first, fault = next(
                ((number, fault) for number, fault in sorted(self.bad.items()) if fault.is_bad), (1, EMPTY_ROW)
            )
            position = next(islice(self.rows.positions(), first - 1, None))
            raise no_good_row(position, fault, self._read + self.rows.tally.bad_rows)


def _row_of_line(texts: Sequence[bytes], line: int) -> int:
    """Which row ends at or behind a line as COPY counts: see `Position`. Each row here ends in LF."""
    lines = 0
    for at, text in enumerate(texts):
        lines += 1 + text.count(b"\n" if at else b"\r")
        if lines >= line:
            return at
    return len(texts) - 1

"""A file and how to read it -> its header and its rows, as they are loaded.

Python's csv module reads, because it is in C. Nothing here is done for each value of a row where C can do it.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, islice
from typing import BinaryIO, Final, NamedTuple

from dss_web.shared.csv.dialect import Dialect, is_unclosed, parse
from dss_web.shared.csv.encoding import find_undecodable
from dss_web.shared.csv.errors import InvalidCsv, Problem, ProblemKind

# Enough to make the cost of each batch small beside that of its rows, and of most files less than a mebibyte.
BATCH_ROWS = 2000
# A value that is wholly one of these is NULL.
NULL_VALUES: Final = frozenset({"", "NULL", "None", "N/A"})
# The empty value is NULL as it stands.
_NULL_WORDS: Final = NULL_VALUES - {""}


class Row(NamedTuple):
    """One row, and the number of the line of the file on which it ends, counted from 1."""

    line: int
    fields: list[str]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that follow one another, each as wide as the header, with '' for NULL; `lines` has the line of each.

    Rows of another width are in `problems` instead.
    """

    rows: list[list[str]]
    lines: Sequence[int]
    problems: list[Problem] = field(default_factory=list)


class CsvReader:
    """An open file: `titles` is its header, as it stands there, `header_line` the line on which that ends."""

    def __init__(self, text: io.TextIOWrapper, dialect: Dialect) -> None:
        """`text` is at its beginning, with line ends as they are. Raises InvalidCsv where there is no header."""
        self.dialect = dialect
        self._text = text
        try:
            self._lines_before = sum(1 for _ in islice(text, dialect.header_line - 1))
            self._rows = parse(text, dialect)
            self.titles: list[str] = next(filter(None, self._rows), [])
        except (csv.Error, UnicodeDecodeError) as error:
            raise self._invalid(error) from error
        self.header_line = self._line
        if not self.titles:
            raise InvalidCsv(
                Problem(ProblemKind.NO_HEADER, found="only empty lines", expected="a line with the names of columns"),
                dialect=dialect,
            )

    def batches(self) -> Iterator[Batch]:
        """The rows below the header in order, once; empty lines are passed over.

        Raises InvalidCsv at the first row that cannot be read, after the rows before it.
        """
        while True:
            line_before = self._line
            rows: list[list[str]] = []
            try:
                rows.extend(islice(self._rows, BATCH_ROWS))  # keeps what came before an error
            except (csv.Error, UnicodeDecodeError) as error:
                yield self._batch(rows, line_before)
                raise self._invalid(error) from error
            if not rows:
                return
            yield self._batch(rows, line_before)

    def rows(self) -> Iterator[Row]:
        """The rows one by one. Raises InvalidCsv at the first that cannot be read or has another width."""
        for batch in self.batches():
            yield from map(Row, batch.lines, batch.rows)
            if batch.problems:
                raise InvalidCsv(*batch.problems, dialect=self.dialect)

    @property
    def _line(self) -> int:
        return self._lines_before + self._rows.line_num

    def _batch(self, rows: list[list[str]], line_before: int) -> Batch:
        lines: Sequence[int] = range(line_before + 1, line_before + 1 + len(rows))
        if self._line != line_before + len(rows):
            lines = list(accumulate(map(_lines_of, rows), initial=line_before))[1:]
        width = len(self.titles)
        problems: list[Problem] = []
        if {*map(len, rows)} != {width}:
            problems = [
                self._ragged(line, fields)
                for line, fields in zip(lines, rows, strict=True)
                if fields and len(fields) != width
            ]
            whole = [(line, fields) for line, fields in zip(lines, rows, strict=True) if len(fields) == width]
            lines, rows = [line for line, _ in whole], [fields for _, fields in whole]
        # Asking first is quicker than replacing in every row, since most rows hold none of the words.
        has_none = _NULL_WORDS.isdisjoint
        rows = [
            fields if has_none(fields) else ["" if value in _NULL_WORDS else value for value in fields]
            for fields in rows
        ]
        return Batch(rows, lines, problems)

    def _ragged(self, line: int, fields: list[str]) -> Problem:
        width = len(self.titles)
        kind = ProblemKind.TOO_MANY_VALUES if len(fields) > width else ProblemKind.TOO_FEW_VALUES
        return Problem(kind, line, found=_count(len(fields), "value"), expected=_count(width, "column"))

    def _invalid(self, error: csv.Error | UnicodeDecodeError) -> InvalidCsv:
        quote = self.dialect.quote
        if isinstance(error, UnicodeDecodeError):
            undecodable = find_undecodable(self._text.buffer, self.dialect.codec)  # type: ignore[arg-type]
            line, byte = undecodable or (None, error.object[error.start])
            found, expected = f"the byte 0x{byte:02X}", f"text in {self.dialect.encoding.upper()}"
            problem = Problem(ProblemKind.UNDECODABLE, line, found=found, expected=expected)
        elif is_unclosed(error):
            found, expected = f"a quotation mark ({quote}) that is never closed", "one at the end of the value"
            problem = Problem(ProblemKind.UNCLOSED_QUOTE, self._line, found=found, expected=expected)
        else:
            found, expected = f"a quotation mark ({quote}) in the middle of a value", "one at each end of the value"
            problem = Problem(ProblemKind.STRAY_QUOTE, self._line, found=found, expected=expected)
        return InvalidCsv(problem, dialect=self.dialect)


@contextmanager
def open_csv(file: BinaryIO, dialect: Dialect) -> Iterator[CsvReader]:
    """Read a file from its beginning. It stays open afterwards. Raises InvalidCsv where there is no header."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=dialect.codec, newline="")
    try:
        yield CsvReader(text, dialect)
    finally:
        text.detach()  # or it would close the file, which is not ours


def _lines_of(fields: list[str]) -> int:
    """How many lines a row takes. Line ends are kept as they are, and only quotation marks can hold one."""
    broken = [value for value in fields if "\n" in value or "\r" in value]
    return 1 + sum(value.count("\n") + value.count("\r") - value.count("\r\n") for value in broken)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")

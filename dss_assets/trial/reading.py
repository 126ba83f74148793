"""A file read without a database: as far as rows can be judged without Postgres."""

import codecs
import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from dss_assets.counts import counted
from dss_assets.dataset import Column
from dss_assets.errors import InvalidFile, NoRows
from dss_assets.loading.strict_values import strict_values
from dss_assets.parsing import CopyFormat, Reject, Rows

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
# What COPY's text form writes for a character: https://www.postgresql.org/docs/current/sql-copy.html.
_UNESCAPED = {r"\\": "\\", r"\t": "\t", r"\n": "\n", r"\r": "\r"}


@dataclass(frozen=True, slots=True)
class Tried:
    """What a file would bring: the number of its rows, and the first of them in the order of `columns`.

    `titles` are those of its header, () where it has none. What was `skipped` is counted by reason. `remarks` are
    sentences about how it was read, and differs from the file before it.
    """

    count: int
    columns: tuple[Column, ...]
    first: Sequence[Sequence[object]]
    titles: tuple[str, ...]
    skipped: Mapping[str, int]
    rejects: Sequence[Reject]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A table: the number of its rows, and the first of them in the order of `columns`."""

    count: int
    columns: tuple[str, ...]
    first: Sequence[Sequence[object]]


def read_rows(rows: Rows, shown: int) -> Tried:
    """Read a file to its end. Raises InvalidFile where a row has too many fields, or a value is not of its type.

    Whether a date exists, a number fits and a value can be converted for L1, only Postgres knows.
    """
    # Of fields of any length: COPY knows no limit below a gigabyte.
    csv.field_size_limit(sys.maxsize)
    count, first = 0, []
    try:
        for values in _whole(_fields(strict_values(rows), rows.copy_format), rows):
            count += 1
            if count <= shown:
                first.append(values)
    except UnicodeDecodeError as error:
        raise InvalidFile(
            f"{rows.place_of_row(count + 1)}: the text is not in {rows.copy_format.encoding}: found the byte "
            f"0x{error.object[error.start]:02X}. Nothing would be loaded."
        ) from error
    except csv.Error as error:
        raise InvalidFile(f"{rows.place_of_row(count + 1)}: {error}. Nothing would be loaded.") from error
    if not count:
        raise NoRows(f"{rows.place} holds no rows. A release without rows is taken for a mistake.")
    return Tried(count, rows.columns, first, rows.titles, dict(rows.skipped), tuple(rows.rejects), rows.remarks)


def _whole(fields: Iterator[list[str | None]], rows: Rows) -> Iterator[list[str | None]]:
    for number, values in enumerate(fields, 1):
        if len(values) != len(rows.columns):
            raise InvalidFile(
                f"{rows.place_of_row(number)}: found {counted(len(values), 'field')}, expected {len(rows.columns)}: "
                f"{', '.join(column.name for column in rows.columns)}. Nothing would be loaded."
            )
        yield values


def _fields(chunks: Iterable[bytes], form: CopyFormat) -> Iterator[list[str | None]]:
    lines = _lines(codecs.iterdecode(chunks, form.encoding))
    if form.kind == "csv":
        for values in csv.reader(lines, delimiter=form.delimiter, quotechar=form.quote):
            if values:
                yield [value or None for value in values]
    else:
        for line in lines:
            yield [None if value == r"\N" else _plain(value) for value in line.rstrip("\n").split(form.delimiter)]


def _lines(texts: Iterable[str]) -> Iterator[str]:
    """Lines with their ends. A CR at the end of a text may be half of one."""
    rest = ""
    for text in texts:
        whole = _LINE.findall(rest + text)
        rest = whole.pop() if whole and not whole[-1].endswith("\n") else ""
        yield from whole
    if rest:
        yield rest


def _plain(value: str) -> str:
    if "\\" not in value:
        return value
    pairs = iter(range(len(value)))
    plain = ""
    for at in pairs:
        pair = value[at : at + 2]
        plain += _UNESCAPED.get(pair, value[at])
        if pair in _UNESCAPED:
            next(islice(pairs, 1), None)
    return plain

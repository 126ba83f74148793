"""A file read without a database: as far as rows can be judged without Postgres."""

import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from dss_assets.dataset import Column, RejectLimit
from dss_assets.errors import InvalidFile, NoRows
from dss_assets.loading.bad_rows import require_within
from dss_assets.loading.strict_values import RowChecker
from dss_assets.parsing import CopyFormat, Fault, Reject, Rows, list_rejects, split_rows
from dss_assets.parsing.empty_rows import EMPTY_ROW, is_empty
from dss_assets.parsing.rows import no_good_row

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


def read_rows(rows: Rows, limit: RejectLimit, shown: int) -> Tried:
    """Read a file to its end. Raises InvalidFile where more rows are wrong than the limit allows.

    Whether a date exists, a number fits and a value can be converted for L1, only Postgres knows.
    """
    # Of fields of any length: COPY knows no limit below a gigabyte.
    csv.field_size_limit(sys.maxsize)
    checker = RowChecker(rows)
    first: list[list[str | None]] = []
    bad: dict[int, Fault] = {}
    read = 0
    for found in split_rows(rows):
        _require_decodable(rows, found, read)
        faults = dict(checker.faults(found))
        for at, text in enumerate(found):
            if fault := EMPTY_ROW if is_empty(text, rows.copy_format) else faults.get(at) or checker.width_fault(text):
                bad[read + at + 1] = fault
            elif len(first) < shown:
                first.append(_fields(text, rows.copy_format))
        read += len(found)
    rejected = rows.tally.bad_rows
    if not read and not rejected:
        raise NoRows(f"{rows.place} holds no rows. A release without rows is taken for a mistake.")
    list_rejects(rows, bad)
    if read == len(bad):
        raise no_good_row(next(iter(rows.positions())), bad[1], read + rows.tally.bad_rows)
    wrong = rejected + sum(fault.is_bad for fault in bad.values())
    require_within(limit, rows.place, wrong, rejected + read, rows.rejects)
    rejects = tuple(rows.rejects)
    return Tried(read - len(bad), rows.columns, first, rows.titles, dict(rows.skipped), rejects, rows.remarks)


def _require_decodable(rows: Rows, found: Sequence[bytes], read: int) -> None:
    """Raise InvalidFile at a row, after so many, whose bytes are not of the encoding."""
    for number, text in enumerate(found, start=read + 1):
        try:
            text.decode(rows.copy_format.encoding)
        except UnicodeDecodeError as error:
            raise InvalidFile(
                f"{rows.place_of_row(number)}: the text is not in {rows.copy_format.encoding}: found the byte "
                f"0x{error.object[error.start]:02X}. Nothing would be loaded."
            ) from error


def _fields(text: bytes, form: CopyFormat) -> list[str | None]:
    """The values of a row that is right."""
    row = text.decode(form.encoding)
    if form.kind == "text":
        return [None if value == r"\N" else _plain(value) for value in row.split(form.delimiter)]
    values = next(csv.reader([row], delimiter=form.delimiter, quotechar=form.quote), [])
    return [value or None for value in values]


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

"""An uploaded file -> what a person needs to see of it before it is loaded, or what is wrong with it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from dss_web.shared.contract import NULL_VALUES, ColumnType
from dss_web.uploads.column_types import ColumnTypes, looks_like_data
from dss_web.uploads.dialect import FIELD_CHARACTERS, SEPARATORS, Dialect, detect_dialect, text_encoding
from dss_web.uploads.encoding import detect_encoding
from dss_web.uploads.errors import FileRefused
from dss_web.uploads.header import name_columns

BATCH_ROWS = 2000
SAMPLE_VALUES = 3
RAGGED_LINES_TOLD = 3


@dataclass(frozen=True, slots=True)
class CsvFile:
    """What is known of a file that can be loaded: how to read it, and what its columns are.

    `titles` are the names in the file, `names` those of the table's columns, `types` what the values look like.
    """

    encoding: str
    dialect: Dialect
    titles: list[str]
    names: list[str]
    types: list[ColumnType]
    rows: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file and the number of the line on which it ends, counted from 1 for the header."""

    line: int
    fields: list[str]


class _Reader(Iterator[list[str]], Protocol):
    @property
    def line_num(self) -> int: ...


def inspect_file(path: Path, sample_rows: int) -> CsvFile:
    """Read a file through once. Types are inferred from its first `sample_rows` rows, all else from every row.

    Raises FileRefused with everything that is wrong, as far as it can be told.
    """
    encoding = detect_encoding(path)
    dialect = detect_dialect(path, encoding)
    with path.open("rb") as file:
        rows = read_rows(file, encoding, dialect)
        header = next(rows, None)
        if header is None:
            raise FileRefused("The file holds no text, only empty lines. Check that you chose the right file.")
        titles = header.fields
        _refuse_data_as_header(titles)
        names = name_columns(titles)
        types, count = _look_through(rows, len(titles), sample_rows, dialect)
    if not count:
        raise FileRefused(
            "The file has column names in its first line but no rows below. Check that the data were saved with it."
        )
    return CsvFile(encoding, dialect, titles, names, types, count)


def read_rows(file: BinaryIO, encoding: str, dialect: Dialect) -> Iterator[Row]:
    """The header and then the rows, in order, as they will be loaded; lines without anything are passed over.

    Raises FileRefused at the first line that cannot be read as CSV.
    """
    csv.field_size_limit(FIELD_CHARACTERS)
    text = io.TextIOWrapper(file, encoding=text_encoding(encoding), newline="")
    reader: _Reader = csv.reader(text, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
    try:
        for fields in reader:
            if fields:
                yield Row(reader.line_num, fields)
    except csv.Error as error:
        raise FileRefused(_unreadable(reader.line_num, dialect, str(error))) from error


def _unreadable(line: int, dialect: Dialect, reason: str) -> str:
    if "unexpected end" in reason or "field larger" in reason:
        return (
            f"A value is opened by a quotation mark ({dialect.quote}) that is never closed. Look for one before "
            f"line {line}, close it or delete it, and upload the file again."
        )
    return (
        f"Line {line} cannot be read: a quotation mark ({dialect.quote}) stands in the middle of a value. "
        "Put the whole value in quotation marks and double those inside it, or delete the mark."
    )


def _refuse_data_as_header(titles: list[str]) -> None:
    if all(titles) and looks_like_data(titles):
        shown = ", ".join(f"“{title}”" for title in titles[:SAMPLE_VALUES])
        raise FileRefused(
            f"The first line looks like data ({shown}), but it must hold the names of the columns. "
            "Add a first line with a name for each column."
        )


def _look_through(rows: Iterator[Row], width: int, sample_rows: int, dialect: Dialect) -> tuple[list[ColumnType], int]:
    types = ColumnTypes(width)
    count = 0
    ragged: list[Row] = []
    while batch := list(islice(rows, BATCH_ROWS)):
        ragged += [row for row in batch if len(row.fields) != width]
        if len(ragged) >= RAGGED_LINES_TOLD:
            break
        if not ragged and count < sample_rows:
            types.narrow([row.fields for row in batch[: sample_rows - count]])
        count += len(batch)
    if ragged:
        raise FileRefused(*(_ragged(row, width, dialect) for row in ragged[:RAGGED_LINES_TOLD]))
    return types.inferred(), count


def _ragged(row: Row, width: int, dialect: Dialect) -> str:
    found = f"{len(row.fields)} value" + ("" if len(row.fields) == 1 else "s")
    expected = f"{width} column" + ("" if width == 1 else "s")
    advice = (
        f"If a value contains a {SEPARATORS[dialect.delimiter]}, put it in quotation marks."
        if len(row.fields) > width
        else "Add the values that are missing, or leave them empty but keep the separators."
    )
    return f"Line {row.line} has {found}, but the first line names {expected}. {advice}"


def sample_values(rows: list[Row], width: int) -> list[list[str]]:
    """For each column its first few different values that are not empty."""
    samples: list[dict[str, None]] = [{} for _ in range(width)]
    for row in rows:
        for values, value in zip(samples, row.fields, strict=False):
            if len(values) < SAMPLE_VALUES and value not in NULL_VALUES:
                values[value] = None
    return [list(values) for values in samples]

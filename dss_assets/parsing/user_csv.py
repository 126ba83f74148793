"""CSV from a person's spreadsheet -> plain CSV for COPY.

`dss_web.shared.csv` reads it, as it did when the upload was checked; Python's csv module writes, six times as fast as
joining the values ourselves.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO

from dss_assets.dataset import Absent, Column, UserCsv
from dss_assets.errors import InvalidFile
from dss_assets.parsing.rows import CopyFormat, Position, Rows, Tally
from dss_web.shared.csv import CsvReader, Finding, InvalidCsv, Reading, open_csv
from dss_web.shared.values import DateStyle

# One read of a disk, and one message to Postgres.
CHUNK_BYTES = 1024 * 1024
# Both characters: then the writer quotes each value that holds either.
LINE_END = "\r\n"


@contextmanager
def user_csv_rows(form: UserCsv, columns: tuple[Column, ...], file: BinaryIO, place: str) -> Iterator[Rows]:
    """The rows below the header. The columns were agreed with the person who uploaded the file.

    Raises InvalidFile where the file is not what its check has found, here or while the rows are read.
    """
    columns = _in_file(form.reading, columns)
    with _as_invalid_file(place), open_csv(file, form.reading) as reader:
        if len(reader.titles) != len(columns):
            raise InvalidFile(
                f"{place} has {len(reader.titles)} columns, expected {len(columns)}. Nothing was loaded. "
                "Upload the file again and check its columns."
            )
        if form.reading.is_plain:
            yield _as_it_stands(form.reading, columns, file, place)
            return
        tally = Tally()
        yield Rows(
            place=place,
            columns=columns,
            chunks=_plain_csv(reader, place, tally),
            tally=tally,
            copy_format=CopyFormat("csv", ","),
            positions=lambda: _positions(file, form.reading),
            dates=DateStyle.DAY_FIRST,
        )


def _in_file(reading: Reading, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns that the file has, in its order. Of earlier releases' readings nothing is known but their number."""
    by_name = {column.name: column for column in columns}
    names = {column.name for column in reading.columns}
    missing = by_name.keys() - names
    if not names <= by_name.keys() or any(by_name[name].absent is Absent.REFUSED for name in missing):
        return columns
    return tuple(by_name[column.name] for column in reading.columns)


def _as_it_stands(reading: Reading, columns: tuple[Column, ...], file: BinaryIO, place: str) -> Rows:
    """The bytes below the header: the check has found that COPY reads them as it did."""
    before = (reading.first_line or 1) - 1

    def chunks() -> Iterator[bytes]:
        file.seek(0)
        skipped = 0
        while chunk := file.read(CHUNK_BYTES):
            start = 0
            while skipped < before and start < len(chunk):
                start = chunk.find(b"\n", start) + 1 or len(chunk)
                skipped += chunk[start - 1 : start] == b"\n"
            yield chunk[start:]

    def positions() -> Iterator[Position]:
        with open_csv(file, reading) as reader:
            for row in reader.rows():
                yield Position(row.line - before, "", row.line)

    return Rows(
        place=place,
        columns=columns,
        chunks=chunks(),
        tally=Tally(),
        copy_format=CopyFormat("csv", reading.delimiter, reading.quote),
        positions=positions,
        dates=DateStyle.DAY_FIRST,
    )


def _plain_csv(reader: CsvReader, place: str, tally: Tally) -> Iterator[bytes]:
    # A row of nothing but `\.` would end the data for Postgres before 18, unless it is in quotation marks.
    write = partial(csv.writer, quoting=csv.QUOTE_ALL) if len(reader.titles) == 1 else csv.writer
    with _as_invalid_file(place):
        for batch in reader.batches():
            if batch.findings:
                raise InvalidCsv(*batch.findings)
            tally.records += len(batch.rows)
            tally.accepted = tally.rows = tally.records
            text = io.StringIO(newline="")
            write(text, lineterminator=LINE_END).writerows(batch.rows)
            yield text.getvalue().encode()


def _positions(file: BinaryIO, reading: Reading) -> Iterator[Position]:
    """COPY counts line ends as the first one is written, within quotation marks too."""
    copied = 0
    with open_csv(file, reading) as reader:
        for row in reader.rows():
            copied += 1 + sum(value.count(LINE_END[0]) for value in row.fields)
            yield Position(copied, "", row.line)


@contextmanager
def _as_invalid_file(place: str) -> Iterator[None]:
    try:
        yield
    except InvalidCsv as error:
        raise InvalidFile(_explain(error.findings[0], place)) from error


def _explain(finding: Finding, place: str) -> str:
    return (
        f"{f'Line {finding.line}' if finding.line else place}: found {finding.found}, expected {finding.expected}. "
        "Nothing was loaded. Correct the file and upload it again."
    )

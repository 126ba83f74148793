"""CSV from a person's spreadsheet -> plain CSV for COPY, with every fault told by its line.

Python's csv module reads and writes it: it is in C, and six times as fast as joining the values ourselves.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO

from dss_assets.dataset import Column, UserCsv
from dss_assets.errors import InvalidFile
from dss_assets.parsing.rows import CopyFormat, Rows
from dss_web.shared.contract import NULL_VALUES

BATCH_ROWS = 2000
# Both characters: then the writer quotes each value that holds either.
LINE_END = "\r\n"
FIELD_CHARACTERS = 10 * 1024 * 1024


@contextmanager
def user_csv_rows(form: UserCsv, columns: tuple[Column, ...], file: BinaryIO, name: str) -> Iterator[Rows]:
    """The rows below the header. The columns were agreed with the person who uploaded the file."""
    yield Rows(
        place=name,
        columns=columns,
        chunks=_plain_csv(form, file, len(columns)),
        copy_format=CopyFormat("csv", ","),
        line_of=lambda copied: _line_of(form, file, copied),
    )


def _plain_csv(form: UserCsv, file: BinaryIO, width: int) -> Iterator[bytes]:
    for rows in _batches(form, file):
        fields_of_rows = []
        for line_number, fields in rows:
            if len(fields) != width:
                raise InvalidFile(
                    f"Line {line_number} has {len(fields)} values, but there are {width} columns. Correct this "
                    "line, or put quotation marks around a value that contains the separator, and upload again."
                )
            has_null = not NULL_VALUES.isdisjoint(fields)
            fields_of_rows.append(["" if value in NULL_VALUES else value for value in fields] if has_null else fields)
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator=LINE_END).writerows(fields_of_rows)
        yield text.getvalue().encode()


def _batches(form: UserCsv, file: BinaryIO) -> Iterator[list[tuple[int, list[str]]]]:
    """Rows below the header, each with the number of the line on which it ends. Empty lines are passed over."""
    csv.field_size_limit(FIELD_CHARACTERS)
    encoding = "utf-8-sig" if form.encoding.lower() in {"utf-8", "utf8"} else form.encoding
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    reader = csv.reader(text, delimiter=form.delimiter, quotechar=form.quote, strict=True)
    try:
        next(reader, None)
        while batch := [(reader.line_num, fields) for fields in islice(reader, BATCH_ROWS)]:
            yield [(line_number, fields) for line_number, fields in batch if fields]
    except UnicodeDecodeError as error:
        raise InvalidFile(
            f"A character after line {reader.line_num} is not {form.encoding.upper()}. "
            "Save the file as “CSV UTF-8” and upload it again."
        ) from error
    except csv.Error as error:
        raise InvalidFile(f"Line {reader.line_num} cannot be read as CSV: {error}.") from error
    finally:
        text.detach()  # or it would close the file, which is not ours


def _line_of(form: UserCsv, file: BinaryIO, copied: int) -> int:
    """The file's line for a line of the plain CSV, found by reading again: only an error asks for it.

    COPY counts line ends as the first one is written, within quotation marks too.
    """
    file.seek(0)
    lines = 0
    for batch in _batches(form, file):
        for line_number, fields in batch:
            lines += 1 + sum(field.count(LINE_END[0]) for field in fields)
            if lines >= copied:
                return line_number
    return 0

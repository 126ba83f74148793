"""CSV from a person's spreadsheet -> COPY text, with every fault told by its line."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO

from dss_assets.dataset import Column, HandmadeCsv
from dss_assets.faults import BadFile
from dss_assets.parsing.rows import CopyFormat, Rows, text_line
from dss_web.registry.contract import NULL_VALUES

BATCH_ROWS = 2000
FIELD_CHARACTERS = 10 * 1024 * 1024


@contextmanager
def handmade_rows(form: HandmadeCsv, columns: tuple[Column, ...], file: BinaryIO, name: str) -> Iterator[Rows]:
    """The rows below the header. The columns were agreed with the person who uploaded the file."""
    yield Rows(
        place=name,
        columns=columns,
        chunks=_copy_text(form, file, len(columns)),
        copy_format=CopyFormat("text"),
        line_of=lambda copied: _line_of(form, file, copied),
    )


def _copy_text(form: HandmadeCsv, file: BinaryIO, width: int) -> Iterator[bytes]:
    for rows in _batches(form, file):
        lines = []
        for line_number, fields in rows:
            if len(fields) != width:
                raise BadFile(
                    f"Line {line_number} has {len(fields)} values, but there are {width} columns. Correct this "
                    "line, or put quotation marks around a value that contains the separator, and upload again."
                )
            lines.append(text_line([None if value in NULL_VALUES else value for value in fields]))
        yield "".join(lines).encode()


def _batches(form: HandmadeCsv, file: BinaryIO) -> Iterator[list[tuple[int, list[str]]]]:
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
        raise BadFile(
            f"A character after line {reader.line_num} is not {form.encoding.upper()}. "
            "Save the file as “CSV UTF-8” and upload it again."
        ) from error
    except csv.Error as error:
        raise BadFile(f"Line {reader.line_num} cannot be read as CSV: {error}.") from error
    finally:
        text.detach()  # or it would close the file, which is not ours


def _line_of(form: HandmadeCsv, file: BinaryIO, row: int) -> int:
    """The line on which the `row`th row ends, found by reading again: only an error asks for it."""
    file.seek(0)
    rows = (line_number for batch in _batches(form, file) for line_number, _ in batch)
    return next(islice(rows, row - 1, None), 0)

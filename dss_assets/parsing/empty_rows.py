"""Rows without any value: blank lines, or nothing but delimiters, as spreadsheets leave below a table."""

import re
from collections.abc import Iterator

from dss_assets.errors import InvalidRow
from dss_assets.parsing.rows import NO_VALUE, CopyFormat, Fault, Rows

EMPTY_ROW = Fault("a row without any value", NO_VALUE)


def is_empty(row: bytes, form: CopyFormat) -> bool:
    """Whether a row of CSV has no value. Line ends within quotation marks are one."""
    return form.kind == "csv" and not row.rstrip(b"\r\n").translate(None, f" \t{form.delimiter}{form.quote}".encode())


def require_no_empty_row(rows: Rows) -> Iterator[bytes]:
    """The chunks of `rows` as they are. Raises InvalidRow after one with an empty row, whose place it does not name."""
    lines = None
    for chunk in rows.chunks:
        yield chunk
        if chunk and rows.copy_format.kind == "csv":
            lines = lines or _Lines(rows.copy_format, b"\r" if b"\r" in chunk and b"\n" not in chunk else b"\n")
            if lines.have_empty_row(chunk):
                raise _found_in(rows)
    if lines and lines.end_in_empty_row:
        raise _found_in(rows)


def _found_in(rows: Rows) -> InvalidRow:
    return InvalidRow(f"{rows.place}: found {EMPTY_ROW.reason}.")


class _Lines:
    """The lines of a text in chunks, none of which is copied: that would take longer than all that is done here.

    `end_in_empty_row`: the text up to here ends in a line of blanks alone, without its end.
    """

    def __init__(self, form: CopyFormat, end: bytes) -> None:
        self._form, self._end, self._quote = form, end, form.quote.encode()
        blanks = re.escape(f" \t{form.delimiter}{form.quote}").encode()
        self._empty = re.compile(b"%b[%b]*+%b(?=%b)" % (end, blanks, b"\r*+" if end == b"\n" else b"", end))
        self._is_within = False  # quotation marks
        # The line that has begun, if it is no field's.
        self._is_blank = True
        self.end_in_empty_row = False

    def have_empty_row(self, chunk: bytes) -> bool:
        """Whether an empty row ends in the next chunk, which has a byte or more."""
        first, begun = chunk.find(self._end), chunk.rfind(self._end) + 1
        if first >= 0:
            self._is_within ^= self._is_odd(chunk, 0, first)
            ends_one = self._is_blank and not self._is_within and is_empty(chunk[:first], self._form)
            if ends_one or self._is_among(chunk, first):
                return True
            self._is_within ^= self._is_odd(chunk, first, begun)
            self._is_blank = not self._is_within
        self._is_blank = self._is_blank and is_empty(chunk[begun:], self._form)
        self._is_within ^= self._is_odd(chunk, begun, len(chunk))
        self.end_in_empty_row = self._is_blank and not self._is_within and begun < len(chunk)
        return False

    def _is_among(self, chunk: bytes, first: int) -> bool:
        """Whether an empty row is among the lines below the first line end. One that opens a field goes on below."""
        is_within, counted = self._is_within, first
        for found in self._empty.finditer(chunk, first):
            is_within ^= self._is_odd(chunk, counted, found.start())
            counted = found.start()
            if not (is_within or self._is_odd(chunk, counted, found.end())):
                return True
        return False

    def _is_odd(self, chunk: bytes, start: int, end: int) -> bool:
        return chunk.count(self._quote, start, end) % 2 == 1

"""Rows without any value: blank lines, or nothing but delimiters, as spreadsheets leave below a table."""

from collections.abc import Iterator

from dss_assets.errors import InvalidRow
from dss_assets.parsing.rows import NO_VALUE, CopyFormat, Fault, Rows

EMPTY_ROW = Fault("a row without any value", NO_VALUE)
# A longer line has no end that is known here.
_MAX_LINE_BYTES = 1024 * 1024


def is_empty(row: bytes, form: CopyFormat) -> bool:
    """Whether a row of CSV has no value."""
    return form.kind == "csv" and not row.translate(None, f" \t\r\n{form.delimiter}{form.quote}".encode())


def require_no_empty_row(rows: Rows) -> Iterator[bytes]:
    """The chunks of `rows` as they are. Raises InvalidRow after one with an empty row, whose place it does not name."""
    form = rows.copy_format
    quote, rest, end, is_within = form.quote.encode(), b"", b"", False
    for chunk in rows.chunks:
        yield chunk
        if form.kind != "csv" or len(rest) > _MAX_LINE_BYTES:
            continue
        end = end or (b"\n" if b"\n" in chunk else b"\r")
        lines, found, rest = (rest + chunk).rpartition(end)
        if found and _may_have_empty_row(lines, end, form) and _has_empty_row(lines, end, form, is_within=is_within):
            raise InvalidRow(f"{rows.place}: found {EMPTY_ROW.reason}.")
        # Counts marks that are many ten times as fast as `count`.
        is_within ^= (len(lines) - len(lines.translate(None, quote))) % 2 == 1
    if rest and not is_within and is_empty(rest, form):
        raise InvalidRow(f"{rows.place}: found {EMPTY_ROW.reason}.")


def _may_have_empty_row(lines: bytes, end: bytes, form: CopyFormat) -> bool:
    """Whether there is an empty row or a line like one within a field: two line ends with nothing else between."""
    blanks = f" \t{form.delimiter}{form.quote}".encode() + {b"\n": b"\r", b"\r": b"\n"}[end]
    left = lines.translate(None, blanks)
    return not left or left.startswith(end) or left.endswith(end) or end * 2 in left


def _has_empty_row(lines: bytes, end: bytes, form: CopyFormat, *, is_within: bool) -> bool:
    """Whether there is one among lines that begin within quotation marks or not."""
    quote = form.quote.encode()
    for line in lines.split(end):
        if not is_within and is_empty(line, form):
            return True
        is_within ^= line.count(quote) % 2 == 1
    return False

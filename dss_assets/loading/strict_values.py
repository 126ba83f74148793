"""Values that Postgres would read as something else than they say: found in the chunks on their way to COPY.

Numbers alone are not even looked at one by one: bytes that can do no harm are left out of the chunk, and nothing stays.
Where each row is a line without separators in its fields, the chunk is split at once, and each typed column matched by
one regular expression. Other rows are matched whole, and only a row that fails is taken apart. COPY itself refuses what
is no value at all.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from dss_assets.counts import counted
from dss_assets.dataset import Column
from dss_assets.errors import InvalidFile, InvalidRow
from dss_assets.parsing import ANOTHER_WIDTH, CopyFormat, Fault, Rows
from dss_web.shared.contract import ColumnType
from dss_web.shared.values import BLANKS, DateStyle, shape

# What messages say that a column takes.
EXPECTED = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "a whole number between -2147483648 and 2147483647",
    ColumnType.BIGINT: "a whole number",
    ColumnType.NUMERIC: "a number",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.DATE: "a date, for example 2024-01-31",
    ColumnType.TIMESTAMP: "a date and time, for example 2024-01-31 14:30:00",
    ColumnType.TIMESTAMPTZ: "a date and time with its offset, for example 2024-01-31 14:30:00+01:00",
}
_NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.BIGINT, ColumnType.NUMERIC})
# The position of a column, and the pattern of its fields with LF between: None for numbers.
_TypedColumn = tuple[int, re.Pattern[bytes] | None]
# What is a number or nothing at all, with quotation marks and line ends around.
_HARMLESS_IN_NUMBERS = b'0123456789+-.\r\n "'
# The fields of a piece stay in the processor's cache, which is worth half of the time.
_PIECE_BYTES = 64 * 1024
# A row in memory is longer only where a quotation mark is not closed, and then it is the rest of the file.
_MAX_ROW_BYTES = 16 * 1024**2
_OFFSET = re.compile(r".*[0-9] ?(Z|[A-Z]{3,4}|[+-][0-9]{2}(:?[0-9]{2})?)", re.IGNORECASE)
_NUMBERS_ONLY_DATE = re.compile(r"[0-9]{1,2}([-/. ])[0-9]{1,2}\1[0-9]{1,4}.*")


def strict_values(rows: Rows) -> Iterable[bytes]:
    """The chunks of `rows` as they are. Raises InvalidRow at a value that is not written as its column's type is."""
    shapes = _shapes(rows)
    return _checked(rows, shapes) if any(shapes) else rows.chunks


class RowChecker:
    """Finds what is wrong in single rows, where a file is known to have wrong ones."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self._shapes = rows, _shapes(rows)
        self._most = len(rows.columns) - 1
        self._pattern = _rows_pattern(self._shapes, rows.copy_format)

    def faults(self, texts: Sequence[bytes]) -> Iterator[tuple[int, Fault]]:
        """The positions in `texts`, rows without line ends, of those that have a value which is not of its type."""
        if not any(self._shapes) or self._pattern.fullmatch(b"\n".join([*texts, b""])):
            return
        for at, text in enumerate(texts):
            if fault := _fault_of_row(self._rows, self._shapes, text):
                yield at, fault

    def width_fault(self, text: bytes) -> Fault | None:
        """What is wrong with the number of fields in a row."""
        form = self._rows.copy_format
        quote = form.quote.encode()
        if (form.kind == "text" or quote not in text) and text.count(form.delimiter.encode()) == self._most:
            return None
        fields = _fields(text.decode(form.encoding, "replace"), form)
        if len(fields) == len(self._rows.columns):
            return None
        names = ", ".join(column.name for column in self._rows.columns)
        found = f"found {counted(len(fields), 'field')}, expected {len(self._rows.columns)}: {names}"
        return Fault(found, ANOTHER_WIDTH)


def _shapes(rows: Rows) -> list[str | None]:
    return [shape(column.type, rows.dates) for column in rows.columns]


def _checked(rows: Rows, shapes: Sequence[str | None]) -> Iterator[bytes]:
    form = rows.copy_format
    rows_pattern, typed = _rows_pattern(shapes, form), _typed_columns(rows, shapes)
    # Digits, signs and separators are numbers or nothing at all. Dates can be wrong with these alone: 03-04-20.
    kinds = {column.type for column in rows.columns} - {ColumnType.TEXT, ColumnType.BOOLEAN}
    harmless = _HARMLESS_IN_NUMBERS + f"{form.delimiter}{form.quote}".encode() if kinds <= _NUMBERS else b""
    row, rest = 0, b""
    for chunk in rows.chunks:
        yield chunk
        whole, tail = _whole_lines(rest + chunk)
        rest = b""
        if harmless and not whole.translate(None, harmless):
            row, whole = row + _lines(whole, 0, len(whole)), b""
        end = 0
        while end < len(whole):
            start, end = end, whole.rfind(b"\n", end, end + _PIECE_BYTES) + 1 or len(whole)
            piece = whole[start:end]
            if _are_right(piece, len(shapes), typed, form.delimiter.encode()):
                row += _lines(piece, 0, len(piece))
                continue
            row, rest = _check_rows(rows, shapes, rows_pattern, piece, row)
            if rest:
                # A field goes on in the next piece.
                row, rest = _check_rows(rows, shapes, rows_pattern, rest + whole[end:], row)
                break
        rest += tail
        if len(rest) > _MAX_ROW_BYTES:
            raise InvalidFile(
                f"{rows.place_of_row(row + 1)}: a row of more than {_MAX_ROW_BYTES:,} bytes, as where a quotation "
                "mark is never closed. Nothing was loaded."
            )
    if rest:
        _check_rows(rows, shapes, rows_pattern, rest + b"\n", row)


def _are_right(text: bytes, width: int, columns: Sequence[_TypedColumn], delimiter: bytes) -> bool:
    """Whether each line has as many fields as there are columns, and typed ones nothing wrong. False where in doubt."""
    fields = text.replace(b"\n", delimiter).split(delimiter)
    if len(fields) != text.count(b"\n") * width + 1:
        return False
    for position, pattern in columns:
        column = fields[position:-1:width]
        if pattern is None:
            # COPY's own word for NULL is no value in other forms, and COPY refuses it there.
            if b"\n".join(column).translate(None, _HARMLESS_IN_NUMBERS).replace(rb"\N", b""):
                return False
        elif not pattern.fullmatch(b"\n".join({*column})):  # dates come again and again
            return False
    return True


def _check_rows(
    rows: Rows, shapes: Sequence[str | None], pattern: re.Pattern[bytes], text: bytes, row: int
) -> tuple[int, bytes]:
    """Check the rows of a text, before which there were `row`: how many there were with them, and an unfinished one."""
    at = 0
    while at < len(text):
        matched = pattern.match(text, at)
        end = matched.end() if matched else at
        row += _lines(text, at, end)
        if end == len(text):
            break
        row_end = _row_end(text, end, rows.copy_format)
        if row_end is None:
            return row, text[end:]
        row += 1
        if fault := _fault_of_row(rows, shapes, text[end:row_end]):
            raise InvalidRow(f"{fault.at(rows.place_of_row(row))}. Nothing was loaded.")
        at = row_end
    return row, b""


def _lines(text: bytes, start: int, end: int) -> int:
    """The line ends between two places of a text, of which none is within a field."""
    return text.count(b"\n", start, end) or text.count(b"\r", start, end)


def _whole_lines(text: bytes) -> tuple[bytes, bytes]:
    """The lines that have ended, and the rest. A CR at the very end may be half of a line end."""
    end = text.rfind(b"\n") + 1 or text.rfind(b"\r", 0, len(text) - 1) + 1
    return text[:end], text[end:]


def _typed_columns(rows: Rows, shapes: Sequence[str | None]) -> list[_TypedColumn]:
    """The typed columns. The last may keep a CR."""
    return [
        (
            position,
            None
            if column.type in _NUMBERS
            else re.compile(rf"(?>{_field(one, rows.copy_format)}\r?+(?>\n|\Z))*+".encode()),
        )
        for position, (column, one) in enumerate(zip(rows.columns, shapes, strict=True))
        if one is not None
    ]


def _field(one: str, form: CopyFormat) -> str:
    """The pattern of a field with a value of a shape, or none."""
    if form.kind == "text":
        return rf"(?>\\N|[ ]*+(?:{one})?+[ ]*+)"
    mark = f"[ ]*+{re.escape(form.quote)}?+"
    return rf"{mark}(?>[ ]*+(?:{one})?+[ ]*+){mark}"


def _rows_pattern(shapes: Sequence[str | None], form: CopyFormat) -> re.Pattern[bytes]:
    """Any number of rows with nothing wrong. Possessive, since nothing in a row can be read in two ways."""
    delimiter = re.escape(form.delimiter)
    if form.kind == "text":
        text = rf"[^{delimiter}\n]*+"
    else:
        quote = re.escape(form.quote)
        # A field of several lines is left to `_check_row`.
        text = rf"(?>{quote}[^{quote}\r\n]*+{quote}(?:{quote}[^{quote}\r\n]*+{quote})*+"
        text += rf"|[^{quote}{delimiter}\r\n]*+)"
    fields = [text if one is None else _field(one, form) for one in shapes]
    return re.compile((rf"(?>{delimiter.join(fields)}(?>\r\n|\n|\r))*+").encode())


def _row_end(text: bytes, start: int, form: CopyFormat) -> int | None:
    """Where the row ends that starts at `start`, behind its line end; None where it goes on beyond the text."""
    at, is_quoted, quote = start, False, form.quote.encode()
    while line_end := _LINE_END.search(text, at):
        is_quoted ^= form.kind == "csv" and text.count(quote, at, line_end.end()) % 2 == 1
        at = line_end.end()
        if not is_quoted:
            return at
    return None


_LINE_END = re.compile(rb"\r\n|\n|\r")


def _fault_of_row(rows: Rows, shapes: Sequence[str | None], text: bytes) -> Fault | None:
    """The first value that is wrong in a row. COPY refuses one of another number of fields."""
    fields = _fields(text.decode(rows.copy_format.encoding, "replace").rstrip("\r\n"), rows.copy_format)
    if len(fields) != len(shapes):
        return None
    for column, one, field in zip(rows.columns, shapes, fields, strict=True):
        value = field.strip(BLANKS)
        if one is not None and value and not re.fullmatch(one, value, re.ASCII):
            return fault_of_value(column, rows.dates, field)
    return None


def fault_of_value(column: Column, dates: DateStyle, field: str) -> Fault:
    """What is wrong with a value that is not of its column's type."""
    reason = f"column {column.name}: found {field!r}, expected {expected(column, dates, field.strip(BLANKS))}"
    return Fault(reason, f"a value of {column.name} that is not {EXPECTED[column.type]}")


def _fields(row: str, form: CopyFormat) -> list[str]:
    """The fields without their quotation marks, which for COPY may stand anywhere in a field."""
    if form.kind == "text":
        return ["" if field == r"\N" else field for field in row.split(form.delimiter)]
    quote, delimiter = re.escape(form.quote), re.escape(form.delimiter)
    field = rf"((?:[^{quote}{delimiter}]++|{quote}[^{quote}]*+{quote})*+){delimiter}"
    return [found.replace(form.quote, "") for found in re.findall(field, row + form.delimiter)]


def expected(column: Column, dates: DateStyle, value: str) -> str:
    """What a column takes, and what to do about a value that Postgres would have taken for something else."""
    text = EXPECTED[column.type]
    if column.type is ColumnType.TIMESTAMP and _OFFSET.fullmatch(value):
        return f"{text}, without the offset, which would be lost. Declare the column as TIMESTAMPTZ to keep it"
    if dates is DateStyle.YEAR_FIRST and _NUMBERS_ONLY_DATE.fullmatch(value):
        return f"{text}, whose column does not say whether day or month comes first: declare how it is `written`"
    return text

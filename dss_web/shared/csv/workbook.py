"""A workbook that a person sent -> the rows of one of its sheets, as text."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from dss_web.shared.csv.file_kind import FileKind, other_kind
from dss_web.shared.csv.findings import Finding, FindingKind, InvalidCsv
from dss_web.shared.csv.reading import Reading
from dss_web.shared.csv.source import RawBatch
from dss_web.shared.workbook import Cell, Workbook, WorkbookError, WorkbookTooLarge

_BATCH: Final = 2000
# What a cell shows whose formula has no value.
_ERRORS: Final = frozenset({"#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA"})


def sheets_of(file: BinaryIO) -> list[tuple[str, int]]:
    """The visible sheets with a cell in them, in order, and the number of their rows. Raises InvalidCsv."""
    with Workbook(file) as book:
        try:
            visible = [name for name, is_visible in book.sheets() if is_visible]
        except WorkbookError as error:
            file.seek(0)
            kind = other_kind(file, file.read(8)) or FileKind.EXCEL
            raise InvalidCsv(Finding(FindingKind.OTHER_KIND, found=kind, expected="a workbook")) from error
        sheets = [(name, _rows(book, name)) for name in visible]
    return [(name, rows) for name, rows in sheets if rows]


def _rows(book: Workbook, name: str) -> int:
    """The number of rows of a sheet; a chart is one without cells."""
    try:
        return book.extent(name).rows
    except WorkbookTooLarge as error:
        raise InvalidCsv(Finding(FindingKind.FAR_CELLS, found=name)) from error
    except WorkbookError:
        return 0


class SheetRows:
    """The rows of a sheet, numbered as the program shows them."""

    def __init__(self, rows: Iterator[list[Cell]], reading: Reading) -> None:
        self._rows = rows
        header = reading.header_lines[0] if reading.header_lines else 1
        self._first, self._last = reading.first_line or header, reading.last_line
        self.errors = 0

    def batches(self) -> Iterator[RawBatch]:
        """The rows from the reading's first line to its last, each as wide as the sheet."""
        rows: list[list[str]] = []
        lines: list[int] = []
        for number, cells in enumerate(self._rows, start=1):
            if number < self._first:
                continue
            if self._last is not None and number > self._last:
                break
            rows.append([self._text(cell) for cell in cells])
            lines.append(number)
            if len(rows) == _BATCH:
                yield RawBatch(rows, lines)
                rows, lines = [], []
        if rows:
            yield RawBatch(rows, lines)

    def _text(self, cell: Cell) -> str:  # noqa: PLR0911 a kind of cell each
        match cell:
            case str():
                if cell in _ERRORS:
                    self.errors += 1
                    return ""
                return cell
            case bool():
                return "true" if cell else "false"
            case float():
                return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
            case datetime.datetime():
                is_day = cell.time() == datetime.time()
                return cell.date().isoformat() if is_day else cell.isoformat(" ", "seconds")
            case datetime.date() | datetime.time():
                return cell.isoformat()
            case datetime.timedelta():
                return str(cell)
            case _:
                return str(cell)


@contextmanager
def open_sheet(file: BinaryIO, reading: Reading) -> Iterator[SheetRows]:
    """The rows of the reading's sheet. Raises InvalidCsv where it is not there or cannot be read."""
    with Workbook(file) as book:
        try:
            _, rows = book.read(reading.sheet)
        except WorkbookTooLarge as error:
            raise InvalidCsv(Finding(FindingKind.FAR_CELLS, found=reading.sheet), reading=reading) from error
        except WorkbookError as error:
            raise InvalidCsv(Finding(FindingKind.NO_SHEET, found=reading.sheet), reading=reading) from error
        yield SheetRows(rows, reading)

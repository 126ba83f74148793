"""A workbook -> the rows of one of its sheets, as text.

python-calamine reads cells as they are stored: a date is a date whatever it looks like, and a formula is its value as
it was last saved (https://github.com/dimastbk/python-calamine, seen 2026-11).
"""

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from dss_web.shared.csv.file_kind import FileKind, other_kind
from dss_web.shared.csv.findings import Finding, FindingKind, InvalidCsv

if TYPE_CHECKING:
    from dss_web.shared.csv.reader import RawBatch
    from dss_web.shared.csv.reading import Reading

_BATCH: Final = 2000
# What a cell shows whose formula has no value.
_ERRORS: Final = frozenset({"#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA"})


def _open(file: BinaryIO) -> Any:
    # Most uploads are no workbook: what they do not need is not loaded.
    import python_calamine  # noqa: PLC0415

    file.seek(0)
    try:
        return python_calamine.load_workbook(file)
    except Exception as error:  # its errors have no class in common
        file.seek(0)
        kind = other_kind(file, file.read(8)) or FileKind.EXCEL
        raise InvalidCsv(Finding(FindingKind.OTHER_KIND, found=kind, expected="a workbook")) from error


def sheets_of(file: BinaryIO) -> list[tuple[str, int]]:
    """The visible sheets with a cell in them, in order, and the number of their rows. Raises InvalidCsv."""
    book = _open(file)
    hidden = {one.name for one in book.sheets_metadata if "visible" not in str(one.visible).lower().rpartition(".")[2]}
    sheets = []
    for name in book.sheet_names:
        try:
            sheet = book.get_sheet_by_name(name)
        except Exception:  # noqa: S112 a chart is a sheet without cells
            continue
        if sheet.end is not None and name not in hidden:
            sheets.append((name, sheet.end[0] + 1))
    return sheets


class SheetRows:
    """The rows of a sheet, numbered as the program shows them."""

    def __init__(self, file: BinaryIO, reading: "Reading") -> None:
        """The whole sheet is held in memory, as the library reads it. Raises InvalidCsv where it is not there."""
        try:
            sheet = _open(file).get_sheet_by_name(reading.sheet)
        except InvalidCsv:
            raise
        except Exception as error:
            raise InvalidCsv(Finding(FindingKind.NO_SHEET, found=reading.sheet), reading=reading) from error
        self._sheet = sheet
        header = reading.header_lines[0] if reading.header_lines else 1
        self._first, self._last = reading.first_line or header, reading.last_line
        self.errors = 0

    def batches(self) -> Iterator["RawBatch"]:
        """The rows from the reading's first line to its last, each as wide as the sheet."""
        from dss_web.shared.csv.reader import RawBatch  # noqa: PLC0415

        rows: list[list[str]] = []
        lines: list[int] = []
        for number, cells in enumerate(self._sheet.iter_rows(), start=1):
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

    def _text(self, cell: Any) -> str:  # noqa: PLR0911 a kind of cell each
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

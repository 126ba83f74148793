"""A sheet of a workbook (XLSX, XLSM, XLSB, XLS or ODS) -> rows.

A workbook is unpacked and parsed at once, by a process that takes the memory of its sheet: see `Sheet`.
"""

import tempfile
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from operator import attrgetter
from typing import BinaryIO, NamedTuple, cast

from dss_assets.dataset import Column, Pattern, Sheet
from dss_assets.errors import DamagedFile, InvalidFile
from dss_assets.parsing.archive import SPOOLED_BYTES, chunks_of, is_zip
from dss_assets.parsing.header import Header, HeaderReader
from dss_assets.parsing.records import Record, Selected, Selection, rewritten_rows, targets_of
from dss_assets.parsing.rows import Rows, enforce_max_bytes
from dss_assets.parsing.texts import Text, find_texts
from dss_assets.parsing.written import Exact
from dss_web.shared.workbook import Cell, Extent, Workbook, WorkbookError, WorkbookTooLarge

# Members that tell a workbook from a zip of workbooks: of Office's formats, and of OpenDocument's.
_OF_WORKBOOKS = frozenset({"[Content_Types].xml", "content.xml"})
# Whole numbers up to here are exact in a cell, which holds a double.
_EXACT = 2**53


class Row(NamedTuple):
    """A row of a sheet by its number, counted from 1."""

    number: int
    fields: Sequence[str]


@contextmanager
def sheet_rows(
    form: Sheet,
    columns: tuple[Column, ...],
    file: BinaryIO,
    place: str,
    max_bytes: int,
    file_values: Mapping[str, str],
) -> Iterator[Rows]:
    """The rows of one sheet of a workbook, or of workbooks in a zip.

    Raises InvalidFile where there is no such sheet, or a header that is not as declared.
    """
    texts = find_texts(form, columns, file, place, max_bytes, file_values, is_archive=_is_archive)
    headers = HeaderReader(form.header, columns, form.others, "row")
    limit = min(max_bytes, form.max_workbook_bytes)
    with closing(_Sheets(form, headers, limit)) as sheets:
        first = sheets.read(texts.texts[0])
        header, first_place, _ = first
        targets = targets_of(columns, header)
        # Parsing takes most of the time of a load: the first workbook is not parsed again for its rows.
        opened = [first]
        del first

        def selected() -> Selected:
            for text in texts.texts:
                header, sheet_place, rows = opened.pop() if opened else sheets.read(text)
                selection = Selection(sheet_place, header, targets, text.values, "row")
                for number, fields in rows:
                    yield selection, Record(number, fields)

        named = replace(texts, texts=[Text(first_place, text.open_file) for text in texts.texts[:1]])
        yield rewritten_rows(named if len(texts.texts) == 1 else texts, place, targets, header.titles, selected)


class _Sheets:
    """The declared sheet of each workbook."""

    def __init__(self, form: Sheet, headers: HeaderReader, max_bytes: int) -> None:
        self._form, self._headers, self._max_bytes = form, headers, max_bytes
        self._workbooks = ExitStack()

    def close(self) -> None:
        """Close the workbooks of which not all rows were read."""
        self._workbooks.close()

    def read(self, text: Text) -> tuple[Header, str, Iterator[Row]]:
        """The header, how messages name the sheet, and the rows below the header."""
        workbook = self._workbooks.enter_context(_open(text, self._max_bytes))
        with _errors(text.place):
            name = _sheet_name(self._form, [name for name, _ in workbook.sheets()], text.place)
            extent, cells = workbook.read(name)
        place = f"{text.place}, sheet {name}"
        rows = _rows(self._form, _without_ends(self._form, extent, _until_read(workbook, cells, place)))
        header, _, below = self._headers.read(rows, attrgetter("fields"), place)
        return header, place, below


def _is_archive(file: BinaryIO) -> bool:
    """Whether a file is a zip, and no workbook."""
    if not is_zip(file):
        return False
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        return True  # `Archive` says what is wrong
    finally:
        file.seek(0)
    return not names & _OF_WORKBOOKS


def _open(text: Text, max_bytes: int) -> Workbook:
    with tempfile.SpooledTemporaryFile(SPOOLED_BYTES) as spooled:
        content = cast(BinaryIO, spooled)
        with text.open() as file:
            content.writelines(enforce_max_bytes(chunks_of(file), max_bytes, text.place))
        content.seek(0)
        with _errors(text.place):
            if is_zip(content):
                with zipfile.ZipFile(content) as archive:
                    size = sum(member.file_size for member in archive.infolist())
                if size > max_bytes:
                    raise InvalidFile(
                        f"{text.place} would unpack to {size:,} bytes, over the {max_bytes:,} that its declaration "
                        "allows; nothing was loaded. A workbook is held in memory: if there is enough, raise "
                        "max_workbook_bytes."
                    )
            return Workbook(content)


@contextmanager
def _errors(place: str) -> Iterator[None]:
    try:
        yield
    except WorkbookTooLarge as error:
        raise InvalidFile(
            f"{place} cannot be read: {error}. Nothing was loaded. Look at the end of the sheet, and ask the publisher."
        ) from error
    except (WorkbookError, zipfile.BadZipFile) as error:
        raise DamagedFile(
            f"{place} is not a whole workbook: {error}. Nothing was loaded. Expected XLSX, XLSM, XLSB, XLS or ODS "
            "without a password."
        ) from error


def _until_read(workbook: Workbook, cells: Iterator[list[Cell]], place: str) -> Iterator[list[Cell]]:
    """The same rows. The workbook is closed after the last."""
    with workbook, _errors(place):
        yield from cells


def _sheet_name(form: Sheet, names: list[str], place: str) -> str:
    """The sheet that is read. Raises InvalidFile unless there is just one."""
    if form.sheet is None:
        found = names[:1]
    elif isinstance(form.sheet, Pattern):
        found = [name for name in names if form.sheet.matches(name)]
    else:
        found = [name for name in names if name.strip().casefold() == form.sheet.casefold()]
    if len(found) != 1:
        wanted = form.sheet.text if isinstance(form.sheet, Pattern) else form.sheet
        raise InvalidFile(
            f"{place} has {len(found)} sheets that match {wanted!r}, expected one. Its sheets are: "
            f"{', '.join(names) or 'none'}. Nothing was loaded. If the publisher has renamed it, correct the dataset's "
            "declaration."
        )
    return found[0]


def _without_ends(form: Sheet, extent: Extent, rows: Iterator[list[Cell]]) -> Iterator[tuple[int, list[Cell]]]:
    """The rows with their numbers, without those that are counted from the beginning and from the end.

    Each begins with column A, where those of a workbook begin with the first column that holds anything.
    """
    left: list[Cell] = [None] * extent.first_column
    footer = 0 if isinstance(form.footer, Pattern) else form.footer
    waiting: deque[tuple[int, list[Cell]]] = deque()
    for number, row in enumerate(rows, start=1):
        if number > form.skip_lines:
            waiting.append((number, left + row))
        if any(cell not in {"", None} for cell in row):  # or the sheet may end here
            while len(waiting) > footer:
                yield waiting.popleft()


def _rows(form: Sheet, rows: Iterable[tuple[int, list[Cell]]]) -> Iterator[Row]:
    """The rows as texts, up to the footer, without comments and empty rows."""
    nulls = frozenset(form.nulls)
    for number, cells in rows:
        fields = [_text(cell) for cell in cells]
        first = next(filter(None, fields), "")
        if isinstance(form.footer, Pattern) and form.footer.matches(first.strip()):
            return
        if first and not (form.comment and first.startswith(form.comment)):
            yield Row(number, [field if field.strip() not in nulls else "" for field in fields] if nulls else fields)


def _text(cell: Cell) -> str:
    """What a cell holds, as Postgres reads it."""
    match cell:
        case str():
            return cell
        case None:
            return ""
        case bool():
            text = "true" if cell else "false"
        case float():
            # The shortest digits that are this number, without an exponent.
            text = str(int(cell)) if cell.is_integer() and abs(cell) <= _EXACT else f"{Decimal(repr(cell)):f}"
        case datetime():
            # A day has midnight in a cell.
            text = cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
        case date() | time():
            text = cell.isoformat()
        case _:
            text = str(cell)
    return Exact(text)

"""A workbook -> its sheets and their rows, by python-calamine, which reads XLSX, XLSM, XLSB, XLS and ODS.

Cells are read as they are stored: a date is a date whatever it looks like, and a formula is its value as it was last
saved (https://github.com/dimastbk/python-calamine, seen 2026-11).

The library holds a sheet as a whole, as wide and as tall as its furthest cells. A file of a kilobyte that has one cell
in the last corner would take 400 GB, and Rust ends the process that cannot have them. So a workbook is read by a
process of its own, which may take a certain amount of memory.
"""

import json
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, Self

from dss_web.shared.workbook import process

Cell = int | float | str | bool | time | date | datetime | timedelta | None

_PROCESS: Final = Path(process.__file__)
_COPIED_BYTES: Final = 1024 * 1024
# What Python and Rust write when there is no memory to be had.
_NO_MEMORY: Final = ("MemoryError", "memory allocation of", "capacity overflow")


class WorkbookError(Exception):
    """A workbook, or a sheet of it, cannot be read."""


class WorkbookTooLarge(WorkbookError):
    """A sheet takes more memory than it may."""


class Extent(NamedTuple):
    """How many rows a sheet has, to its last cell, and the first column with a cell in it, counted from 0."""

    rows: int
    first_column: int


class Workbook:
    """An open workbook. Close it, or use it in a `with` block, which ends its process.

    Each method raises WorkbookError where the file is no workbook or has no such sheet, and WorkbookTooLarge.
    """

    def __init__(self, file: BinaryIO) -> None:
        """`file` is read from its beginning. It is copied, since the process needs a file of its own."""
        file.seek(0)
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(file, copy, _COPIED_BYTES)
            copy.seek(0)
            self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 `close` closes it
            self._process = subprocess.Popen(
                # -P: modules beside the file would hide those of Python that have their names.
                [sys.executable, "-P", _PROCESS, str(copy.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                pass_fds=[copy.fileno()],
            )

    def __enter__(self) -> Self:
        """The workbook itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End its process, whatever that is doing."""
        if self._complaints.closed:
            return
        self._process.kill()
        self._process.communicate()
        self._complaints.close()

    def sheets(self) -> list[tuple[str, bool]]:
        """The names of its sheets in order, charts among them, and whether each is visible."""
        self._ask("sheets")
        return list(self._answer())

    def extent(self, sheet: str) -> Extent:
        """The extent of a sheet, which is parsed for it."""
        self._ask("extent", sheet)
        return Extent(*self._answer())

    def read(self, sheet: str) -> tuple[Extent, Iterator[list[Cell]]]:
        """The extent of a sheet, and its rows in order from its row 1, each from the first column to the last."""
        self._ask("rows", sheet)
        return Extent(*self._answer()), self._rows()

    def _rows(self) -> Iterator[list[Cell]]:
        while (some := self._answer()) is not None:
            yield from some

    def _ask(self, *request: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended, and its last answer says why

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        try:
            answer = pickle.load(self._process.stdout)  # noqa: S301 what our own process has written
        except (EOFError, pickle.UnpicklingError):
            raise self._failure() from None
        if isinstance(answer, list) and answer[:1] == ["error"]:
            raise WorkbookError(answer[1])
        return answer

    def _failure(self) -> WorkbookError:
        """Why the process has ended without an answer."""
        status = self._process.wait()
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors="replace").strip()
        # A negative status is a signal: that of an abort, or of a system that had no memory left.
        if any(words in said for words in _NO_MEMORY) or status == -9:
            most = process.MOST_MEMORY_BYTES // 2**30
            return WorkbookTooLarge(
                f"it needs more than {most} GiB of memory: it has cells far to the right or far below the others"
            )
        return WorkbookError(f"its reader ended with status {status}: {said.splitlines()[-1] if said else 'no reason'}")

"""The process that reads a workbook: `python -P process.py FILE_DESCRIPTOR`, started by `Workbook` alone.

It imports nothing of the service, so that it starts in a tenth of a second. Requests come in as lines of JSON, answers
go out as pickles: `["sheets"]` or `["extent", name]` -> one value; `["rows", name]` -> lists of rows, then None.
The answer is an `["error", text]` where there is none.
"""

import json
import pickle
import resource
import sys
from itertools import islice

import python_calamine

# A sheet of a million rows and fifty columns takes 3.3 GB. More is a file that claims cells which it does not hold.
MOST_MEMORY_BYTES = 4 * 2**30
# Enough rows to make the cost of each message small.
_ROWS = 2000


def main() -> None:
    """Answer requests until there are no more of them."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    answers = sys.stdout.buffer
    with open(int(sys.argv[1]), "rb") as file:  # noqa: PTH123 a descriptor is no path
        try:
            book = python_calamine.load_workbook(file)
        except python_calamine.CalamineError as error:
            pickle.dump(["error", str(error)], answers)
            return
        for line in sys.stdin:
            request, *arguments = json.loads(line)
            try:
                if request == "sheets":
                    pickle.dump(_sheets(book), answers)
                elif request == "extent":
                    pickle.dump(_extent(book.get_sheet_by_name(*arguments)), answers)
                else:
                    sheet = book.get_sheet_by_name(*arguments)
                    pickle.dump(_extent(sheet), answers)
                    rows = sheet.iter_rows()
                    while some := list(islice(rows, _ROWS)):
                        pickle.dump(some, answers)
                    pickle.dump(None, answers)
            except python_calamine.CalamineError as error:
                pickle.dump(["error", str(error)], answers)
            answers.flush()


def _sheets(book: python_calamine.CalamineWorkbook) -> list[tuple[str, bool]]:
    visible = python_calamine.SheetVisibleEnum.Visible
    return [(sheet.name, sheet.visible is visible) for sheet in book.sheets_metadata]


def _extent(sheet: python_calamine.CalamineSheet) -> tuple[int, int]:
    """The number of rows to the last cell, and the first column with a cell."""
    return (sheet.end[0] + 1 if sheet.end else 0), (sheet.start or (0, 0))[1]


if __name__ == "__main__":
    main()

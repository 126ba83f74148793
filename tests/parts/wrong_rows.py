"""A dataset, and rows of it of which each is wrong in a way of its own."""

from collections.abc import Callable

from dss_assets.dataset import (
    Column,
    Conversion,
    ConvertedColumn,
    Dataset,
    Delimited,
    Incremental,
    Rowwise,
)
from dss_web.shared.contract import ColumnType
from tests.parts.assets_fixtures import Rows

Select = Callable[[str], Rows]

COLUMNS = (Column("name"), Column("felled", ColumnType.DATE), Column("month"))
MONTH = Conversion(
    ColumnType.DATE,
    "to_date({}, 'YYYYMM')",
    valid="{} ~ '^[0-9]{{4}}(0[1-9]|1[0-2])$'",
    expected="a month as YYYYMM",
)
L1 = Rowwise(("name", "felled", ConvertedColumn("month", MONTH, "month")))
TREES = Dataset("org", "trees", None, Delimited(), Incremental(), COLUMNS, l1=L1)
COUNTS = "SELECT records, rows, rejected, superseded, skipped FROM operations.datafile_registry"
REJECTS = "SELECT place, line, reason FROM operations.reject ORDER BY id"
NAMES = 'SELECT name FROM "org.trees"."{}" ORDER BY id'

NO_DATE = "column felled: found {!r}, expected a date, for example 2024-01-31"
NO_MONTH = "column month: found '202613', expected a month as YYYYMM"
A_DAY = "a value of felled that is not a date, for example 2024-01-31"
A_MONTH = "a value of month that is not a month as YYYYMM"
WIDTH = "another number of fields"

GOOD = ["oak", "2024-01-31", "202601"]
LAST = ["elm", "", "202612"]
BAD_DAY = ["ash", "2024-02-30", "202601"]
NO_DAY = ["fir", "today", "202601"]
BAD_MONTH = ["yew", "2024-01-31", "202613"]
SHORT = ["box", "2024-01-31"]
LONG = ["bay", "2024-01-31", "202601", "more"]
ROWS = [GOOD, BAD_DAY, NO_DAY, BAD_MONTH, SHORT, LONG, LAST]


def lines(rows: list[list[str]], delimiter: str = ",", end: str = "\n") -> bytes:
    return "".join(delimiter.join(row) + end for row in rows).encode()


HEADER = ["name", "felled", "month"]
OF_CSV = [
    (3, NO_DATE.format("2024-02-30")),
    (4, NO_DATE.format("today")),
    (5, NO_MONTH),
    (6, "found 2 fields, expected 3: name, felled, month"),
    (7, "found 4 fields, expected 3: name, felled, month"),
]
REWRITTEN = [
    *OF_CSV[:3],
    (6, "found 2 fields, expected 3. The first of them: 'box', '2024-01-31'"),
    (7, "found 4 fields, expected 3. The first of them: 'bay', '2024-01-31', '202601', 'more'"),
]
CSV = lines([HEADER, *ROWS])

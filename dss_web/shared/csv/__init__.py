"""How the rows of an uploaded CSV are read: once for its check by the web half and for its load by the assets half.

Everything that decides what the rows are stands here; the words for people stand with the pages. No Django, no
database.

file_kind      bytes -> what they are, if not text
encoding       bytes -> in which encoding they are text
dialect        text -> `Dialect`, the description of how to read the file, which goes from the check to the load
reader         file and dialect -> the header, and the rows as they are loaded, with their lines
column_names   titles of the header -> names of columns
column_types   values -> the narrowest type that fits all of them
inspection     all of these over one file
errors         what can be wrong with a file, as fields
"""

from dss_web.shared.csv.dialect import Dialect
from dss_web.shared.csv.errors import InvalidCsv, Problem, ProblemKind
from dss_web.shared.csv.inspection import CsvFile, inspect_csv
from dss_web.shared.csv.reader import Batch, CsvReader, Row, open_csv

__all__ = [
    "Batch",
    "CsvFile",
    "CsvReader",
    "Dialect",
    "InvalidCsv",
    "Problem",
    "ProblemKind",
    "Row",
    "inspect_csv",
    "open_csv",
]

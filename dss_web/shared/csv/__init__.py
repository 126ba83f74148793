"""How the rows of an uploaded file are read: once for its check by the web half and for its load by the assets half.

Everything that decides what the rows are stands here; the words for people stand with the pages. No Django, no
database.

reading         `Reading`, how to read a file: it goes from the check to the load
findings        what was found in a file, as fields: told, asked or refused
file_kind       bytes -> what they are, if not text
unpacking       a compressed file -> the one file in it
workbook        a workbook -> the rows of one of its sheets
encoding        bytes -> in which encoding they are text; `encoding_guess` judges words
beginning       the beginning of a text, and what has to be put right in it
text            a file and its reading -> the fields of its rows
dialect         a sample -> the ways in which its rows may be written, best first; `dialect_choice` those to try
cells           one value -> what it looks like
top             the first rows, without comments and what programs write for others
body, shape     the first rows -> titles, header and data, by what the columns hold
footer          the last rows -> where the data end
reader          a file and its reading -> its rows as they stand there, and as they are loaded
pass_through    all rows, once -> what their columns hold, and what is wrong with them
census          the values of a column -> how many look like what
column_types    what a column holds -> its type, and what is to be said of it
conversions     what is done to a value on its way
column_names    titles -> names of columns
inspection      all of these over one file
"""

from dss_web.shared.csv.findings import Finding, FindingKind, InvalidCsv, Severity
from dss_web.shared.csv.inspection import CsvFile, inspect_csv
from dss_web.shared.csv.reader import Batch, CsvReader, Row, open_csv
from dss_web.shared.csv.reading import Choices, ColumnReading, Conversion, Reading

__all__ = [
    "Batch",
    "Choices",
    "ColumnReading",
    "Conversion",
    "CsvFile",
    "CsvReader",
    "Finding",
    "FindingKind",
    "InvalidCsv",
    "Reading",
    "Row",
    "Severity",
    "inspect_csv",
    "open_csv",
]

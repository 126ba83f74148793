"""How the rows of an uploaded file are read: once for its check by the web half and for its load by the assets half."""

from dss_web.shared.csv.findings import Finding, FindingKind, InvalidCsv, Severity
from dss_web.shared.csv.inspection import Choices, CsvFile, inspect_csv
from dss_web.shared.csv.reader import Batch, CsvReader, Row, open_csv
from dss_web.shared.csv.reading import ColumnReading, Conversion, Reading

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

"""A whole file -> how to read it and what its columns are, or what is wrong with it."""

from dataclasses import dataclass
from typing import BinaryIO

from dss_web.shared.contract import ColumnType
from dss_web.shared.csv.column_names import name_columns
from dss_web.shared.csv.column_types import ColumnTypes, looks_like_data
from dss_web.shared.csv.dialect import Dialect, detect_dialect
from dss_web.shared.csv.encoding import detect_encoding
from dss_web.shared.csv.errors import InvalidCsv, Problem, ProblemKind
from dss_web.shared.csv.reader import CsvReader, open_csv

# One line may be a slip; three show a person the pattern, and more are the same mistake again.
REPORTED_LINES = 3
REPORTED_TITLES = 3


@dataclass(frozen=True, slots=True)
class CsvFile:
    """What is known of a file that can be loaded: how to read it, and what its columns are.

    `titles` are the names in the file, `names` those of the table's columns, `types` what the values look like;
    `rows` is the number of rows below the header.
    """

    dialect: Dialect
    titles: list[str]
    names: list[str]
    types: list[ColumnType]
    rows: int


def inspect_csv(file: BinaryIO, sample_rows: int) -> CsvFile:
    """Find out how to read a file, and read it through. Its bytes are read twice, and parsed once.

    Types are inferred from the first `sample_rows` rows, all else from every row. Raises InvalidCsv with all that is
    wrong with the header, or with the first lines that do not fit it.
    """
    dialect = detect_dialect(file, detect_encoding(file))
    with open_csv(file, dialect) as reader:
        titles = reader.titles
        if all(titles) and looks_like_data(titles):
            found = ", ".join(f"“{title}”" for title in titles[:REPORTED_TITLES])
            problem = Problem(ProblemKind.HEADER_IS_DATA, reader.header_line, found=found, expected="names of columns")
            raise InvalidCsv(problem, dialect=dialect)
        names = name_columns(titles)
        types, rows = _read_through(reader, sample_rows)
    return CsvFile(dialect, titles, names, types, rows)


def _read_through(reader: CsvReader, sample_rows: int) -> tuple[list[ColumnType], int]:
    """The type of each column, and the number of rows."""
    types = ColumnTypes(len(reader.titles))
    count = 0
    problems: list[Problem] = []
    try:
        for batch in reader.batches():
            problems += batch.problems
            if len(problems) >= REPORTED_LINES:
                break
            if not problems and count < sample_rows:
                types.narrow(batch.rows[: sample_rows - count])
            count += len(batch.rows)
    except InvalidCsv as error:
        problems += error.problems
    if not problems and not count:
        problems = [Problem(ProblemKind.NO_ROWS, found="a header only", expected="rows below it")]
    if problems:
        raise InvalidCsv(*problems[:REPORTED_LINES], dialect=reader.dialect)
    return types.inferred(), count

"""What is wrong with a file -> sentences for the person who uploaded it: what, where, and what to do."""

from typing import Final

from dss_web.shared.csv import Dialect, InvalidCsv, Problem, ProblemKind
from dss_web.shared.csv.column_names import NAME_CHARACTERS
from dss_web.shared.csv.file_kind import FileKind
from dss_web.uploads.titles import DELIMITER_TITLES, ENCODING_TITLES

_SAVE_AS_CSV: Final = "the sheet you need, choose “Save as” and “CSV UTF-8”, then upload that file."
# What it is, and how the way to a CSV file begins; `_SAVE_AS_CSV` is the rest of the sentence.
_OTHER_KINDS: Final = {
    FileKind.OFFICE_97: "This is an Excel workbook or another Office document. In Excel, open",
    FileKind.PDF: "This is a PDF. Ask for the data as a spreadsheet, open",
    FileKind.PARQUET: "This is a Parquet file. With the tool that made it, open",
    FileKind.GZIP: "This is a compressed file (gzip). Unpack it and open",
    FileKind.MARKUP: "This is a web page or an XML file. Get the data as a spreadsheet, open",
    FileKind.JSON: "This is a JSON file. Open it in a spreadsheet program, look at",
    FileKind.EXCEL: "This is an Excel workbook, not a CSV file. In Excel, open",
    FileKind.OPEN_DOCUMENT: "This is an OpenDocument file, not a CSV file. In LibreOffice, open",
    FileKind.WORD: "This is a Word document, not a CSV file. Copy its table into a spreadsheet, open",
    FileKind.ZIP: "This is a ZIP file, not a CSV file. Unpack it and open",
    FileKind.DAMAGED_ZIP: "This is a damaged ZIP file or workbook. Get it again and open",
}


def explain(error: InvalidCsv) -> list[str]:
    """One or two sentences for each problem, in order."""
    return [_explain(problem, error.dialect or Dialect()) for problem in error.problems]


def _explain(problem: Problem, dialect: Dialect) -> str:
    match problem.kind:
        case ProblemKind.UNNAMED_COLUMN | ProblemKind.UNUSABLE_NAME | ProblemKind.RESERVED_NAME | ProblemKind.LONG_NAME:
            return _explain_name(problem)
        case ProblemKind.NO_HEADER | ProblemKind.HEADER_IS_DATA | ProblemKind.NO_ROWS:
            return _explain_shape(problem)
        case ProblemKind.TOO_MANY_VALUES | ProblemKind.TOO_FEW_VALUES:
            return _explain_ragged(problem, dialect)
        case ProblemKind.UNCLOSED_QUOTE | ProblemKind.STRAY_QUOTE:
            return _explain_quote(problem, dialect)
        case _:
            return _explain_bytes(problem)


def _explain_bytes(problem: Problem) -> str:
    match problem.kind:
        case ProblemKind.EMPTY:
            return "The file is empty. Check that you chose the right file, and that it was saved."
        case ProblemKind.OTHER_KIND:
            return f"{_OTHER_KINDS[FileKind(problem.found)]} {_SAVE_AS_CSV}"
        case ProblemKind.WRONG_MARK:
            return (
                f"The file is marked as {ENCODING_TITLES[problem.expected]} text but contains other bytes, so it may "
                f"be damaged. Open it in a spreadsheet program, look at {_SAVE_AS_CSV}"
            )
        case ProblemKind.UNDECODABLE:
            return (
                f"Line {problem.line} contains a character that is not {problem.expected}. Open the file in the "
                f"program that made it, look at {_SAVE_AS_CSV}"
            )
        case _:
            return (
                "This is not a CSV file: it contains bytes that are not text. "
                f"Open it in the program that made it, look at {_SAVE_AS_CSV}"
            )


def _explain_shape(problem: Problem) -> str:
    match problem.kind:
        case ProblemKind.NO_HEADER:
            return "The file contains only empty lines. Check that you chose the right file."
        case ProblemKind.HEADER_IS_DATA:
            return (
                f"The first line looks like data ({problem.found}), but it must contain the names of the columns. "
                "Add a first line with a name for each column."
            )
        case _:
            return (
                "The file has column names in its first line but no rows below. Check that the data were saved with it."
            )


def _explain_name(problem: Problem) -> str:
    column, title = f"column {problem.column}", problem.found
    match problem.kind:
        case ProblemKind.UNNAMED_COLUMN:
            return (
                f"{column.capitalize()} has no name in the first line. "
                "Give it a name, or delete the column if it is empty."
            )
        case ProblemKind.UNUSABLE_NAME:
            return f"{column.capitalize()}, “{title}”, needs a name with at least one letter from a to z."
        case ProblemKind.RESERVED_NAME:
            return (
                f"{column.capitalize()} cannot be called “{title}”, because the service has a column of that name "
                f"itself. Rename it, for example to “{problem.expected}”."
            )
        case _:
            return (
                f"The name of {column} is too long: “{title[:NAME_CHARACTERS]}…”. "
                f"Use at most {NAME_CHARACTERS} characters."
            )


def _explain_ragged(problem: Problem, dialect: Dialect) -> str:
    advice = (
        f"If a value contains a {DELIMITER_TITLES[dialect.delimiter]}, put it in quotation marks."
        if problem.kind == ProblemKind.TOO_MANY_VALUES
        else "Add the values that are missing, or leave them empty but keep the separators."
    )
    return f"Line {problem.line} has {problem.found}, but the first line names {problem.expected}. {advice}"


def _explain_quote(problem: Problem, dialect: Dialect) -> str:
    if problem.kind == ProblemKind.UNCLOSED_QUOTE:
        return (
            f"A value is opened by a quotation mark ({dialect.quote}) that is never closed. Look for one before "
            f"line {problem.line}, close it or delete it, and upload the file again."
        )
    return (
        f"Line {problem.line} cannot be read: there is a quotation mark ({dialect.quote}) in the middle of a value. "
        "Put the whole value in quotation marks and double those inside it, or delete the mark."
    )

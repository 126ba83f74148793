"""What was found in a file -> sentences for the person who uploaded it: what, where, and what to do."""

from collections.abc import Callable
from typing import Final

from dss_web.shared.csv import CsvFile, Finding, FindingKind, InvalidCsv, Reading, Severity
from dss_web.shared.csv.file_kind import FileKind
from dss_web.uploads.finding_texts import TEXTS
from dss_web.uploads.titles import DELIMITER_TITLES, ENCODING_TITLES

_SAVE_AS_CSV: Final = "the sheet you need, choose “Save as” and “CSV UTF-8”, then upload that file."
# What it is, and how the way to a CSV file begins; `_SAVE_AS_CSV` is the rest of the sentence.
_OTHER_KINDS: Final = {
    FileKind.OFFICE_97: "This is an old Excel workbook or another old Office document. In Excel, open",
    FileKind.PDF: "This is a PDF. Ask for the data as a spreadsheet, open",
    FileKind.PARQUET: "This is a Parquet file or the like. With the tool that made it, export a spreadsheet, open",
    FileKind.GZIP: "This is a compressed file (gzip). Unpack it and open",
    FileKind.ARCHIVE: "This is a compressed file. Unpack it and open",
    FileKind.MARKUP: "This is a web page or an XML file. Get the data as a spreadsheet, open",
    FileKind.JSON: "This is a JSON file. Open it in a spreadsheet program, look at",
    FileKind.RTF: "This is a document in Rich Text Format (RTF). Copy its table into a spreadsheet, open",
    FileKind.IMAGE: "This is a picture. Ask for the data as a spreadsheet, open",
    FileKind.DATABASE: "This is a database. With the tool that made it, export a table to a spreadsheet, open",
    FileKind.STATISTICS: "This is a file of a statistics program. With that program, export a spreadsheet, open",
    FileKind.EMAIL: "This is an email. Save the file that is attached to it, open",
    FileKind.SQL: "These are statements of a database (SQL). With their tool, export the table to a spreadsheet, open",
    FileKind.ENCRYPTED: "This file is encrypted. Decrypt it, open",
    FileKind.CARD: "This is from a calendar or an address book. With that program, export a spreadsheet, open",
    FileKind.LINK: "This is a link to a file, and not the file itself. Get that file, open",
    FileKind.EXCEL: "This looks like an Excel workbook that is damaged or compressed. Unpack it, or in Excel, open",
    FileKind.OPEN_DOCUMENT: "This looks like an OpenDocument file but cannot be read. In LibreOffice, open",
    FileKind.WORD: "This is a Word document, not a CSV file. Copy its table into a spreadsheet, open",
    FileKind.ZIP: "This is a ZIP file, not a CSV file. Unpack it and open",
    FileKind.DAMAGED_ZIP: "This is a ZIP or gzip file or a workbook, damaged or with a password. Get it again, open",
}


def explain(error: InvalidCsv) -> list[str]:
    """One or two sentences for each finding, in order."""
    return [explain_finding(finding, error.reading or Reading()) for finding in error.findings]


def explain_findings(csv_file: CsvFile) -> list[dict[str, str | int | None]]:
    """What the check page shows: each finding with its kind, its severity, its place and its sentences."""
    return [
        {
            "kind": finding.kind.value,
            "severity": finding.severity.value,
            "line": finding.line,
            "column": finding.column,
            "name": csv_file.names[finding.column - 1] if finding.column else "",
            "text": explain_finding(finding, csv_file.reading),
        }
        for finding in csv_file.findings
    ]


def explain_finding(finding: Finding, reading: Reading) -> str:
    """One or two sentences: what, where, and what to do."""
    if finding.kind is FindingKind.OTHER_KIND:
        return f"{_OTHER_KINDS[FileKind(finding.found)]} {_SAVE_AS_CSV}"
    special: Callable[[Finding, Reading], str] | None = _SPECIAL.get(finding.kind)
    if special:
        return special(finding, reading)
    column = f"column {finding.column}"
    if finding.column and len(reading.columns) >= finding.column:
        column = f"column {finding.column} ({reading.columns[finding.column - 1].name})"
    return TEXTS[finding.kind].format(
        line=finding.line,
        where=f"Line {finding.line}" if finding.line else "A line",
        column=column,
        Column=column[:1].upper() + column[1:],
        found=finding.found,
        expected=finding.expected,
        count=Count(finding.count),
        delimiter=_delimiter(reading.delimiter),
        quote=reading.quote or '"',
        save=_SAVE_AS_CSV,
    )


class Count(int):
    """A number that is written with its noun: `{count:row|rows}` becomes `1 row` or `5,000 rows`."""

    def __format__(self, nouns: str) -> str:
        one, _, many = nouns.partition("|")
        return f"{int(self):,} {one if self == 1 else many}"


def _delimiter(delimiter: str) -> str:
    return DELIMITER_TITLES.get(delimiter, f"“{delimiter}”")


def _encoding(finding: Finding, reading: Reading) -> str:
    if finding.severity is Severity.REFUSE:
        return (
            "The encoding of this text cannot be told. In the encodings that are nearest it would read: "
            f"{_words_in(finding.found)}. Open the file in the program that made it, look at {_SAVE_AS_CSV}"
        )
    title = ENCODING_TITLES.get(reading.encoding, reading.encoding)
    text = f"The text is read as {title}, so that words look like this: {finding.found}."
    if finding.severity is Severity.ASK:
        others = _words_in(finding.expected, reading.encoding)
        check = f"{text} Check that they are right."
        return f"{check} They could also be: {others}." if others else check
    return text


def _words_in(samples: str, chosen: str = "") -> str:
    """Words as they look in each encoding but the chosen one, with what people call it."""
    candidates = (part.partition(": ") for part in samples.split("; "))
    return "; ".join(f"{words} ({ENCODING_TITLES.get(name, name)})" for name, _, words in candidates if name != chosen)


def _wrong_mark(finding: Finding, _: Reading) -> str:
    title = ENCODING_TITLES.get(finding.expected, finding.expected)
    return (
        f"The file is marked as {title} text but contains other bytes, so it may be damaged. "
        f"Open it in a spreadsheet program, look at {_SAVE_AS_CSV}"
    )


def _rival(finding: Finding, _: Reading) -> str:
    if not finding.found or not finding.expected:
        delimiter = _delimiter(finding.found or finding.expected)
        read = f"with a {delimiter}" if finding.found else "as one value in each line"
        return (
            f"The values may be separated by a {delimiter}, or each line may be one value. They are read {read}. "
            "Check that the columns below are right."
        )
    return (
        f"The values may be separated by a {_delimiter(finding.found)} or by a {_delimiter(finding.expected)}. "
        f"They are read with a {_delimiter(finding.found)}. Check that the columns below are right."
    )


def _nulls(finding: Finding, reading: Reading) -> str:
    name = reading.columns[(finding.column or 1) - 1].name if reading.columns else f"column {finding.column}"
    times = "once" if finding.count == 1 else f"{finding.count:,} times"
    if finding.expected:
        return f"“{finding.found}” stands in {name} {times}. It is taken for an empty value."
    return f"“{finding.found}” stands in {name} {times}. It stays as it is, unless you take it for an empty value."


def _sheet(finding: Finding, _: Reading) -> str:
    text = f"This is a workbook. The sheet “{finding.found}” is read."
    return f"{text} It has other sheets: {finding.expected}. Check that this is the one." if finding.expected else text


def _codes(finding: Finding, reading: Reading) -> str:
    name = reading.columns[(finding.column or 1) - 1].name if reading.columns else f"column {finding.column}"
    return (
        f"{name} has values such as “{finding.found}”, which would change as numbers. They stay as they are, as text."
    )


def _separator_line(finding: Finding, _: Reading) -> str:
    return (
        f"The first line names the separator ({_delimiter(finding.found)}), as Excel writes it. It is not read as data."
    )


def _descriptions(finding: Finding, _: Reading) -> str:
    first, last = finding.line or 0, (finding.line or 0) + finding.count - 1
    lines = f"Line {first}" if first == last else f"Lines {first} to {last}"
    seem = "seems to describe" if first == last else "seem to describe"
    if finding.severity is Severity.ASK and first == last:
        return (
            f"{lines} {seem} the columns ({finding.found}). It is loaded as a row, which can make columns text. "
            "Delete it from the file and upload the file again, or load it like this."
        )
    return f"{lines} {seem} the columns ({finding.found}), and {'is' if first == last else 'are'} left out."


def _second_table(finding: Finding, _: Reading) -> str:
    text = f"A second table seems to begin in line {finding.line}: {finding.found}."
    if finding.severity is Severity.ASK:
        return f"{text} Check that the rows below are all that you need. If not, save each table in a file of its own."
    return f"{text} Save each table in a file of its own."


_SPECIAL: Final[dict[FindingKind, Callable[[Finding, Reading], str]]] = {
    FindingKind.ENCODING: _encoding,
    FindingKind.WRONG_MARK: _wrong_mark,
    FindingKind.DELIMITER: _rival,
    FindingKind.SEPARATOR_LINE: _separator_line,
    FindingKind.NULL_WORDS: _nulls,
    FindingKind.SHEET: _sheet,
    FindingKind.SECOND_TABLE: _second_table,
    FindingKind.DESCRIPTION_LINES: _descriptions,
    FindingKind.CODES: _codes,
}

"""CSV files as their check reads them, and as they are loaded then."""

import io

from dss_web.shared.csv import Choices, CsvFile, FindingKind, Severity, inspect_csv, open_csv


def read(content: str | bytes, choices: Choices | None = None) -> tuple[CsvFile, list[list[str]]]:
    """A file as it is checked, and the rows as they are loaded by what its check has found."""
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    csv_file = inspect_csv(file, choices)
    with open_csv(file, csv_file.reading) as reader:
        rows = [row.fields for row in reader.rows()]
    assert len(rows) == csv_file.rows
    return csv_file, rows


def kinds_of(csv_file: CsvFile, *severities: Severity) -> set[FindingKind]:
    """What was found, of these severities if any are named."""
    return {finding.kind for finding in csv_file.findings if not severities or finding.severity in severities}

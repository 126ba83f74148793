"""`manage.py read_csv FILE`: what the check of an upload would say of a file, and the table that would be loaded."""

import codecs
import csv
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dss_web.shared.csv import Choices, CsvFile, Finding, InvalidCsv, Reading, Severity, inspect_csv, open_csv
from dss_web.uploads.explanations import explain_finding

# 1 is what any command ends with, and what a shell makes of a crash.
ASKED: Final = 2
REFUSED: Final = 3
_WORDS: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "space": " ", "none": ""}


class Command(BaseCommand):
    """Reads a file as its upload would be read. No database is needed, and nothing is stored."""

    help = (
        "Read a file as an upload would be read, and say what was detected, asked and changed. "
        "Exits with 0 if it can be loaded as it is, 2 if a person has to answer a question, 3 if it is refused."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, where to write, and what is said in place of what would be detected."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--out", type=Path, help="where to write the table, as CSV in UTF-8 (RFC 4180)")
        parser.add_argument("--report", type=Path, help="where to write what was found, as JSON")
        parser.add_argument("--encoding", help="for example, cp1252")
        parser.add_argument("--delimiter", help="a character, or one of: " + ", ".join(_WORDS))
        parser.add_argument("--quote", help="a character, or none")
        parser.add_argument("--escape", help='how a quotation mark is written within a value: ", \\ or none')
        parser.add_argument(
            "--header-line", type=int, help="the line with the names of the columns, 0 if there is none"
        )
        parser.add_argument("--last-line", type=int, help="the last line of the table")
        parser.add_argument("--sheet", help="the sheet of a workbook")

    def handle(self, *, file: Path, out: Path | None, report: Path | None, **options: Any) -> None:
        """Read, write and report. Raises CommandError where a person has to answer, or where nothing can be read."""
        choices = _choices(options)
        try:
            with file.open("rb") as source:
                csv_file = inspect_csv(source, choices)
                if out is not None:
                    _write(source, csv_file, out)
        except OSError as error:
            raise CommandError(f"Could not read {file}: {error.strerror or error}.") from error
        except InvalidCsv as error:
            reading = error.reading or Reading()
            _report(report, file, REFUSED, reading, error.findings)
            sentences = [explain_finding(finding, reading) for finding in error.findings]
            raise CommandError("\n".join(sentences), returncode=REFUSED) from error
        code = ASKED if csv_file.severity is Severity.ASK else 0
        _report(report, file, code, csv_file.reading, csv_file.findings, csv_file)
        asked = []
        for finding in csv_file.findings:
            sentence = explain_finding(finding, csv_file.reading)
            if finding.severity is Severity.TELL:
                self.stdout.write(sentence)
            else:
                asked.append(sentence)
        self.stdout.write(f"{csv_file.rows:,} rows of {len(csv_file.names)} columns.")
        if asked:
            raise CommandError("\n".join(asked), returncode=ASKED)


def _choices(options: dict[str, Any]) -> Choices:
    encoding = options["encoding"]
    if encoding is not None:
        try:
            encoding = codecs.lookup(encoding).name
        except LookupError as error:
            raise CommandError(f"There is no encoding called {encoding}.") from error
    characters: dict[str, Any] = {}
    for name in ("delimiter", "quote", "escape"):
        value = options[name]
        characters[name] = _WORDS.get(value, value) if value is not None else None
        if len(characters[name] or "") > 1:
            raise CommandError(f"--{name} must be one character, found “{value}”.")
    return Choices(
        encoding=encoding,
        header_line=options["header_line"],
        last_line=options["last_line"],
        sheet=options["sheet"],
        **characters,
    )


def _write(source: Any, csv_file: CsvFile, out: Path) -> None:
    with out.open("w", encoding="utf-8", newline="") as target, open_csv(source, csv_file.reading) as reader:
        writer = csv.writer(target, lineterminator="\r\n")
        writer.writerow(csv_file.names)
        for batch in reader.batches():
            writer.writerows(batch.rows)


def _report(
    path: Path | None,
    file: Path,
    code: int,
    reading: Reading,
    findings: tuple[Finding, ...] | list[Finding],
    csv_file: CsvFile | None = None,
) -> None:
    """Each finding stands once, with its sentence, under what becomes of it."""
    if path is None:
        return
    told: dict[Severity, list[dict[str, Any]]] = {severity: [] for severity in Severity}
    for finding in findings:
        told[finding.severity].append({**asdict(finding), "text": explain_finding(finding, reading)})
    document: dict[str, Any] = {
        "file": file.name,
        "result": {0: "read", ASKED: "asked", REFUSED: "refused"}[code],
        "exit_code": code,
        "lines": sorted(
            {finding.line for finding in findings if finding.line and finding.severity is not Severity.TELL}
        ),
        "asked": told[Severity.ASK],
        "refused": told[Severity.REFUSE],
        "told": told[Severity.TELL],
        "reading": reading.as_json(),
    }
    if csv_file is not None:
        document["rows"] = csv_file.rows
        document["columns"] = [
            {**asdict(column), **_facts(fact)}
            for column, fact in zip(csv_file.reading.columns, csv_file.facts, strict=True)
        ]
        document["preview"] = csv_file.preview
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8", errors="replace")


def _facts(fact: Any) -> dict[str, Any]:
    return {
        name: value
        for name, value in asdict(fact).items()
        if name not in {"findings", "type", "conversion", "offer", "nulls"}
    }

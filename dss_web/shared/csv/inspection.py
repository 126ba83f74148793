"""A whole file -> how to read it and what its columns are, or what is wrong with it."""

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import BinaryIO

from dss_web.shared.contract import MOST_UPLOAD_COLUMNS, ColumnType
from dss_web.shared.csv.beginning import REPAIR_KINDS, line_at, read_beginning
from dss_web.shared.csv.body import Numbered, joined_titles
from dss_web.shared.csv.cells import Kind
from dss_web.shared.csv.column_names import name_columns
from dss_web.shared.csv.column_types import ColumnFacts, decide, groups_by_points
from dss_web.shared.csv.dialect import below_separator_line, detect_dialects, read_sample, separator_line
from dss_web.shared.csv.dialect_choice import chosen_ways, dialect_findings, worth_trying
from dss_web.shared.csv.encoding import detect_encoding, detect_single_byte, undecodable
from dss_web.shared.csv.file_kind import FileKind, other_kind
from dss_web.shared.csv.findings import Finding, FindingKind, InvalidCsv, Severity
from dss_web.shared.csv.pass_through import Pass, read_through
from dss_web.shared.csv.reader import open_source
from dss_web.shared.csv.reading import Choices, ColumnReading, Reading
from dss_web.shared.csv.shape import find_shape
from dss_web.shared.csv.text import REPAIRS
from dss_web.shared.csv.top import Shape
from dss_web.shared.csv.unpacking import GZIP_MEMBER, members_of, unpacked
from dss_web.shared.csv.workbook import sheets_of

# Without a header, so many columns without a value are columns all the same.
MAX_UNNAMED = 5


@dataclass(frozen=True, slots=True)
class CsvFile:
    """What is known of a file that can be read: how, and what its columns are.

    `facts` has those of each column of `reading`, in order; `rows` is the number of rows below the header; `preview`
    are the first of them as the file has them; `findings` is what the person should know or has to answer. `sheets` are
    those of a workbook from which this one was chosen, in their order.
    """

    reading: Reading
    facts: list[ColumnFacts]
    rows: int
    findings: list[Finding] = field(default_factory=list)
    preview: list[list[str]] = field(default_factory=list)
    sheets: tuple[str, ...] = ()

    @property
    def titles(self) -> list[str]:
        """The names of the columns in the file."""
        return [column.title for column in self.reading.columns]

    @property
    def names(self) -> list[str]:
        """The names of the table's columns."""
        return [column.name for column in self.reading.columns]

    @property
    def types(self) -> list[ColumnType]:
        """What the values look like."""
        return [column.type for column in self.reading.columns]

    @property
    def severity(self) -> Severity:
        """The worst of the findings."""
        kinds = {finding.severity for finding in self.findings}
        return next((one for one in (Severity.REFUSE, Severity.ASK) if one in kinds), Severity.TELL)


def inspect_csv(file: BinaryIO, choices: Choices | None = None) -> CsvFile:
    """Find out how to read a file, and read it through: types and facts are those of every row.

    Its bytes are read once from end to end, and once more where its encoding or its marks turn out to be others than
    its beginning shows. Raises InvalidCsv with all that makes it unreadable.
    """
    choices = choices or Choices()
    base, findings, sheets = _unpack(file, choices)
    if base.sheet:
        return replace(_inspect_sheet(file, base, findings, choices), sheets=sheets)
    with unpacked(file, base.member) as inner:
        if choices.encoding:
            base = replace(base, encoding=choices.encoding)
        else:
            encoding = detect_encoding(inner)
            base, findings = replace(base, encoding=encoding.name), [*findings, *encoding.findings]
    try:
        return _inspect_text(file, base, findings, choices)
    except InvalidCsv as error:
        if not any(finding.kind is FindingKind.UNDECODABLE for finding in error.findings):
            raise
        is_told = error.findings[-1].line is not None
        if base.encoding != "utf-8" or choices.encoding:
            if is_told:
                raise
            with unpacked(file, base.member) as inner:
                raise undecodable(inner, base.codec) from error
    # What its beginning does not show: the file is not UTF-8 after all.
    with unpacked(file, base.member) as inner:
        encoding = detect_single_byte(inner)
    return _inspect_text(file, replace(base, encoding=encoding.name), [*findings, *encoding.findings], choices)


def _unpack(file: BinaryIO, choices: Choices) -> tuple[Reading, list[Finding], tuple[str, ...]]:
    """The member or the sheet to read, what is to be said of it, and the sheets that there are."""
    file.seek(0)
    beginning = file.read(4096)
    kind = other_kind(file, beginning)
    if kind is FileKind.GZIP:
        return Reading(member=GZIP_MEMBER), [Finding(FindingKind.UNPACKED, Severity.TELL, found="gzip")], ()
    if kind is FileKind.ZIP:
        members = members_of(file)
        if len(members) != 1:
            found = ", ".join(members[:5])
            raise InvalidCsv(Finding(FindingKind.MANY_MEMBERS, found=found, expected="one file", count=len(members)))
        findings = [Finding(FindingKind.UNPACKED, Severity.TELL, found=members[0])]
        return Reading(member=members[0]), findings, ()
    if kind in {FileKind.EXCEL, FileKind.OPEN_DOCUMENT}:
        sheets = sheets_of(file)
        if choices.sheet and choices.sheet not in dict(sheets):
            raise InvalidCsv(Finding(FindingKind.NO_SHEET, found=choices.sheet))
        if not sheets:
            raise InvalidCsv(Finding(FindingKind.EMPTY))
        # A sheet of notes often stands before that of the data.
        name = choices.sheet or next((one for one, rows in sheets if rows > 1), sheets[0][0])
        others = ", ".join(one for one, _ in sheets if one != name)
        severity = Severity.ASK if others and not choices.sheet else Severity.TELL
        told = [Finding(FindingKind.SHEET, severity, found=name, expected=others)]
        return Reading(sheet=name), told, tuple(one for one, _ in sheets)
    return Reading(), [], ()


def _inspect_sheet(file: BinaryIO, base: Reading, findings: list[Finding], choices: Choices) -> CsvFile:
    with open_source(file, replace(base, last_line=choices.last_line)) as source:
        batches = source.batches()
        first = next(batches, None)
        if first is None:
            raise InvalidCsv(Finding(FindingKind.EMPTY))
        rows = [Numbered(line, fields) for fields, line in zip(first.rows, first.lines, strict=True)]
    return _inspect_rows(file, base, rows, len(first.rows[0]), findings, choices)


def _inspect_text(file: BinaryIO, base: Reading, findings: list[Finding], choices: Choices) -> CsvFile:
    sample, is_whole, base, repairs = read_beginning(file, base)
    findings = [*findings, *repairs]
    if not sample.strip():
        raise InvalidCsv(Finding(FindingKind.EMPTY))
    nul = sample.find("\0")
    if nul >= 0:
        raise InvalidCsv(Finding(FindingKind.NUL, line=line_at(sample, nul)), reading=base)
    below = below_separator_line(sample)
    skipped = int(below != sample)
    if skipped and choices.delimiter is None:
        findings.append(Finding(FindingKind.SEPARATOR_LINE, Severity.TELL, line=1, found=separator_line(sample)))
    candidates = chosen_ways(detect_dialects(sample, base, is_whole=is_whole), sample, choices, is_whole=is_whole)
    errors: list[InvalidCsv] = []
    for candidate in worth_trying(candidates):
        found = read_sample(below, candidate.reading, is_whole=is_whole)[0]
        rows = [Numbered(line + skipped, fields) for line, fields in found]
        told = [*findings, *dialect_findings(candidate, candidates, sample, choices)]
        try:
            return _inspect_rows(file, candidate.reading, rows, candidate.width, told, choices, skipped)
        except InvalidCsv as error:
            errors.append(error)
            if error.findings[0].kind in {FindingKind.UNDECODABLE, FindingKind.NUL}:
                break
    raise errors[0]


def _inspect_rows(
    file: BinaryIO,
    base: Reading,
    sample: list[Numbered],
    width: int,
    findings: list[Finding],
    choices: Choices,
    skipped: int = 0,
) -> CsvFile:
    shape = find_shape(sample, width, choices.header_line)
    _refuse_long_header(shape, width, base)
    titles, width = _titles(shape, width)
    reading = replace(
        base,
        header_lines=tuple(row.line for row in shape.header),
        first_line=max(shape.first_line, 1 + skipped),
        last_line=choices.last_line,
        width=width,
        comment=shape.comment,
    )
    reading = _with_repeats(reading, shape, sample)
    passed = read_through(file, reading, shape, width)
    if len(shape.header) == 1 and len(shape.header[0].fields) < width:
        passed.short_header = len(shape.header[0].fields)
    if passed.late_repairs:
        repairs = tuple(name for name in REPAIRS if name in {*base.repairs, *passed.late_repairs})
        if repairs != base.repairs:
            more = [
                Finding(
                    kind, Severity.TELL, line=passed.late_repairs[name].line, found=passed.late_repairs[name].value[:80]
                )
                for name, kind in REPAIR_KINDS.items()
                if name in passed.late_repairs
            ]
            base = replace(base, repairs=repairs)
            return _inspect_rows(file, base, sample, width, [*findings, *more], choices, skipped)
    findings = [*findings, *shape.findings, *passed.findings]
    reading = replace(reading, last_line=choices.last_line or passed.last_line, pad=passed.pad)
    return _described(file, reading, titles, passed, findings, choices)


def _refuse_long_header(shape: Shape, width: int, base: Reading) -> None:
    """Refuse a header with more names than nearly all rows have values: the names would stand above the wrong ones."""
    if len(shape.header) != 1 or not shape.body or len(shape.body.rows) < 2:
        return
    line, fields = shape.header[0]
    named = max((place + 1 for place, value in enumerate(fields) if value.strip()), default=0)
    if named > width:
        found, expected = f"{named} names", f"{width} value{'s' * (width > 1)} in a row"
        raise InvalidCsv(Finding(FindingKind.HEADER_LONG, line=line, found=found, expected=expected), reading=base)


def _titles(shape: Shape, width: int) -> tuple[list[str], int]:
    """A title for each place of a row; a header with more names than the rows have values makes them wider."""
    named = 0
    for row in shape.header:
        filled = [place for place, value in enumerate(row.fields) if value.strip()]
        named = max(named, filled[-1] + 1 if filled else 0)
    width = max(width, named)
    titles = joined_titles(shape.header, width)
    if shape.has_row_names:
        titles = ["", *titles[: width - 1]]
    return titles, width


def _with_repeats(reading: Reading, shape: Shape, sample: list[Numbered]) -> Reading:
    if len(shape.header) == 1 and reading.width and reading.width > 1:
        header = shape.header[0].fields
        if any(row.fields == header for row in sample if row.line > shape.header[0].line):
            return replace(reading, repeats=tuple(header))
    return reading


def _described(
    file: BinaryIO, reading: Reading, titles: list[str], passed: Pass, findings: list[Finding], choices: Choices
) -> CsvFile:
    """The reading with its columns: those without a name and without a value are left out."""
    kept = [place for place, title in enumerate(titles) if title or passed.censuses[place].filled]
    left_out = len(titles) - len(kept)
    header = reading.header_lines[-1] if reading.header_lines else None
    named = len(titles) - next((place for place, title in enumerate(reversed(titles)) if title), 0)
    if header is None and left_out <= MAX_UNNAMED:
        kept, left_out = list(range(len(titles))), 0  # nothing says that they are no columns
    if left_out and passed.short_header and named < len(titles):
        found, expected = f"{passed.short_header} names", f"{len(titles)} values"
        findings.append(Finding(FindingKind.HEADER_SHORT, Severity.TELL, line=header, found=found, expected=expected))
    elif left_out:
        findings.append(Finding(FindingKind.LEFT_OUT, Severity.TELL, count=left_out))
    if len(kept) > MOST_UPLOAD_COLUMNS:
        raise InvalidCsv(
            Finding(FindingKind.TOO_MANY_COLUMNS, found=f"{len(kept):,}", expected=f"{MOST_UPLOAD_COLUMNS:,}"),
            reading=reading,
        )
    names = list(choices.names) if len(choices.names) == len(kept) else name_columns([titles[place] for place in kept])
    has_commas = any(census.counts[Kind.COMMA] for census in passed.censuses) and all(
        groups_by_points(census) for census in passed.censuses if census.counts[Kind.DECIMAL]
    )
    columns, facts = [], []
    for column, (place, name) in enumerate(zip(kept, names, strict=True), start=1):
        fact = decide(passed.censuses[place], column, titles[place], has_commas=has_commas)
        facts.append(fact)
        columns.append(ColumnReading(place, titles[place], name, fact.type, fact.conversion, fact.offer, fact.nulls))
        if not titles[place]:
            findings.append(Finding(FindingKind.UNNAMED_COLUMN, Severity.TELL, column=column, expected=name))
        elif name != titles[place]:
            findings.append(
                Finding(FindingKind.RENAMED, Severity.TELL, column=column, found=titles[place], expected=name)
            )
    findings += chain.from_iterable(fact.findings for fact in facts)
    reading = replace(reading, columns=tuple(columns))
    reading = replace(reading, plain=passed.is_plain and reading.is_in_form_of_copy)
    refusals = [finding for finding in findings if finding.severity is Severity.REFUSE]
    if refusals:
        raise InvalidCsv(*refusals, *(one for one in findings if one.severity is Severity.ASK), reading=reading)
    return CsvFile(reading, facts, passed.rows, findings, passed.preview)

"""All rows of a file, once -> what their columns hold, and what is wrong with them."""

import gc
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from dss_web.shared.csv.body import is_blank
from dss_web.shared.csv.census import ColumnCensus, Example
from dss_web.shared.csv.findings import Finding, FindingKind, InvalidCsv, Severity
from dss_web.shared.csv.footer import FOOTER_ROWS, find_footer
from dss_web.shared.csv.reader import TextRows, fit, open_source, uncollected
from dss_web.shared.csv.reading import Reading
from dss_web.shared.csv.source import RawBatch, Source
from dss_web.shared.csv.text import INVISIBLE, lines_of
from dss_web.shared.csv.top import Shape
from dss_web.shared.csv.workbook import SheetRows

# A person mends so many lines by hand; more are the same mistake again.
REPORTED_LINES = 50
PREVIEW_ROWS = 10
# Each is some tens of milliseconds.
_COLLECT_BATCHES = 50
# A row of Postgres has to fit on a page of 8 kB, where a long text takes 18 bytes and stands elsewhere, and a shorter
# one its bytes and one: https://www.postgresql.org/docs/current/storage-toast.html (seen 2026-11). What is left of the
# page after its header, the row's own and the loader's columns.
_ROW_BYTES = 8160 - 24 - 64
_LONG_TEXT = 20
# Narrower rows always fit.
_NARROW = _ROW_BYTES // (_LONG_TEXT + 2)
# In a sentence, each of these would show as little as in the file.
_SHOWN = {ord(character): f"[U+{ord(character):04X}]" for character in INVISIBLE}


@dataclass(slots=True)
class Pass:
    """What one pass over a file has found."""

    censuses: list[ColumnCensus]
    rows: int = 0
    preview: list[list[str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    late_repairs: dict[str, Example] = field(default_factory=dict)
    last_line: int | None = None
    pad: bool = False
    short_header: int = 0
    is_plain: bool = False
    marks: int = 0


def read_through(file: BinaryIO, reading: Reading, shape: Shape, width: int) -> Pass:
    """Read every row. Raises InvalidCsv where the text cannot be read, with the rows before it that do not fit."""
    passed = Pass([ColumnCensus(width) for _ in range(width)])
    ragged: list[Finding] = []
    counts = {"ragged": 0, "blanks": 0, "surplus": 0, "repeats": 0}
    header = shape.header[0].line if shape.header else 0
    with uncollected(), open_source(file, reading, locate=False) as source:
        try:
            is_plain = True
            for number, (raw, is_last) in enumerate(_with_last(source), start=1):
                if number % _COLLECT_BATCHES == 0:
                    gc.collect(1)
                is_plain = is_plain and isinstance(raw.lines, range)
                batch_rows = raw
                if is_last and reading.last_line is None:
                    batch_rows = _without_footer(raw, width, shape, passed)
                _look_between(batch_rows, reading, shape, width, passed)
                batch = fit(_checked_surplus(batch_rows, shape, width, ragged), reading, width)
                counts["blanks"] += batch.blanks
                counts["surplus"] += batch.surplus
                counts["ragged"] += len(batch.findings)
                ragged += batch.findings[: max(0, REPORTED_LINES - len(ragged))]
                if batch.rows:
                    _count(batch.rows, batch.lines, reading.quote, passed)
        except InvalidCsv as error:
            raise InvalidCsv(*ragged, *error.findings, reading=reading) from error
        one_kind = isinstance(source, TextRows) and source.line_ends in {"\n", "\r\n"}
        passed.findings += _cell_errors(source)
        passed.is_plain = is_plain and one_kind and not passed.marks and not any(counts.values())
    _look_at_strange(reading, passed)
    if counts["blanks"]:
        passed.findings.append(Finding(FindingKind.BLANK_ROWS, Severity.TELL, count=counts["blanks"]))
    if counts["surplus"]:
        passed.findings.append(Finding(FindingKind.SURPLUS_BLANKS, Severity.TELL, count=counts["surplus"]))
    if reading.repeats:
        passed.findings.append(Finding(FindingKind.REPEATED_HEADER, Severity.TELL, line=header))
    _judge_ragged(file, reading, ragged, counts["ragged"], passed)
    if not passed.rows and not any(one.severity is Severity.REFUSE for one in passed.findings):
        found, expected = "a header only", "rows below it"
        passed.findings.append(Finding(FindingKind.NO_ROWS, line=header or None, found=found, expected=expected))
    return passed


def _look_at_strange(reading: Reading, passed: Pass) -> None:
    """Refuse what no database takes, tell of letters that are lost, and note what can be put right."""
    nul = next((census.strange["nul"] for census in passed.censuses if "nul" in census.strange), None)
    if nul:
        raise InvalidCsv(Finding(FindingKind.NUL, line=nul.line), reading=reading)
    for name, kind in (("lost", FindingKind.LOST_LETTERS), ("invisible", FindingKind.INVISIBLE)):
        first = min((census.strange[name] for census in passed.censuses if name in census.strange), default=None)
        if first:
            found = first.value if name == "lost" else first.value.translate(_SHOWN)
            passed.findings.append(Finding(kind, Severity.TELL, line=first.line, found=found[:80]))
    for census in passed.censuses:
        for name, example in census.strange.items():
            passed.late_repairs.setdefault(name, example)


def _cell_errors(source: Source) -> list[Finding]:
    """What is to be said of a sheet in which formulas have failed."""
    errors = source.errors if isinstance(source, SheetRows) else 0
    return [Finding(FindingKind.CELL_ERRORS, Severity.TELL, count=errors)] if errors else []


def _with_last(source: Source) -> Iterator[tuple[RawBatch, bool]]:
    """The batches of a source, and whether each is the last, which has enough rows to see what stands below a table."""
    before: RawBatch | None = None
    try:
        for batch in source.batches():
            if before is None:
                before = batch
            elif len(batch.rows) < FOOTER_ROWS:
                # Batches of long rows are short: no more of them are kept than the end of a file may need.
                before = RawBatch(before.rows + batch.rows, _joined(before.lines, batch.lines))
                if len(before.rows) > 2 * FOOTER_ROWS and len(batch.rows) < FOOTER_ROWS:
                    cut = len(before.rows) - FOOTER_ROWS
                    yield RawBatch(before.rows[:cut], before.lines[:cut]), False
                    before = RawBatch(before.rows[cut:], before.lines[cut:])
            else:
                yield before, False
                before = batch
    except InvalidCsv:
        if before is not None:
            yield before, False
        raise
    if before is not None:
        yield before, True


def _joined(before: Sequence[int], after: Sequence[int]) -> Sequence[int]:
    if isinstance(before, range) and isinstance(after, range):
        return range(before.start, after.stop)
    return [*before, *after]


def _without_footer(raw: RawBatch, width: int, shape: Shape, passed: Pass) -> RawBatch:
    footer = find_footer(raw.rows, raw.lines, width, shape.body)
    passed.findings += footer.findings
    if footer.cut == len(raw.rows):
        return raw
    passed.last_line = raw.lines[footer.cut - 1] if footer.cut else raw.lines[0] - 1
    return RawBatch(raw.rows[: footer.cut], raw.lines[: footer.cut])


def _look_between(raw: RawBatch, reading: Reading, shape: Shape, width: int, passed: Pass) -> None:
    """Look for a second table below the first, and for rows within a value."""
    if not isinstance(raw.lines, range) and not reading.sheet:
        for line, fields in zip(raw.lines, raw.rows, strict=True):
            if any("\n" in value or "\r" in value for value in fields) and _swallows(fields, reading, width):
                first = line - lines_of(fields) + 1
                found = next(value for value in fields if "\n" in value or "\r" in value)[:80]
                finding = Finding(FindingKind.SWALLOWED_ROWS, Severity.ASK, line=first, found=found)
                passed.findings.append(finding)
                break
    if (
        {*map(len, raw.rows)} - {width, 0}
        and shape.header
        and _look_for_header(raw, shape.header[-1].fields, width, passed)
    ):
        return
    if reading.repeats and len(reading.repeats) > 1 and _look_for_pages(raw, reading, passed):
        return
    for place in [place for place, row in enumerate(raw.rows, start=1) if not row or not row[0]]:
        if place == len(raw.rows) or not raw.rows[place] or not is_blank(raw.rows[place - 1]):
            continue
        fields = raw.rows[place]
        if is_blank(fields) or (reading.comment and fields[0].startswith(reading.comment)):
            continue
        following = raw.rows[place + 1] if place + 1 < len(raw.rows) else []
        is_other = len(fields) != width and len(fields) > 1 and len(following) == len(fields)
        like, unlike = shape.body.like(fields) if shape.body else (0, 0)
        is_title = _count_values(fields) == 1 and bool(fields[0].strip()) and _count_values(following) > 1
        is_header = len(fields) == width and unlike > 0 and not like and not any(map(str.isdigit, fields))
        if is_header and unlike == 1:
            # One text where a number is expected may be a row's: names are as many as the columns, above a row.
            is_header = _count_values(fields) == width and shape.body is not None and shape.body.like(following)[0] > 0
        if is_other or is_header or is_title:
            severity = Severity.REFUSE if is_other else Severity.ASK
            found = ", ".join(filter(None, fields))[:80]
            passed.findings.append(Finding(FindingKind.SECOND_TABLE, severity, line=raw.lines[place], found=found))
            return


def _count_values(fields: list[str]) -> int:
    return sum(bool(value.strip()) for value in fields)


def _look_for_header(raw: RawBatch, header: list[str], width: int, passed: Pass) -> bool:
    """Whether a row of another width has the names of the columns: a second table begins there."""
    names = {name.strip() for name in header if name.strip()}
    for line, fields in zip(raw.lines, raw.rows, strict=True):
        if len(fields) != width and len(names) > 1:
            again = sum(value.strip() in names for value in fields)
            if again >= max(2, 0.6 * min(len(names), len(fields))):
                found = ", ".join(filter(None, fields))[:80]
                passed.findings.append(Finding(FindingKind.SECOND_TABLE, line=line, found=found))
                return True
    return False


def _swallows(fields: list[str], reading: Reading, width: int) -> bool:
    delimiter = reading.delimiter
    # In a sentence a blank follows the sign.
    blanks = 0 if reading.skip_initial_space else 1
    return width > 1 and any(
        line.count(delimiter) - blanks * line.count(f"{delimiter} ") >= width - 1
        for value in fields
        if "\n" in value or "\r" in value
        for line in value.splitlines()[1:]
    )


def _look_for_pages(raw: RawBatch, reading: Reading, passed: Pass) -> bool:
    """Whether a title stands above the names where they are repeated, as on each page of a report."""
    for place, row in enumerate(raw.rows[1:], start=1):
        if tuple(row) == reading.repeats and _count_values(raw.rows[place - 1]) == 1:
            found = ", ".join(filter(None, raw.rows[place - 1]))[:80]
            line = raw.lines[place - 1]
            passed.findings.append(Finding(FindingKind.SECOND_TABLE, Severity.ASK, line=line, found=found))
            return True
    return False


def _checked_surplus(raw: RawBatch, shape: Shape, width: int, ragged: list[Finding]) -> RawBatch:
    """Refuse rows with one blank value too many whose other values stand in the wrong columns."""
    if {*map(len, raw.rows)} <= {width, 0} or shape.body is None:
        return raw
    rows, lines = [], []
    for line, fields in zip(raw.lines, raw.rows, strict=True):
        if len(fields) > width and is_blank(fields[width:]) and not is_blank(fields) and not shape.body.fits(fields):
            found, expected = f"{len(fields)} values", f"{width} columns"
            ragged.append(Finding(FindingKind.TOO_MANY_VALUES, line=line, found=found, expected=expected))
        else:
            rows.append(fields)
            lines.append(line)
    return RawBatch(rows, lines)


def _count(rows: list[list[str]], lines: Sequence[int], quote: str, passed: Pass) -> None:
    if len(passed.preview) < PREVIEW_ROWS:
        passed.preview += rows[: PREVIEW_ROWS - len(passed.preview)]
    passed.rows += len(rows)
    if len(rows[0]) > _NARROW and not any(one.kind is FindingKind.ROW_TOO_WIDE for one in passed.findings):
        _measure(rows, lines, passed)
    marks = 0
    for census, values in zip(passed.censuses, zip(*rows, strict=True), strict=True):
        marks += quote in census.take(values, lines)
    passed.marks += marks
    if quote and marks > 1:
        _look_for_merged(rows, lines, quote, passed)


def _look_for_merged(rows: list[list[str]], lines: Sequence[int], quote: str, passed: Pass) -> None:
    """Look for a separator that is missing before a mark: what the mark encloses is then split instead."""
    if any(one.kind is FindingKind.MERGED_VALUES for one in passed.findings):
        return
    inside = re.compile(rf"\S{quote}\w")
    for row, line in zip(rows, lines, strict=True):
        if quote not in "".join(row):
            continue
        for place, value in enumerate(row[:-1]):
            if quote in value and value.count(quote) % 2 and inside.search(value):
                later = next((one for one in row[place + 1 :] if one.count(quote) % 2), "")
                if later.endswith(quote):
                    found = f"{value[-40:]} … {later[-40:]}"
                    passed.findings.append(Finding(FindingKind.MERGED_VALUES, Severity.ASK, line=line, found=found))
                    return


def _measure(rows: list[list[str]], lines: Sequence[int], passed: Pass) -> None:
    """Refuse a row that no page of Postgres takes, all its values taken for text."""
    for row, line in zip(rows, lines, strict=True):
        sizes = [len(value.encode()) for value in row if value]
        size = sum(18 if one > _LONG_TEXT else one + 1 for one in sizes) + len(row) // 8
        if size > _ROW_BYTES:
            found, expected = f"{size} bytes in {len(sizes)} values", f"at most {_ROW_BYTES}"
            passed.findings.append(Finding(FindingKind.ROW_TOO_WIDE, line=line, found=found, expected=expected))
            return


def _judge_ragged(file: BinaryIO, reading: Reading, ragged: list[Finding], count: int, passed: Pass) -> None:
    """Rows of another width are refused with their lines; the last may be one that was cut off."""
    if not ragged:
        return
    short = [one for one in ragged if one.kind is FindingKind.TOO_FEW_VALUES]
    is_most = count > 0.3 * (count + passed.rows) and count > 2
    if len(short) == len(ragged) and is_most and len({one.found for one in short}) == 1 and not passed.rows:
        one = short[0]
        passed.findings.append(
            Finding(one.kind, Severity.REFUSE, line=one.line, found=one.found, expected=one.expected, count=count)
        )
        return
    last = ragged[-1]
    if len(ragged) == 1 and last.kind is FindingKind.TOO_FEW_VALUES and not reading.member and not reading.sheet:
        file.seek(0, os.SEEK_END)
        size = file.tell()
        file.seek(max(0, size - 4))
        is_ended = file.read().rstrip(b"\0")[-1:] in {b"\n", b"\r"}
        if not is_ended and last.line is not None and _is_last(last.line, passed):
            ragged = [Finding(FindingKind.CUT_OFF, line=last.line, found=last.found, expected=last.expected)]
    passed.findings += ragged


def _is_last(line: int, passed: Pass) -> bool:
    return line > passed.rows

"""The last rows of a file -> where the data end, and what stands below them."""

from collections.abc import Sequence
from typing import NamedTuple

from dss_web.shared.csv.body import is_blank
from dss_web.shared.csv.findings import Finding, FindingKind, Severity
from dss_web.shared.csv.shape import is_note, is_total

# Notes below a table are not longer.
FOOTER_ROWS = 40


class Footer(NamedTuple):
    """`cut` is the number of rows that are data, blank ones included; `findings` say what the others are."""

    cut: int
    findings: list[Finding]


def find_footer(rows: Sequence[list[str]], lines: Sequence[int], width: int) -> Footer:
    """What of the last rows of a file is no data: notes, and one row of totals."""
    end = len(rows)
    while end and is_blank(rows[end - 1]):
        end -= 1
    cut = _notes(rows, end, width)
    findings = []
    if cut < end:
        found = "; ".join(" ".join(filter(None, fields))[:80] for fields in rows[cut:end] if not is_blank(fields))
        notes = sum(not is_blank(fields) for fields in rows[cut:end])
        first = next(place for place in range(cut, end) if not is_blank(rows[place]))
        findings.append(Finding(FindingKind.FOOTER, Severity.TELL, line=lines[first], found=found[:200], count=notes))
    while cut and is_blank(rows[cut - 1]):
        cut -= 1
    if cut > 1 and width > 1 and is_total(rows[cut - 1]):
        found = ", ".join(rows[cut - 1])[:80]
        # Where others stand between the rows, leaving out the last one alone would make nothing right.
        is_kept = any(is_total(fields) for fields in rows[max(0, cut - 500) : cut - 1])
        kind = FindingKind.TOTAL_KEPT if is_kept else FindingKind.TOTAL
        findings.append(Finding(kind, Severity.TELL, line=lines[cut - 1], found=found))
        if not is_kept:
            cut -= 1
    return Footer(cut if cut < end else len(rows), findings)


def _notes(rows: Sequence[list[str]], end: int, width: int) -> int:
    """The place of the first of the notes at the end, `end` where there are none."""
    if width < 2:
        return end
    start = max(0, end - FOOTER_ROWS)
    first = end
    for place in range(end - 1, start - 1, -1):
        fields = rows[place]
        if is_blank(fields):
            continue
        values = sum(bool(value.strip()) for value in fields)
        if values != 1 or not fields[0].strip():
            break
        first = place
    if first in {0, end}:
        return end
    # Apart from the table, or in words that notes begin with, or one text where the table has several values.
    notes = [fields for fields in rows[first:end] if not is_blank(fields)]
    is_apart = is_blank(rows[first - 1])
    if is_apart or is_note(notes[0]) or all(len(fields) == 1 and _is_prose(fields[0]) for fields in notes):
        return first
    # A row whose other values are empty may be a row: only what comes after a blank one, or reads like a note, is none.
    for place in range(first, end):
        if is_note(rows[place]) or (place and is_blank(rows[place - 1]) and not is_blank(rows[place])):
            return place
    return end


def _is_prose(value: str) -> bool:
    return " " in value.strip() or len(value) > 30

"""The last rows of a file -> where the data end, and what stands below them."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from dss_web.shared.csv.body import BodyTypes, is_blank
from dss_web.shared.csv.findings import Finding, FindingKind, Severity
from dss_web.shared.csv.top import count_values, is_number

# Notes below a table are not longer.
FOOTER_ROWS = 40

_NOTE: Final = re.compile(
    r"(?:source|notes?|footnotes?|\*|†|‡|©|¹|\(?[a-z0-9]\)\s|\[[a-z0-9]+\]|prepared|generated|produced|created"
    r"|[0-9]{1,2}\.\s|exported|printed|end of|copyright|contains|published|last updated|as at|report|disclaimer|key"
    r"|n\.?b\.?\b|this |these |data |figures |\(?[0-9,]+ rows|[-_=*~]{3,}\s*$)",
    re.IGNORECASE,
)
# A note says what it is where it stands in another column than the first.
_CALLED_NOTE: Final = re.compile(r"(?:sources?|(?:foot)?notes?|n\.b\.)\s*[0-9]*\s*:", re.IGNORECASE)
_TOTAL: Final = re.compile(
    r"(?:(?:grand|overall|sub|net|gross)[\s-]?)?(?:(?:totals?|sum)\s*:?|totals?(?:\s*[:–-]|\sfor)\s.*)|overall|summe|gesamt|all|average|mean",
    re.IGNORECASE,
)


class Footer(NamedTuple):
    """`cut` is the number of rows that are data, blank ones included; `findings` say what the others are."""

    cut: int
    findings: list[Finding]


def find_footer(rows: Sequence[list[str]], lines: Sequence[int], width: int, body: BodyTypes | None) -> Footer:
    """What of the last rows of a file is no data: notes, and one row of totals. `body` is what the columns hold."""
    end = len(rows)
    while end and is_blank(rows[end - 1]):
        end -= 1
    cut = _notes(rows, end, width, body)
    findings = []
    if cut < end:
        found = "; ".join(" ".join(filter(None, fields))[:80] for fields in rows[cut:end] if not is_blank(fields))
        notes = sum(not is_blank(fields) for fields in rows[cut:end])
        first = next(place for place in range(cut, end) if not is_blank(rows[place]))
        findings.append(Finding(FindingKind.FOOTER, Severity.TELL, line=lines[first], found=found[:200], count=notes))
    while cut and is_blank(rows[cut - 1]):
        cut -= 1
    if cut > 1 and width > 1 and _is_total(rows[cut - 1]):
        found = ", ".join(rows[cut - 1])[:80]
        # Where others stand between the rows, leaving out the last one alone would make nothing right.
        is_kept = any(_is_subtotal(fields) for fields in rows[max(0, cut - 500) : cut - 1])
        kind = FindingKind.TOTAL_KEPT if is_kept else FindingKind.TOTAL
        findings.append(Finding(kind, Severity.TELL, line=lines[cut - 1], found=found))
        if not is_kept:
            cut -= 1
    return Footer(cut if cut < end else len(rows), findings)


def _notes(rows: Sequence[list[str]], end: int, width: int, body: BodyTypes | None) -> int:
    """The place of the first of the notes at the end, `end` where there are none."""
    if width < 2:
        return end
    first = _first_of_one_value(rows, end)
    notes = [fields for fields in rows[first:end] if not is_blank(fields)]
    if first and notes and all(fields[0].strip() for fields in notes):
        # Apart from the table, or in words that notes begin with, or one text where the table has several values.
        are_texts = all(len(fields) == 1 and _is_prose(fields[0]) for fields in notes)
        if is_blank(rows[first - 1]) or _is_note(notes[0]) or are_texts:
            return first
    # A row whose other values are empty may be a row: only what comes after a blank one, or reads like a note, is none.
    return next((place for place in range(max(first, 1), end) if _begins_notes(rows, place, first, body)), end)


def _first_of_one_value(rows: Sequence[list[str]], end: int) -> int:
    """The place of the first of the last rows that have one value each, `end` where the last has more.

    A note after a blank row may have separators within.
    """
    first = end
    for place in range(end - 1, max(0, end - FOOTER_ROWS) - 1, -1):
        values = count_values(rows[place])
        is_apart = place > 0 and is_blank(rows[place - 1])
        if values > 1 and not (is_apart and _is_note(rows[place][:1])):
            break
        if values:
            first = place
    return first


def _begins_notes(rows: Sequence[list[str]], place: int, first: int, body: BodyTypes | None) -> bool:
    """Whether a row of one value, in whatever column, is a note.

    It says so, or stands after a blank row and reads like one, or is words in a column of numbers or dates.
    """
    fields = rows[place]
    is_apart = not is_blank(fields) and is_blank(rows[place - 1])
    if not first:
        return is_apart and _is_note(fields)  # all rows have one value
    is_out_of_place = body is not None and body.like(fields)[1] == 1 and " " in "".join(fields).strip()
    return _is_note(fields) or is_out_of_place or (is_apart and _is_note_below(fields))


def _is_prose(value: str) -> bool:
    return " " in value.strip() or len(value) > 30


def _is_total(fields: Sequence[str]) -> bool:
    """Whether a row calls itself a total: its first value says so, and others are numbers."""
    values = [value.strip() for value in fields if value.strip()]
    return len(values) > 1 and bool(_TOTAL.fullmatch(values[0])) and any(is_number(value) for value in values[1:])


def _is_note(fields: Sequence[str]) -> bool:
    """Whether a row has one value, which reads like a note; where it is not the first, it says that it is one."""
    values = [value for value in fields if value.strip()]
    reads_like_it = _NOTE if fields and fields[0].strip() else _CALLED_NOTE
    return len(values) == 1 and bool(reads_like_it.match(values[0].strip()))


def _is_note_below(fields: Sequence[str]) -> bool:
    """Whether a row of one value, in whatever column, reads like a note where a blank row sets it apart."""
    value = "".join(fields).strip()
    return count_values(fields) == 1 and (bool(fields[0].strip() or _NOTE.match(value)) or value.count(" ") > 2)


def _is_subtotal(fields: Sequence[str]) -> bool:
    """Whether a row calls itself a total or that of a group, as `North total` does."""
    values = [value.strip() for value in fields if value.strip()]
    is_of_group = len(values) > 1 and values[0].lower().endswith((" total", " totals")) and is_number(values[-1])
    return is_of_group or _is_total(fields)

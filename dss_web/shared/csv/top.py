"""The first rows of a file -> those that may be titles, names or data: without what programs write for others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from dss_web.shared.csv.body import BodyTypes, Numbered, is_blank
from dss_web.shared.csv.cells import DATA, NUMBERS, WRITTEN_NUMBERS, look_at
from dss_web.shared.csv.findings import Finding, FindingKind, Severity

COMMENTS: Final = ("#", "//", "--", "%", "!")
_RULE: Final = re.compile("[-=_]{2,}")
# Below the names a line for programs: Qualtrics' identifiers (https://www.qualtrics.com/support/survey-platform/
# data-and-analysis-module/data/download-data/understanding-your-dataset/), and HXL's tags (https://hxlstandard.org/
# standard/1-1final/), both seen 2026-11.
_FOR_PROGRAMS: Final = (
    re.compile(r"\{\s*\"ImportId\".*\}", re.DOTALL),
    re.compile(r"#[a-z][a-z0-9_]*(?: *\+[a-z0-9_]+)*"),
)
# Of the column, in brackets: without them the numbers may be a row's.
_NUMBERED: Final = re.compile(r"\(([0-9]{1,3})\)|\[([0-9]{1,3})\]")
# Such a line stands so near below the names: between them Qualtrics has the questions.
_NEAR = 3


@dataclass(slots=True)
class Shape:
    """`header` are the rows of the header; `first_line` is the line on which the data begin."""

    width: int
    header: list[Numbered] = field(default_factory=list)
    first_line: int = 1
    comment: str = ""
    has_row_names: bool = False
    findings: list[Finding] = field(default_factory=list)
    body: BodyTypes | None = None


def count_values(fields: Sequence[str]) -> int:
    """The number of values that are not blank."""
    return sum(bool(value.strip()) for value in fields)


def has_data(fields: Sequence[str]) -> bool:
    """Whether a value is hardly the name of a column."""
    return any(look_at(value).kind in DATA for value in fields)


def is_number(value: str) -> bool:
    """Whether a value is a number, as a program or a person writes it."""
    return look_at(value).kind in NUMBERS | WRITTEN_NUMBERS


def without_rule(top: list[Numbered], shape: Shape) -> list[Numbered]:
    """Without the line of dashes that SQL Server and Oracle write below the names."""
    for place, row in enumerate(top[1 : _NEAR + 1], start=1):
        values = [value.strip() for value in row.fields]
        above = top[place - 1].fields
        if len(values) == len(above) == shape.width and all(map(_RULE.fullmatch, values)) and not has_data(above):
            found = ",".join(values)[:80]
            shape.findings.append(Finding(FindingKind.RULE_LINE, Severity.TELL, line=row.line, found=found))
            return [*top[:place], *top[place + 1 :]]
    return top


def without_descriptions(top: list[Numbered], shape: Shape) -> list[Numbered]:
    """Without the lines between the names and the data of which the last is for programs."""
    for place, row in enumerate(top[1:_NEAR], start=1):
        values = [value.strip() for value in row.fields if value.strip()]
        if len(values) > 1 and any(all(map(form.fullmatch, values)) for form in _FOR_PROGRAMS):
            found = ", ".join(values)[:80]
            shape.findings.append(
                Finding(FindingKind.DESCRIPTION_LINES, Severity.TELL, line=top[1].line, found=found, count=place)
            )
            return [top[0], *top[place + 1 :]]
    return top


def without_numbers(top: list[Numbered], shape: Shape) -> list[Numbered]:
    """Without the line below the names that counts the columns, as `(1),(2),(3)` does."""
    for place, row in enumerate(top[1 : _NEAR + 1], start=1):
        values = [value.strip() for value in row.fields if value.strip()]
        numbers = [int(match[1] or match[2]) for value in values if (match := _NUMBERED.fullmatch(value))]
        is_counted = len(values) == len(numbers) > 1 and numbers == list(range(1, len(numbers) + 1))
        if is_counted and len(row.fields) == shape.width == count_values(top[place - 1].fields):
            kind, found = FindingKind.DESCRIPTION_LINES, ", ".join(values)[:80]
            shape.findings.append(Finding(kind, Severity.TELL, line=row.line, found=found))
            return [*top[:place], *top[place + 1 :]]
    return top


def without_particulars(top: list[Numbered], rows: Sequence[Numbered], shape: Shape) -> list[Numbered]:
    """Without a block of names and values above the table, as programs write the particulars of an export."""
    blank = next((row.line for row in rows if is_blank(row.fields) and row.line > top[0].line), None)
    above = [row for row in top if blank is not None and row.line < blank]
    below = top[len(above) :]
    if not above or len(below) < 2 or len(above) > len(below) + 8:
        return top
    are_pairs = all(count_values(row.fields) <= 2 and row.fields[0].strip().endswith((":", "=")) for row in above)
    if not are_pairs or has_data(below[0].fields) or count_values(below[0].fields) < 2:
        return top
    found = "; ".join(" ".join(filter(None, row.fields))[:80] for row in above[:3])
    shape.findings.append(
        Finding(FindingKind.TITLE_LINES, Severity.TELL, line=above[0].line, found=found, count=len(above))
    )
    return below


def without_comments(top: list[Numbered], shape: Shape) -> list[Numbered]:
    """Without the lines that a program wrote for people, above the table and in it."""
    for sign in COMMENTS:
        first = next((place for place, row in enumerate(top) if not row.fields[0].lstrip().startswith(sign)), len(top))
        lines = [row for row in top if row.fields[0].lstrip().startswith(sign)]
        is_header = first == 1 and len(top[0].fields) == shape.width > 1 and not is_blank(top[0].fields[1:])
        if is_header and len(top) > 2 and not has_data(top[1].fields) and has_data(top[2].fields):
            is_header = False  # the names stand below it
        if sign == "#" and 1 < first < len(top) and _is_header(top[first - 1].fields, top[first].fields, shape.width):
            first -= 1
            lines = [row for row in lines if row is not top[first]]
        others = [row for row in lines if len(row.fields) != shape.width or shape.width == 1]
        if not first and 2 * len(lines) > len(top):
            continue  # so many are values
        if not lines or is_header or first == len(top) or not (first or (sign == "#" and others)):
            continue
        if len(lines) > first and len(others) < len(lines) - first:
            lines = lines[:first]  # further down they are values
        else:
            shape.comment = sign
        if not lines:
            continue
        shape.findings.append(
            Finding(
                FindingKind.COMMENT_LINES,
                Severity.TELL,
                line=lines[0].line,
                found=",".join(lines[0].fields)[:80],
                count=len(lines),
            )
        )
        kept = {row.line for row in lines}
        return [row for row in top if row.line not in kept]
    return top


def _is_header(fields: Sequence[str], below: Sequence[str], width: int) -> bool:
    """Whether the last of the lines that are comments has the names of the columns, as scientists write them."""
    names = [fields[0].lstrip("# "), *fields[1:]]
    is_whole = len(names) == width == len(below) > 1 and all(name.strip() for name in names)
    return is_whole and not has_data(names) and has_data(below)

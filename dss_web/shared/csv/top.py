"""The first rows of a file -> those that may be titles, names or data: without what programs write for others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from dss_web.shared.csv.body import BodyTypes, Numbered, is_blank
from dss_web.shared.csv.cells import DATA, look_at
from dss_web.shared.csv.findings import Finding, FindingKind, Severity

_COMMENTS: Final = ("#", "//", "--", "%", "!")
_RULE: Final = re.compile("[-=_]{2,}")
# Below the names a line for programs: Qualtrics' identifiers (https://www.qualtrics.com/support/survey-platform/
# data-and-analysis-module/data/download-data/understanding-your-dataset/), and HXL's tags (https://hxlstandard.org/
# standard/1-1final/), both seen 2026-11.
_FOR_PROGRAMS: Final = (
    re.compile(r"\{\s*\"ImportId\".*\}", re.DOTALL),
    re.compile(r"#[a-z][a-z0-9_]*(?: *\+[a-z0-9_]+)*"),
)
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
    for sign in _COMMENTS:
        first = next((place for place, row in enumerate(top) if not row.fields[0].lstrip().startswith(sign)), len(top))
        lines = [row for row in top if row.fields[0].lstrip().startswith(sign)]
        is_header = first == 1 and len(top[0].fields) == shape.width > 1 and not is_blank(top[0].fields[1:])
        if is_header and len(top) > 2 and not has_data(top[1].fields) and has_data(top[2].fields):
            is_header = False  # the names stand below it
        others = [row for row in lines if len(row.fields) != shape.width or shape.width == 1]
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

"""The table of columns to check, made for 1,598 of them: what is the same in each row is made once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dss_web.shared.contract import UPLOAD_COLUMN_TYPES, ColumnType
from dss_web.shared.csv import Conversion, Finding, FindingKind, Reading, Severity
from dss_web.uploads.column_choices import ColumnChoice, ValueChange
from dss_web.uploads.explanations import explain_finding
from dss_web.uploads.titles import TYPE_TITLES

# Longer values are cut off, so that a row stays a row.
SHOWN_CHARACTERS = 60
SAMPLE_VALUES = 3
# Those that stand in the column's own row in another way: beside its name, or as something to choose.
_SHOWN_OTHERWISE: Final = frozenset(
    {FindingKind.RENAMED, FindingKind.UNNAMED_COLUMN, FindingKind.NULL_WORDS, FindingKind.CONVERTED}
)


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column as its row shows it: `options` are those of the select of its type, `why` are sentences about it."""

    choice: ColumnChoice
    options: SafeString
    samples: list[str]
    facts: str
    why: list[str]
    changes: list[tuple[str, str, bool]]
    words: list[tuple[str, str, str, bool]]
    name_errors: list[str]
    type_errors: list[str]
    leave_errors: list[str]

    @property
    def type_title(self) -> str:
        """What people call the chosen type."""
        return TYPE_TITLES[ColumnType(self.choice.type)]


def finding_of(stored: Mapping[str, Any]) -> Finding:
    """A finding as the check has kept it."""
    return Finding(**{**stored, "kind": FindingKind(stored["kind"]), "severity": Severity(stored["severity"])})


def column_rows(columns: Sequence[ColumnChoice], found: Reading, preview: Sequence[Sequence[str]]) -> list[ColumnRow]:
    """A row for each column of the file, in order. `preview` are the first rows as the file has them."""
    options = {str(kind): _options(str(kind)) for kind in UPLOAD_COLUMN_TYPES}
    unknown = _options("")
    rows = []
    for column in columns:
        number, fact = column.position, column.facts
        values = dict.fromkeys(row[column.found.position] for row in preview if column.found.position < len(row))
        rows.append(
            ColumnRow(
                column,
                options.get(column.type, unknown),
                [shorten(value) for value in values if value][:SAMPLE_VALUES],
                _facts(fact),
                [
                    explain_finding(finding, found)
                    for finding in map(finding_of, fact["findings"])
                    if finding.kind not in _SHOWN_OTHERWISE
                ],
                [_change(change, column.conversion) for change in column.changes],
                [
                    (f"null-{number}-{place}", word, f"{count:,}", word in column.nulls)
                    for place, (word, count) in enumerate(column.words)
                ],
                column.errors.get(f"name-{number}", []),
                column.errors.get(f"type-{number}", []),
                column.errors.get(f"leave-{number}", []),
            )
        )
    return rows


def shorten(value: str) -> str:
    """A value that fits in a row of a table."""
    return value if len(value) <= SHOWN_CHARACTERS else value[: SHOWN_CHARACTERS - 1] + "…"


def _change(change: ValueChange, chosen: Conversion) -> tuple[str, str, bool]:
    text = f"“{shorten(change.before)}” becomes “{shorten(change.after)}”"
    if change.before == change.after:
        text = f"“{shorten(change.before)}” stays as it is"
    return str(change.conversion), text, change.conversion is chosen


def _facts(fact: Mapping[str, Any]) -> str:
    distinct = f"{'more than ' if fact['is_capped'] else ''}{fact['distinct']:,}"
    parts = [f"{fact['empty']:,} empty" if fact["empty"] else "None empty", f"{distinct} different"]
    if (fact["smallest"] or fact["largest"]) and fact["distinct"] > 1:
        parts.append(f"from {shorten(fact['smallest'])} to {shorten(fact['largest'])}")
    return ", ".join(parts)


def _options(chosen: str) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (str(kind), format_html(" selected") if str(kind) == chosen else "", TYPE_TITLES[kind])
            for kind in UPLOAD_COLUMN_TYPES
        ),
    )

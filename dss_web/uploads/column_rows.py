"""The table of columns to check, made for 1,598 of them: what is the same in each row is made once."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dss_web.shared.contract import UPLOAD_COLUMN_TYPES
from dss_web.uploads.forms import VerifyForm
from dss_web.uploads.selectors import ShownColumn
from dss_web.uploads.titles import TYPE_TITLES

# Longer values are cut off, so that a row stays a row.
SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column with the field for its type: `field` is its name in the form, `options` are those of its select."""

    column: ShownColumn
    field: str
    options: SafeString
    errors: Sequence[str]
    samples: list[str]


def column_rows(columns: Sequence[ShownColumn], form: VerifyForm) -> list[ColumnRow]:
    """A row for each column, in order, with the types that the form has."""
    options = {str(kind): _options(str(kind)) for kind in UPLOAD_COLUMN_TYPES}
    unknown = _options("")
    rows = []
    for column in columns:
        field = f"type-{column.position}"
        chosen = form.chosen(field)
        errors = [str(error) for error in form.errors.get(field, [])]
        samples = [
            value if len(value) <= SHOWN_CHARACTERS else value[: SHOWN_CHARACTERS - 1] + "…" for value in column.samples
        ]
        rows.append(ColumnRow(column, field, options.get(chosen, unknown), errors, samples))
    return rows


def _options(chosen: str) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (str(kind), format_html(" selected") if str(kind) == chosen else "", TYPE_TITLES[kind])
            for kind in UPLOAD_COLUMN_TYPES
        ),
    )

"""A reading → the fields of the form that choose its columns: a program's choices are checked as a person's are."""

from collections.abc import Mapping, Sequence
from typing import Any

from dss_web.shared.csv import FindingKind, Reading


def fields_of(found: Reading, facts: Sequence[Mapping[str, Any]], chosen: Reading) -> dict[str, str]:
    """The fields, as `column_choices` has them, by which the columns of `found` are loaded as in `chosen`."""
    by_position = {column.position: column for column in chosen.columns}
    fields: dict[str, str] = {}
    for number, (column, fact) in enumerate(zip(found.columns, facts, strict=True), start=1):
        choice = by_position.get(column.position)
        if choice is None:
            fields[f"leave-{number}"] = "yes"
            continue
        fields |= {
            f"name-{number}": choice.name,
            f"type-{number}": str(choice.type),
            f"values-{number}": str(choice.conversion),
        }
        words = [finding["found"] for finding in fact["findings"] if finding["kind"] == FindingKind.NULL_WORDS]
        fields |= {f"null-{number}-{place}": "yes" for place, word in enumerate(words) if word in choice.nulls}
    return fields

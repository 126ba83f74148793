"""The forms of the upload pages, and what people read when an entry is not accepted."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dss_web.registry.models import UploadFile
from dss_web.shared.contract import UPLOAD_COLUMN_TYPES, ColumnType
from dss_web.uploads.invalid_values import InvalidValue
from dss_web.uploads.names import reasons_not_copied
from dss_web.uploads.selectors import find_name_conflict
from dss_web.uploads.titles import TYPE_EXAMPLES, TYPE_TITLES

# `organisation.dataset` is one name in Postgres, which has at most 63 characters.
NAME_CHARACTERS = 62
# Of a value in an error message: it may be a whole letter.
SHOWN_CHARACTERS = 60

_TYPES = {str(kind): TYPE_TITLES[kind] for kind in UPLOAD_COLUMN_TYPES}


class NameField(forms.CharField):
    """Letters, digits, underscores and full stops; stored in lower case with underscores for full stops."""

    def __init__(self, label: str, example: str) -> None:
        """`example` is shown below the label."""
        super().__init__(
            label=label,
            help_text=f"For example, {example}. Use letters, numbers and underscores.",
            error_messages={"required": f"Enter the {label.lower()}"},
        )

    def clean(self, value: Any) -> str:
        """The name as it is stored. Raises ValidationError."""
        name: str = super().clean(value)
        title = str(self.label)
        if not re.fullmatch(r"[a-zA-Z0-9_.]+", name):
            raise ValidationError(f"{title} must only include letters a to z, numbers, underscores and full stops")
        name = name.lower().replace(".", "_")
        if not name.strip("_"):
            raise ValidationError(f"{title} must include at least one letter or number")
        if name.startswith("pg_"):
            raise ValidationError(f"{title} must not start with “pg_”, which the database keeps for itself")
        return name


class DatasetForm(forms.Form):
    """The name of a new dataset."""

    organisation = NameField("Organisation", "dbt")
    dataset = NameField("Dataset", "export_wins")

    def clean(self) -> dict[str, Any]:
        """Check both names together: their length, and whether a dataset of that name exists."""
        cleaned = super().clean() or self.cleaned_data
        organisation, dataset = cleaned.get("organisation"), cleaned.get("dataset")
        if organisation and dataset:
            if len(organisation) + len(dataset) > NAME_CHARACTERS:
                self.add_error(
                    "dataset",
                    f"The two names must have {NAME_CHARACTERS} characters or fewer together. "
                    f"They have {len(organisation) + len(dataset)}.",
                )
            elif reasons := reasons_not_copied(organisation, dataset):
                for field, reason in reasons.items():
                    self.add_error(field, reason)
            elif conflict := find_name_conflict(organisation, dataset):
                self.add_error("dataset", conflict)
        return cleaned


class UploadForm(forms.Form):
    """One CSV file. `services.receive_file` checks its contents afterwards."""

    file = forms.FileField(
        label="Choose a CSV file",
        error_messages={
            "required": "Choose a CSV file",
            "empty": "The file is empty. Check that you chose the right file, and that it was saved.",
        },
    )

    def refuse(self, problems: Sequence[str]) -> None:
        """Show what is wrong with the file."""
        self.add_error("file", list(problems))


class VerifyForm(forms.Form):
    """The type of each column of a version: fields `type-1`, `type-2`, … in the order of the columns."""

    def __init__(self, version: UploadFile, data: Any = None, kept: Mapping[str, str] | None = None) -> None:
        """`data` is what the person sent, None to show the types that were inferred, or chosen before.

        `kept` is what they sent when they were no longer logged in, to be shown and not yet acted on.
        """
        super().__init__(data, initial={name: kind for name, kind in (kept or {}).items() if kind in _TYPES})
        self._names = version.column_names or []
        for position, (name, kind) in enumerate(zip(self._names, version.column_types or [], strict=True), start=1):
            self.fields[f"type-{position}"] = forms.ChoiceField(
                label=f"Type of {name}",
                choices=_TYPES.items,
                initial=kind,
                error_messages={
                    "required": f"Choose a type for {name}",
                    "invalid_choice": f"Choose a type for {name} from the list",
                },
            )

    def chosen(self, name: str) -> str:
        """What a field shows: what the person sent, or had chosen before, or was inferred."""
        return str(self[name].value() or "")

    def types(self) -> list[ColumnType]:
        """The chosen types in the order of the columns; only of a form that is valid."""
        return [ColumnType(self.cleaned_data[name]) for name in self.fields]

    def refuse(self, invalid: Sequence[InvalidValue]) -> None:
        """Show which values do not fit their column's type."""
        for value in invalid:
            shown = value.value if len(value.value) <= SHOWN_CHARACTERS else value.value[:SHOWN_CHARACTERS] + "…"
            self.add_error(
                f"type-{self._names.index(value.column) + 1}",
                f"Line {value.line} has “{shown}” in {value.column}, which is not {_article(value.expected)}. "
                f"Expected: {TYPE_EXAMPLES[value.expected]}. "
                "Choose another type, or correct the file and upload it again.",
            )


def _article(kind: ColumnType) -> str:
    title = TYPE_TITLES[kind].lower()
    return title if kind == ColumnType.BOOLEAN else f"a {title}"

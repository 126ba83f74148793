"""The forms of the upload pages, and what people read when an entry is not accepted."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dss_web.accounts.models import User
from dss_web.accounts.visibility import may_see
from dss_web.uploads.names import reasons_not_copied
from dss_web.uploads.selectors import find_name_conflict

# `organisation.dataset` is one name in Postgres, which has at most 63 characters.
NAME_CHARACTERS = 62


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

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        """`person` wants to create it."""
        super().__init__(*args, **kwargs)
        self._person = person

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
                is_seen = may_see(self._person, f"{organisation}.{dataset}")
                self.add_error("dataset", conflict if is_seen else "This name is taken. Choose another name.")
        return cleaned


class UploadForm(forms.Form):
    """One file. Its contents are checked behind the request."""

    file = forms.FileField(
        label="Choose a file",
        error_messages={
            "required": "Choose a file",
            "empty": "The file is empty. Check that you chose the right file, and that it was saved.",
        },
    )

    def refuse(self, problems: Sequence[str]) -> None:
        """Show what is wrong with the file."""
        self.add_error("file", list(problems))

"""The forms of the pages about going back."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dss_web.registry.models import UploadFile, UploadPipeline


class VersionField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A version of a dataset, by when it was uploaded and its file."""

    def label_from_instance(self, obj: UploadFile) -> str:
        """What the person reads."""
        return f"{obj.uploaded_at:%-d %B %Y, %H:%M} – {obj.original_name}"

    def to_python(self, value: Any) -> Any:
        """The version of an id. Raises ValidationError, in the same words where the id is none."""
        try:
            return super().to_python(value)
        except ValidationError as error:
            raise ValidationError(self.error_messages["invalid_choice"]) from error


# As much as somebody reads in a list. A longer story belongs to the dataset's description.
LONGEST_NOTE = 500
NOTE_TOO_LONG = f"The note must have {LONGEST_NOTE} characters or fewer"


class NoteForm(forms.Form):
    """What there is to say about a version."""

    note = forms.CharField(
        label="Note", required=False, max_length=LONGEST_NOTE, error_messages={"max_length": NOTE_TOO_LONG}
    )


class CompareForm(forms.Form):
    """Two versions of a dataset."""

    def __init__(self, pipeline: UploadPipeline, data: Any = None) -> None:
        """`data` has the ids of both, if the person has chosen."""
        super().__init__(data)
        versions = pipeline.files.exclude(column_names=None)
        for name, label in (("before", "Earlier version"), ("after", "Later version")):
            self.fields[name] = VersionField(
                versions,
                label=label,
                empty_label=None,
                error_messages={
                    "required": f"Choose the {label.lower()}",
                    "invalid_choice": f"Choose the {label.lower()}",
                },
            )


class DeleteForm(forms.Form):
    """The name of the dataset, typed by the person who wants something of it deleted."""

    name = forms.CharField(
        label="Dataset name", error_messages={"required": "Enter the name of the dataset to delete the data"}
    )

    def __init__(self, pipeline: UploadPipeline, data: Any = None) -> None:
        """`data` is what the person sent."""
        super().__init__(data)
        self._pipeline = pipeline
        self.fields["name"].help_text = f"To confirm, type {pipeline}"

    def clean_name(self) -> str:
        """The name as it is. Raises ValidationError."""
        name: str = self.cleaned_data["name"]
        if name.strip() != str(self._pipeline):
            raise ValidationError(f"The name you typed is not {self._pipeline}. Nothing was deleted.")
        return name

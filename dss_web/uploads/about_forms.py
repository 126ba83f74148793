"""The questions about a dataset as forms, one for each page. Their fields are columns of the dataset's row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from dss_web.accounts.models import User
from dss_web.registry.models import UploadPipeline
from dss_web.shared.contract import Classification
from dss_web.shared.licences import COMMON_LICENCES, OPEN_GOVERNMENT_LICENCE

# A title stands in lists; a description is a page of text at most.
_TITLE_CHARACTERS: Final = 100
_DESCRIPTION_CHARACTERS: Final = 2000
_LINE_CHARACTERS: Final = 200

_is_page: Final = URLValidator(schemes=["https"])


@dataclass(frozen=True, slots=True)
class Option:
    """One of the radios of a question. `own_fields` are fields that belong to it."""

    id: str
    value: str
    label: str
    hint: str
    is_chosen: bool
    own_fields: list[forms.BoundField]


class AboutForm(forms.Form):
    """A question: its words, how it is asked (`text`, `long_text` or `radios`), and what the answer changes.

    `hints` and `own_fields` are of radios, by their values: a sentence, and the names of fields that belong to one.
    """

    heading: ClassVar[str]
    kind: ClassVar[str]
    hints: ClassVar[Mapping[str, str]] = {}
    own_fields: ClassVar[Mapping[str, Sequence[str]]] = {}

    @classmethod
    def answered(cls, pipeline: UploadPipeline, person: User) -> dict[str, Any]:
        """What the fields show of a dataset: its row, or what is proposed to this person."""
        return {name: getattr(pipeline, name) for name in cls.base_fields}

    def answer(self) -> Mapping[str, object]:
        """The columns of the dataset's row with what was entered."""
        return self.cleaned_data

    @property
    def main(self) -> forms.BoundField:
        """The field that the heading asks for."""
        return self[next(iter(self.fields))]

    @property
    def options(self) -> list[Option]:
        """The radios. The first has the id of the field, to which the error summary leads."""
        field = self.main
        chosen = str(field.value() or "")
        choices: Sequence[tuple[str, str]] = list(field.field.choices)  # type: ignore[attr-defined]
        return [
            Option(
                field.id_for_label if number == 1 else f"{field.id_for_label}-{number}",
                value,
                label,
                self.hints.get(value, ""),
                value == chosen,
                [self[name] for name in self.own_fields.get(value, ())],
            )
            for number, (value, label) in enumerate(choices, start=1)
        ]


def _at_most(characters: int, label: str) -> dict[str, Any]:
    message = f"{label} must be {characters:,} characters or fewer"
    return {"label": label, "required": False, "max_length": characters, "error_messages": {"max_length": message}}


class TitleForm(AboutForm):
    """The title of a dataset."""

    heading = "What do people call this data?"
    kind = "text"
    title = forms.CharField(
        help_text="What people see in lists, for example: Export wins. Leave it empty to show the name of the dataset.",
        **_at_most(_TITLE_CHARACTERS, "Title"),
    )


class DescriptionForm(AboutForm):
    """What a dataset is about."""

    heading = "What is this data about?"
    kind = "long_text"
    description = forms.CharField(
        help_text="Say what each row stands for, where the data comes from, which time it covers and what it should "
        "not be used for. Do not write anything here that must be kept from those who may read the data.",
        **_at_most(_DESCRIPTION_CHARACTERS, "Description"),
    )

    def clean_description(self) -> str:
        """The text with the line ends of this system: browsers send others."""
        text: str = self.cleaned_data["description"]
        return text.replace("\r\n", "\n")


class ContactForm(AboutForm):
    """Whom to ask about the data."""

    heading = "Whom can people ask about this data?"
    kind = "text"
    contact = forms.CharField(
        help_text="An email address, better of a team than of a person, or the address of a page.",
        **_at_most(_LINE_CHARACTERS, "Contact"),
    )

    @classmethod
    def answered(cls, pipeline: UploadPipeline, person: User) -> dict[str, Any]:
        """The contact, or the person's own address as a proposal."""
        return {"contact": pipeline.contact or person.email}

    def clean_contact(self) -> str:
        """The contact as declarations have it: an email or an https URL. Raises ValidationError."""
        contact: str = self.cleaned_data["contact"]
        if contact:
            check = _is_page if "://" in contact else validate_email
            try:
                check(contact)
            except ValidationError:
                raise ValidationError(
                    "Enter an email address, like name@example.gov.uk, or the address of a page that starts with "
                    "https://"
                ) from None
        return contact


_OTHER: Final = "other"


class LicenceForm(AboutForm):
    """Under which terms the data may be used: a common licence, or one in the person's own words."""

    heading = "Under which licence can people use this data?"
    kind = "radios"
    hints: ClassVar[Mapping[str, str]] = {
        OPEN_GOVERNMENT_LICENCE.name: "Proposed for data that anyone may use. It does not cover personal data.",
    }
    own_fields: ClassVar[Mapping[str, Sequence[str]]] = {_OTHER: ("own_licence", "licence_url")}
    licence = forms.ChoiceField(
        label="Licence",
        choices=[*((terms.name, terms.name) for terms in COMMON_LICENCES), (_OTHER, "Another licence")],
        error_messages={"required": "Select a licence", "invalid_choice": "Select a licence"},
    )
    own_licence = forms.CharField(**_at_most(_LINE_CHARACTERS, "Name of the licence"))
    licence_url = forms.CharField(**_at_most(_LINE_CHARACTERS, "Page of the licence (optional)"))

    @classmethod
    def answered(cls, pipeline: UploadPipeline, person: User) -> dict[str, Any]:
        """None of the options where nobody has chosen: a licence that nobody gave is none."""
        if not pipeline.licence or pipeline.licence in {terms.name for terms in COMMON_LICENCES}:
            return {"licence": pipeline.licence}
        return {"licence": _OTHER, "own_licence": pipeline.licence, "licence_url": pipeline.licence_url}

    def clean(self) -> dict[str, Any]:
        """Check the person's own words, if they are asked for."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("licence") == _OTHER:
            if not cleaned.get("own_licence") and "own_licence" not in self.errors:
                self.add_error("own_licence", "Enter the name of the licence")
            if url := cleaned.get("licence_url"):
                try:
                    _is_page(url)
                except ValidationError:
                    self.add_error("licence_url", "Enter the address of a page that starts with https://")
        return cleaned

    def answer(self) -> Mapping[str, object]:
        """The name of the licence and its page."""
        chosen = self.cleaned_data["licence"]
        if chosen == _OTHER:
            return {"licence": self.cleaned_data["own_licence"], "licence_url": self.cleaned_data["licence_url"]}
        (terms,) = (terms for terms in COMMON_LICENCES if terms.name == chosen)
        return {"licence": terms.name, "licence_url": terms.url}


class PersonalDataForm(AboutForm):
    """Whether a dataset may hold personal data."""

    heading = "May this data hold personal data?"
    kind = "radios"
    hints: ClassVar[Mapping[str, str]] = {
        "yes": "Also if you are not sure. The pages of the dataset then say so, and how data is deleted.",
    }
    may_hold_personal_data = forms.ChoiceField(
        label="Personal data",
        choices=[("yes", "Yes"), ("no", "No")],
        help_text="Personal data is about living people who can be told from it: by a name, an email address, a home "
        "address or a number that leads to a person, also in combination with other data.",
        error_messages={
            "required": "Select yes if this data may hold personal data",
            "invalid_choice": "Select yes if this data may hold personal data",
        },
    )

    @classmethod
    def answered(cls, pipeline: UploadPipeline, person: User) -> dict[str, Any]:
        """Yes, no, or neither where nobody has said."""
        said = {True: "yes", False: "no", None: ""}
        return {"may_hold_personal_data": said[pipeline.may_hold_personal_data]}

    def answer(self) -> Mapping[str, object]:
        """True or False."""
        return {"may_hold_personal_data": self.cleaned_data["may_hold_personal_data"] == "yes"}


class ClassificationForm(AboutForm):
    """How sensitive a dataset is."""

    heading = "How sensitive is this data?"
    kind = "radios"
    hints: ClassVar[Mapping[str, str]] = {
        Classification.OFFICIAL: "Most government data.",
        Classification.OFFICIAL_SENSITIVE: "Harm is likely if the wrong people get it: only for those who need it.",
    }
    classification = forms.ChoiceField(
        label="Classification",
        choices=[(level.value, level.value) for level in Classification],
        help_text="Do not upload anything that is SECRET or TOP SECRET to this service.",
        error_messages={
            "required": "Select how sensitive the data is",
            "invalid_choice": "Select how sensitive the data is",
        },
    )

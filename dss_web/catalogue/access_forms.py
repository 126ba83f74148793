"""The form by which somebody, or a client of the API, is let read a dataset."""

import re
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from dss_web.hawk.models import HawkClient
from dss_web.shared.contract import GranteeKind

# Slugs of access profiles and keys of applications at SSO, as the settings of roles have them.
_GROUP: Final = re.compile(r"(application:)?[A-Za-z0-9_.-]+")
_KIND: Final = "Select whether it is a person, a group or a program"


class GrantForm(forms.Form):
    """Who or what may read a dataset: `kind`, and `grantee` as the grants have it."""

    kind = forms.ChoiceField(
        choices=[(kind, kind) for kind in GranteeKind],
        error_messages={"required": _KIND, "invalid_choice": _KIND},
    )
    grantee = forms.CharField(
        max_length=254,
        error_messages={"required": "Enter an email address, or the name of a group or program"},
    )

    def clean(self) -> dict[str, Any]:
        """Both together: what the name has to be depends on the kind."""
        cleaned = super().clean() or self.cleaned_data
        kind, grantee = cleaned.get("kind"), cleaned.get("grantee")
        if kind and grantee:
            try:
                cleaned["grantee"] = _cleaned(GranteeKind(kind), grantee)
            except ValidationError as error:
                self.add_error("grantee", error)
        return cleaned


def _cleaned(kind: GranteeKind, grantee: str) -> str:
    match kind:
        case GranteeKind.PERSON:
            try:
                validate_email(grantee)
            except ValidationError as error:
                raise ValidationError(
                    "Enter an email address in the correct format, like name@example.gov.uk"
                ) from error
            return grantee.lower()
        case GranteeKind.GROUP:
            if not _GROUP.fullmatch(grantee):
                raise ValidationError(
                    "Enter the slug of an access profile at the sign-in service, like export-analysts, or application: "
                    "and the key of an application, like application:export-wins"
                )
            return grantee
        case GranteeKind.CLIENT:
            if not HawkClient.objects.filter(pk=grantee).exists():
                raise ValidationError(
                    f"There is no program with the id “{grantee}”. Check the id, or ask an administrator to add it"
                )
            return grantee

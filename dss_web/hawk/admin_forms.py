"""The forms of the admin pages of HAWK clients."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from dss_web.hawk.client_ids import ALLOWED, is_client_id
from dss_web.hawk.models import HawkClient
from dss_web.hawk.scopes import problem_of
from dss_web.hawk.upload_grants import unknown_datasets

if TYPE_CHECKING:  # generic only for the type checker
    ClientForm = forms.ModelForm[HawkClient]
else:
    ClientForm = forms.ModelForm

# As the command `rotate_hawk_key` has it: long enough to hand a key over by hand, within one working week.
KEPT_DAYS: Final = 7


class HawkClientForm(ClientForm):
    """A client's scopes and description. Its id cannot change, since keys and receipts refer to it."""

    class Meta:
        model = HawkClient
        fields: ClassVar[tuple[str, ...]] = ("scope", "description")
        help_texts: ClassVar = {
            "scope": "Scopes, separated by commas: the name of a route, * for all routes, table:SCHEMA for all "
            "tables of a dataset, or table:SCHEMA.TABLE for one table. A client with a table: scope can read no "
            "other tables, except for those of datasets that it is granted on their pages. * and the names of table "
            "routes open restricted datasets, too. upload:ORGANISATION.DATASET lets it upload to a dataset, which * "
            "does not. Without any scope a client reads only what it is granted."
        }

    def clean_scope(self) -> list[str]:
        """The scopes without blanks around them, if each is one."""
        scopes = [scope.strip() for scope in self.cleaned_data["scope"]]
        if problems := [problem for scope in scopes if (problem := problem_of(scope))] or unknown_datasets(scopes):
            raise ValidationError([*dict.fromkeys(problems)])
        return scopes


class NewHawkClientForm(HawkClientForm):
    """The same for a new client, with its id."""

    class Meta(HawkClientForm.Meta):
        fields: ClassVar[tuple[str, ...]] = ("id", "scope", "description")
        help_texts: ClassVar = {
            **HawkClientForm.Meta.help_texts,
            "id": f"What the client sends in each request: {ALLOWED}",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["id"].widget = forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"})

    def clean_id(self) -> str:
        """The id, if it may be one."""
        identifier: str = self.cleaned_data["id"]
        if not is_client_id(identifier):
            raise ValidationError(f"“{identifier}” is not {ALLOWED}")
        return identifier


class RotateForm(forms.Form):
    """How long the old key stays valid beside the new one."""

    keep_old_for = forms.IntegerField(
        label="Days for which the old key stays valid",
        min_value=0,
        max_value=3650,
        initial=KEPT_DAYS,
        help_text="The client changes over to the new key in this time. 0 ends the old key now.",
    )

    def keep_old_until(self) -> Any:
        """When the old key ends; only of a valid form."""
        return timezone.now() + timedelta(days=self.cleaned_data["keep_old_for"])

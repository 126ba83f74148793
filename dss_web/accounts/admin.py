"""The admin pages of people. Names and roles come from SSO; an administrator can only bar a person."""

from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from dss_web.accounts.models import User

if TYPE_CHECKING:  # generic only for the type checker
    PersonAdmin = admin.ModelAdmin[User]
    PersonForm = forms.ModelForm[User]
else:
    PersonAdmin = admin.ModelAdmin
    PersonForm = forms.ModelForm

# Roles come from SSO, so Django's groups would only mislead.
admin.site.unregister(Group)


class UserForm(PersonForm):
    """Whether a person may log in."""

    class Meta:
        model = User
        fields = ("is_active",)

    def clean_is_active(self) -> bool:
        """No, unless another administrator stays. Their rows are locked: of two who bar each other, one is too late."""
        is_active: bool = self.cleaned_data["is_active"]
        if not is_active and self.instance.is_superuser:
            administrators = User.objects.select_for_update().filter(is_superuser=True, is_active=True)
            if not [other for other in administrators.order_by("pk") if other.pk != self.instance.pk]:
                raise ValidationError(
                    "This is the last administrator who may log in. Without one nobody could let anyone in again."
                )
        return is_active


@admin.register(User)
class UserAdmin(PersonAdmin):
    """Shows people; only `is_active` can be changed."""

    form = UserForm
    list_display = ("email", "first_name", "last_name", "role_name", "access_profiles", "is_active", "last_login")
    list_filter = ("is_staff", "is_active", "is_let_in")
    search_fields = ("email", "first_name", "last_name", "user_id")
    fields = (
        "is_active",
        "email",
        "first_name",
        "last_name",
        "user_id",
        "role_name",
        "dagster_role_name",
        "access_profiles",
        "applications",
        "is_let_in",
        "date_joined",
        "last_login",
        "profile_read_at",
    )
    readonly_fields = fields[1:]

    @admin.display(description="role")
    def role_name(self, person: User) -> str:
        """The role that SSO, or the command `let_in_administrator`, gives the person."""
        return person.role.name.lower()

    @admin.display(description="role in the Dagster UI")
    def dagster_role_name(self, person: User) -> str:
        """The role that SSO gives the person there."""
        return person.dagster_role.name.lower()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: people are added at their first login."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """No: a deleted person would be back after the next login. Bar them instead."""
        return False

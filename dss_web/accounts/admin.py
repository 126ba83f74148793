"""The admin pages of people. Names and rights come from SSO; an administrator can only bar a person."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from dss_web.accounts.models import User

if TYPE_CHECKING:  # generic only for the type checker
    PersonAdmin = admin.ModelAdmin[User]
else:
    PersonAdmin = admin.ModelAdmin

# Rights come from access profiles, so Django's groups would only mislead.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(PersonAdmin):
    """Shows people; only `is_active` can be changed."""

    list_display = ("email", "first_name", "last_name", "access_profiles", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "first_name", "last_name", "user_id")
    fields = (
        "is_active",
        "email",
        "first_name",
        "last_name",
        "user_id",
        "access_profiles",
        "is_staff",
        "date_joined",
        "last_login",
    )
    readonly_fields = fields[1:]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: people are added at their first login."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """No: a deleted person would be back after the next login. Bar them instead."""
        return False

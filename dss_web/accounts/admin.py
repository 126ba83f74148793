"""The people who have logged in: SSO says who they are, an administrator may bar them."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from dss_web.accounts.models import User

if TYPE_CHECKING:  # generic for the type checker alone
    PersonAdmin = admin.ModelAdmin[User]
else:
    PersonAdmin = admin.ModelAdmin

# Rights come with the access profiles of SSO.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(PersonAdmin):
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
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

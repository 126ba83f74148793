"""Django's admin for HAWK clients: their scopes, and the end of their keys."""

from datetime import datetime
from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from dss_web.hawk.keys import revoke
from dss_web.hawk.models import HawkClient, HawkKey

if TYPE_CHECKING:  # generic for the type checker alone
    ClientAdmin = admin.ModelAdmin[HawkClient]
    ClientForm = forms.ModelForm[HawkClient]
    KeyInline = admin.TabularInline[HawkKey, HawkClient]
else:
    ClientAdmin = admin.ModelAdmin
    ClientForm = forms.ModelForm
    KeyInline = admin.TabularInline


class HawkClientForm(ClientForm):
    class Meta:
        model = HawkClient
        fields = ("scope", "description")
        help_texts = {
            "scope": "With commas between: the names of routes, *, table:SCHEMA or table:SCHEMA.TABLE. "
            "A client with a table: scope reads no other table."
        }


class HawkKeyInline(KeyInline):
    """A client's keys, without their secrets. Commands make and rotate them, so that no page ever holds one."""

    model = HawkKey
    fields = readonly_fields = ("number", "state", "created_at", "expires_at", "last_used_at", "revoked_at")
    can_delete = False
    extra = 0

    @admin.display(description="number")
    def number(self, key: HawkKey) -> int:
        return key.pk

    def has_add_permission(self, request: HttpRequest, obj: HawkClient | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: HawkClient | None = None) -> bool:
        return False


@admin.register(HawkClient)
class HawkClientAdmin(ClientAdmin):
    """Scopes can be changed, keys revoked, and clients removed. The command `add_hawk_client` adds one."""

    form = HawkClientForm
    list_display = ("id", "description", "scopes", "live_keys", "last_used")
    search_fields = ("id", "description")
    fields = ("id", "description", "scope")
    readonly_fields = ("id",)
    inlines = (HawkKeyInline,)
    actions = ("revoke_all_keys",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[HawkClient]:
        clients: QuerySet[HawkClient] = super().get_queryset(request)
        return clients.prefetch_related("keys")

    @admin.display(description="scopes")
    def scopes(self, client: HawkClient) -> str:
        return ", ".join(client.scope)

    @admin.display(description="live keys")
    def live_keys(self, client: HawkClient) -> int:
        return sum(key.state == "live" for key in client.keys.all())

    @admin.display(description="last used")
    def last_used(self, client: HawkClient) -> datetime | None:
        return max((key.last_used_at for key in client.keys.all() if key.last_used_at), default=None)

    @admin.action(description="Revoke all keys of the selected clients", permissions=["change"])
    def revoke_all_keys(self, request: HttpRequest, clients: QuerySet[HawkClient]) -> None:
        ended = revoke(HawkKey.objects.filter(client__in=clients))
        self.message_user(request, f"Revoked: {ended}. These clients are locked out until they are given new keys.")

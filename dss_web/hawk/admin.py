"""The admin pages of HAWK clients: change their scopes and revoke their keys."""

from datetime import datetime
from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from dss_web.hawk.keys import revoke
from dss_web.hawk.models import HawkClient, HawkKey

if TYPE_CHECKING:  # generic only for the type checker
    ClientAdmin = admin.ModelAdmin[HawkClient]
    ClientForm = forms.ModelForm[HawkClient]
    KeyInline = admin.TabularInline[HawkKey, HawkClient]
else:
    ClientAdmin = admin.ModelAdmin
    ClientForm = forms.ModelForm
    KeyInline = admin.TabularInline


class HawkClientForm(ClientForm):
    """A client's scopes and description; its id cannot change, since keys and receipts refer to it."""

    class Meta:
        model = HawkClient
        fields = ("scope", "description")
        help_texts = {
            "scope": "Scopes, separated by commas: the name of a route, * for all routes, table:SCHEMA for all "
            "tables of a dataset, or table:SCHEMA.TABLE for one table. A client with a table: scope can read no "
            "other tables."
        }


class HawkKeyInline(KeyInline):
    """A client's keys without their secrets. Only commands create and rotate keys, so no page contains a secret."""

    model = HawkKey
    fields = readonly_fields = ("number", "state", "created_at", "expires_at", "last_used_at", "revoked_at")
    can_delete = False
    extra = 0

    @admin.display(description="number")
    def number(self, key: HawkKey) -> int:
        """The number by which the command `revoke_hawk_key` knows the key."""
        return key.pk

    def has_add_permission(self, request: HttpRequest, obj: HawkClient | None = None) -> bool:
        """No: use the command `rotate_hawk_key`."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: HawkClient | None = None) -> bool:
        """No: `hawk.keys` is the only place that writes keys."""
        return False


@admin.register(HawkClient)
class HawkClientAdmin(ClientAdmin):
    """Administrators change scopes, revoke keys and remove clients. The command `add_hawk_client` adds a client."""

    form = HawkClientForm
    list_display = ("id", "description", "scopes", "live_keys", "last_used")
    search_fields = ("id", "description")
    fields = ("id", "description", "scope")
    readonly_fields = ("id",)
    inlines = (HawkKeyInline,)
    actions = ("revoke_all_keys",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: use the command `add_hawk_client`, which shows the key once."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[HawkClient]:
        """All clients, with their keys fetched in one query for the whole list."""
        clients: QuerySet[HawkClient] = super().get_queryset(request)
        return clients.prefetch_related("keys")

    @admin.display(description="scopes")
    def scopes(self, client: HawkClient) -> str:
        """The client's scopes, separated by commas."""
        return ", ".join(client.scope)

    @admin.display(description="live keys")
    def live_keys(self, client: HawkClient) -> int:
        """How many keys can sign now."""
        return sum(key.state == "live" for key in client.keys.all())

    @admin.display(description="last used")
    def last_used(self, client: HawkClient) -> datetime | None:
        """When any of the client's keys was last used, to the minute."""
        return max((key.last_used_at for key in client.keys.all() if key.last_used_at), default=None)

    @admin.action(description="Revoke all keys of the selected clients", permissions=["change"])
    def revoke_all_keys(self, request: HttpRequest, clients: QuerySet[HawkClient]) -> None:
        """End the keys of the selected clients at once and for good."""
        count = revoke(HawkKey.objects.filter(client__in=clients))
        keys = "1 key" if count == 1 else f"{count} keys"
        self.message_user(
            request,
            f"Revoked {keys}. The selected clients cannot use the API until you create new keys with the command "
            "rotate_hawk_key.",
        )

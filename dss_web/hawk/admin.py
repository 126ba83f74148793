"""The admin pages of HAWK clients: add them, change their scopes, rotate and revoke their keys."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache

from dss_web.hawk.admin_forms import HawkClientForm, NewHawkClientForm, RotateForm
from dss_web.hawk.keys import IssuedKey, TooManyKeys, issue_first_key, revoke, rotate_key
from dss_web.hawk.models import HawkClient, HawkKey
from dss_web.hawk.scopes import describe
from dss_web.registry.catalogue_models import page_of
from dss_web.registry.models import DatasetGrant
from dss_web.shared.contract import GranteeKind

if TYPE_CHECKING:  # generic only for the type checker
    ClientAdmin = admin.ModelAdmin[HawkClient]
    KeyInline = admin.TabularInline[HawkKey, HawkClient]
else:
    ClientAdmin = admin.ModelAdmin
    KeyInline = admin.TabularInline


class HawkKeyInline(KeyInline):
    """A client's keys without their secrets, which the page that makes a key shows once."""

    model = HawkKey
    fields = readonly_fields = ("number", "state", "created_at", "expires_at", "last_used_at", "revoked_at")
    can_delete = False
    extra = 0

    @admin.display(description="number")
    def number(self, key: HawkKey) -> int:
        """The number by which the command `revoke_hawk_key` knows the key."""
        return key.pk

    def has_add_permission(self, request: HttpRequest, obj: HawkClient | None = None) -> bool:
        """No: a client is added with its key, and gets another by rotating it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: HawkClient | None = None) -> bool:
        """No: `hawk.keys` is the only place that writes keys."""
        return False


@admin.register(HawkClient)
class HawkClientAdmin(ClientAdmin):
    """Administrators add clients, change scopes, rotate and revoke keys, and remove clients."""

    form = HawkClientForm
    list_display = ("id", "description", "scopes", "live_keys", "last_used")
    search_fields = ("id", "description")
    inlines = (HawkKeyInline,)
    actions = ("revoke_all_keys",)

    def get_form(self, request: HttpRequest, obj: HawkClient | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form of a new client has its id."""
        return super().get_form(request, obj, change, **{**kwargs, **({} if obj else {"form": NewHawkClientForm})})

    def get_fields(self, request: HttpRequest, obj: HawkClient | None = None) -> tuple[str, ...]:
        """A client that is there has a link to rotate its key."""
        return ("id", "description", "scope", "reads", "rotation") if obj else ("id", "scope", "description")

    def get_readonly_fields(self, request: HttpRequest, obj: HawkClient | None = None) -> tuple[str, ...]:
        """The id of a client that is there."""
        return ("id", "reads", "rotation") if obj else ()

    def get_inlines(self, request: HttpRequest, obj: HawkClient | None) -> Any:
        """No keys of a client that is not there yet."""
        return self.inlines if obj else ()

    def get_urls(self) -> list[URLPattern]:
        """The page that rotates a key, before the admin's own, which take any path for an id."""
        rotate = path(
            "<path:client_id>/rotate/", self.admin_site.admin_view(self.rotate), name="hawk_hawkclient_rotate"
        )
        return [rotate, *super().get_urls()]

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

    @admin.display(description="reads")
    def reads(self, client: HawkClient) -> SafeString:
        """What its scopes and its grants let the client read, with the pages on which grants are given and taken."""
        granted = DatasetGrant.objects.filter(kind=GranteeKind.CLIENT, grantee=client.pk)
        parts = [(describe(client.scope),)] if describe(client.scope) else []
        parts += [
            (format_html('<a href="{}">{}</a>, which it was granted', f"{page_of(key)}people/", key),)
            for key in granted.values_list("dataset", flat=True)
        ]
        return format_html_join(mark_safe("<br>"), "{}", parts) if parts else format_html("Nothing")

    @admin.display(description="key")
    def rotation(self, client: HawkClient) -> SafeString:
        """The link to the page that makes a new key."""
        return format_html('<a href="{}">Make a new key</a>', reverse("admin:hawk_hawkclient_rotate", args=[client.pk]))

    def save_model(self, request: HttpRequest, obj: HawkClient, form: Any, change: bool) -> None:
        """A new client gets its first key in the same transaction; `response_add` shows it."""
        super().save_model(request, obj, form, change)
        if not change:
            # On the request, and not in a message: those are kept in a cookie.
            request.issued_key = issue_first_key(obj.pk)  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: HawkClient, post_url_continue: str | None = None) -> HttpResponse:
        """The new client's key, which cannot be shown again."""
        issued: IssuedKey = request.issued_key  # type: ignore[attr-defined]
        return self._show_key(request, obj, issued)

    def rotate(self, request: HttpRequest, client_id: str) -> HttpResponse:
        """Asks how long the old key stays valid, and makes a new one."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        client = get_object_or_404(HawkClient, pk=client_id)
        form = RotateForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                with transaction.atomic():
                    issued = rotate_key(client.pk, form.keep_old_until())
                    self.log_change(request, client, f"Made key {issued.key.pk}.")
            except TooManyKeys:
                form.add_error(
                    None,
                    "The client has two live keys already. Wait until one has expired, or revoke its keys and make a "
                    "new one.",
                )
            else:
                return self._show_key(request, client, issued)
        context = {**self._context(request, f"Make a new key for {client}"), "client": client, "form": form}
        return render(request, "admin/hawk/rotate.html", context, status=422 if form.errors else 200)

    @admin.action(description="Revoke all keys of the selected clients", permissions=["change"])
    def revoke_all_keys(self, request: HttpRequest, clients: QuerySet[HawkClient]) -> HttpResponse | None:
        """Asks first; then ends the keys of the selected clients at once and for good."""
        if request.POST.get("confirmed") != "yes":
            context = {
                **self._context(request, "Revoke all keys"),
                "clients": [(client, self.live_keys(client)) for client in clients],
                "checkbox": helpers.ACTION_CHECKBOX_NAME,
            }
            return render(request, "admin/hawk/revoke.html", context)
        count = revoke(HawkKey.objects.filter(client__in=clients))
        for client in clients:
            self.log_change(request, client, "Revoked all keys.")
        keys = "1 key" if count == 1 else f"{count} keys"
        self.message_user(
            request,
            f"Revoked {keys}. The selected clients cannot use the API until you make new keys on their pages.",
        )
        return None

    def _show_key(self, request: HttpRequest, client: HawkClient, issued: IssuedKey) -> HttpResponse:
        context = {**self._context(request, f"The new key of {client}"), "client": client, "issued": issued}
        return never_cache(render)(request, "admin/hawk/key.html", context)

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.model._meta, "title": title}
